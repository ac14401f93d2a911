// Which labels may be as cheap as a given one somewhere in a block: a cell's bounding box, a facet's.
//
//     +-----------------+      A box of the field is cut into cubes. Which of its candidates may be the
//     |     +---+       |      cheapest somewhere in a cube enlarged by a reach is found once, when asked
//     |     | # |       |      for; a block # with its centre in the cube needs to look at these few alone,
//     |     +---+       |      in packs of eight (geometry/packs.hpp). Whoever asks in the order of cubes
//     +-----------------+      pays for every list about once. The answer depends on the block alone.
#pragma once

#include "../geometry/packs.hpp"
#include "covering.hpp"

namespace nmc {

constexpr double LISTED = 1.8661;  // sizes around its boxes in which the lists of a field are complete

template <class F>
class Nearby {
public:
    // Of `split` cubes per edge of a box; blocks are `reach` wide to either side at most, and so far around
    // its boxes the lists of the field are complete.
    Nearby(const F &field, i64 split, double reach) : field_(field), split_(split), reach_(reach) {}

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
        i64 at[3];
        Vec centre;
        const Vec c = {block.centre[0], block.centre[1], block.centre[2]};
        const double half = field_.cube_of(c, split_, at, centre);
        for (int axis = 0; axis < 3; ++axis) {
            const double off = std::fabs(block.centre[axis] - centre[axis]);
            if (!(off + block.half[axis] <= (half + reach_) * (1.0 - 1e-12))) return nullptr;
        }
        if (at[0] != at_[0] || at[1] != at_[1] || at[2] != at_[2]) {
            for (int axis = 0; axis < 3; ++axis) at_[axis] = at[axis];
            const double wide = half + reach_;
            fill({{centre.x, centre.y, centre.z}, {wide, wide, wide}});
        }
        return ok() ? &cube_ : nullptr;
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
    const i64 split_;
    const double reach_;
    List boxes_[BOXES], cube_;
    bool ok_ = true;
    i64 at_[3] = {-1, 0, 0};  // the cube at hand
    Buffer<i32> places_;

    void fill(const Block &wide) {
        const List &all = box_of({wide.centre[0], wide.centre[1], wide.centre[2]}, wide.half[0]);
        cube_.clear();
        cube_.margin = all.margin;
        if (!ok() || all.labels.size() == 0 || !places_.resize(all.packs.size() * PACK)) return;
        const i64 best = cheapest_of(constant(all.packs.span()), wide);
        const Witness w = witness(all.packs[best / PACK], static_cast<int>(best % PACK), wide.centre);
        const i64 kept = undominated(constant(all.packs.span()), w, wide, all.margin, places_.span());
        for (i64 k = 0; k < kept; ++k) {
            const Label label = all.labels[places_[k]];
            cube_.add(label, field_.seed(label));
        }
        if (cube_.ok()) pad(cube_.packs.span(), cube_.labels.size());
        if (cube_.ok() && kept > 2 && kept <= THINNED) thin(wide);
    }

    // Drop those that another undercuts in all of the enlarged cube.
    void thin(const Block &wide) {
        const i64 all = cube_.labels.size();
        if (!places_.resize(cube_.packs.size() * PACK)) return;
        const u32 beaten = undercut(constant(cube_.packs.span()), all, wide, cube_.margin, places_.span());
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

    // The candidates of the box of the field that holds a place; `half` of the edge of an enlarged cube.
    const List &box_of(Vec p, double half) {
        const i64 box = field_.box_of(p);
        List &list = boxes_[box % BOXES];
        if (list.box == box) return list;
        list.box = box;
        list.clear();
        const double far = norm(p) + 8.0 * half * static_cast<double>(split_);
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
