// Which labels may be as cheap as a given one somewhere in a block: a cell's bounding box, a facet's.
//
//     +-----------------+      The candidates of a box of the field are gathered once; those of a cube
//     |     +---+       |      in it, enlarged by its reach, are what its cheapest leaves of them; and
//     |     | # |       |      a block # in the enlarged cube needs to look at these few alone, in packs
//     |     +---+       |      of eight (geometry/packs.hpp). Whoever asks in the order of cubes pays for
//     +-----------------+      every list about once. What was asked before decides which cube serves, so
//                              one more label may be named, that is nowhere the cheapest: work begins anew
//                              with every chunk.
#pragma once

#include "../geometry/packs.hpp"
#include "covering.hpp"

namespace nmc {

template <class F>
class Nearby {
public:
    // `edge` of the cubes; blocks may stand out of one by `reach`. The lists of the field are complete
    // up to `around` around its boxes.
    Nearby(const F &field, double edge, double reach, double around)
        : field_(field), edge_(edge), half_(0.5 * edge + reach), around_(around) {}

    bool ok() const { return ok_ && cube_.ok() && places_.ok(); }

    // Push the labels that `label` is not proved to undercut in all of a block, itself not among them.
    // False: the block is too large for the lists.
    bool rivals(Label label, const Block &block, Buffer<Label> &names) {
        const List *known = list_of(block);
        if (known == nullptr || !places_.resize(known->packs.size() * PACK)) return false;
        const List &list = *known;
        const Vec c = {block.centre[0], block.centre[1], block.centre[2]};
        const Witness base = seen_from(c, field_.seed(label));
        const i64 kept = undominated(constant(list.packs.span()), base, block, list.margin, places_.span());
        for (i64 k = 0; k < kept; ++k) {
            const Label other = list.labels[places_[k]];
            if (other != label && !names.push(other)) return false;
        }
        return true;
    }

    // Labels, and their functions in packs; `margin`: how far costs are off by rounding.
    struct List {
        i64 box = -1;
        Buffer<Label> labels;
        Buffer<Pack> packs;
        double margin = 0.0;

        bool ok() const { return labels.ok() && packs.ok(); }

        void clear() {
            labels.resize(0);
            packs.resize(0);
        }
        void add(Label label, const Seed &seed) {
            const i64 place = labels.size();
            if (!labels.push(label) || !packs.resize(packs_of(place + 1))) return;
            put(seed, packs.span(), place);
        }
    };

    // All labels that may be cheapest somewhere in a block, and others; nullptr: it is too large for the
    // lists, or there is no memory.
    const List *list_of(const Block &block) {
        if (!(widest(block) <= around_)) return nullptr;
        const Vec c = {block.centre[0], block.centre[1], block.centre[2]};
        const List &list = fits(block) ? cube_ : box_of(c);
        return ok() ? &list : nullptr;
    }

    // The bounding box of some places, enlarged.
    template <int N>
    static Block block_of(const Vec (&places)[N], double more) {
        Vec low = places[0], high = places[0];
        for (int i = 1; i < N; ++i) {
            const Vec p = places[i];
            low = {least(low.x, p.x), least(low.y, p.y), least(low.z, p.z)};
            high = {most(high.x, p.x), most(high.y, p.y), most(high.z, p.z)};
        }
        Block block;
        for (int axis = 0; axis < 3; ++axis) {
            block.centre[axis] = 0.5 * (low[axis] + high[axis]);
            block.half[axis] = 0.5 * (high[axis] - low[axis]) * (1.0 + 1e-12) + more;
        }
        return block;
    }

private:
    static constexpr i64 BOXES = 64;    // whose lists are kept
    static constexpr i64 THINNED = 32;  // labels of a cube of which every one is tried as a witness

    const F &field_;
    const double edge_, half_, around_;
    List boxes_[BOXES], cube_;
    bool ok_ = true;
    i64 at_[3] = {INT64_MIN, 0, 0};
    Block reach_ = {};  // the cube, enlarged
    Buffer<i32> places_;

    static double widest(const Block &block) {
        return most(most(block.half[0], block.half[1]), block.half[2]);
    }

    // Whether the cube at hand, or else the one that holds a block's centre, holds all of it when
    // enlarged; its list is made.
    bool fits(const Block &block) {
        if (!(half_ <= around_)) return false;
        if (at_[0] != INT64_MIN && holds(block)) return true;
        i64 at[3];
        for (int axis = 0; axis < 3; ++axis) {
            const double place = block.centre[axis] / edge_, floor = std::floor(place);
            at[axis] = static_cast<i64>(floor);
            const double off = std::fabs((floor + 0.5 - place) * edge_);
            if (!(off + block.half[axis] <= half_ * (1.0 - 1e-12))) return false;
        }
        if (at[0] != at_[0] || at[1] != at_[1] || at[2] != at_[2]) fill(at);
        return true;
    }

    bool holds(const Block &block) const {
        for (int axis = 0; axis < 3; ++axis) {
            const double off = std::fabs(block.centre[axis] - reach_.centre[axis]);
            if (!(off + block.half[axis] <= half_ * (1.0 - 1e-12))) return false;
        }
        return true;
    }

    void fill(const i64 *at) {
        for (int axis = 0; axis < 3; ++axis) {
            at_[axis] = at[axis];
            reach_.centre[axis] = (static_cast<double>(at[axis]) + 0.5) * edge_;
            reach_.half[axis] = half_;
        }
        const List &all = box_of({reach_.centre[0], reach_.centre[1], reach_.centre[2]});
        cube_.clear();
        cube_.margin = all.margin;
        if (!ok() || all.labels.size() == 0 || !places_.resize(all.packs.size() * PACK)) return;
        const i64 best = cheapest_of(constant(all.packs.span()), reach_);
        const Witness w = witness(all.packs[best / PACK], static_cast<int>(best % PACK),
                                  reach_.centre);
        const i64 kept = undominated(constant(all.packs.span()), w, reach_, all.margin, places_.span());
        for (i64 k = 0; k < kept; ++k) {
            const Label label = all.labels[places_[k]];
            cube_.add(label, field_.seed(label));
        }
        if (cube_.ok()) pad(cube_.packs.span(), cube_.labels.size());
        if (cube_.ok() && kept > 2 && kept <= THINNED) thin();
    }

    // Drop those that another undercuts in all of the cube.
    void thin() {
        const i64 all = cube_.labels.size();
        if (!places_.resize(cube_.packs.size() * PACK)) return;
        const u32 beaten = undercut(constant(cube_.packs.span()), all, reach_, cube_.margin, places_.span());
        i64 left = 0;
        for (i64 n = 0; n < all; ++n) {
            if (beaten >> n & 1) continue;
            const Label label = cube_.labels[n];
            cube_.labels[left] = label;
            put(field_.seed(label), cube_.packs.span(), left++);
        }
        cube_.labels.resize(left);
        cube_.packs.resize(packs_of(left));
        pad(cube_.packs.span(), left);
    }

    // The candidates of the box of the field that holds a place.
    const List &box_of(Vec p) {
        const i64 box = field_.box_of(p);
        List &list = boxes_[box % BOXES];
        if (list.box == box) return list;
        list.box = box;
        list.clear();
        const double far = norm(p) + 8.0 * (around_ + half_);
        double terms = 0.0;
        field_.for_candidates(p, [&](Label label) {
            const Seed &seed = field_.seed(label);
            list.add(label, seed);
            terms = most(terms, terms_of(seed, far * far));
        });
        list.margin = ROUNDING * terms;
        ok_ = ok_ && list.ok();
        if (ok_) pad(list.packs.span(), list.labels.size());
        return list;
    }
};

}  // namespace nmc
