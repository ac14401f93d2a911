// Which labels can be the cheapest somewhere in a box, and where the box lies beside a shell.
//
// The labels of the boxes on the way down from one to its parts are a stack, with their functions in
// packs (geometry/packs.hpp): every list begins with a pack of its own.
#pragma once

#include "covering.hpp"

namespace nmc {

enum Side { INSIDE, ACROSS, BEYOND };  // of the shell

// Labels of a box: a part of the stack.
struct Pool {
    i64 first, count;  // first: a multiple of PACK
};

template <class F>
class Sift {
public:
    Sift(const F &field, const ShellBounds &shell) : field_(field), shell_(shell) {}

    bool ok() const { return labels_.ok() && packs_.ok() && places_.ok(); }
    Label label(const Pool &pool, i64 n) const { return labels_[pool.first + n]; }
    double margin() const { return margin_; }  // to which costs are right

    // Begin with the candidates near a place, for places within `far` of the origin.
    Pool begin(Vec centre, double far) {
        labels_.resize(0);
        packs_.resize(0);
        double terms = 0.0;
        Pool pool = {0, 0};
        field_.for_candidates(centre, [&](Label label) {
            terms = most(terms, terms_of(field_.seed(label), far * far));
            add(pool, label);
        });
        margin_ = ROUNDING * terms;
        close(pool);
        return pool;
    }

    // Push those of a list that the cheapest at a cube's centre does not undercut in all of it; `side`:
    // where the cube lies beside the shell, if there is one.
    Pool narrow(const Pool &above, Vec c, double half, Side &side) {
        Pool pool = {packs_.size() * PACK, 0};
        side = INSIDE;
        if (above.count == 0 || !ok()) return pool;
        const Block block = {{c.x, c.y, c.z}, {half, half, half}};
        const i64 first = above.first / PACK, count = packs_of(above.count);
        const i64 best = cheapest_of(constant(part(packs_.span(), first, count)), block);
        const i64 kept =
            rivals(above, seen_from(c, field_.seed(label(above, best))), block, places_);
        for (i64 k = 0; k < kept; ++k) add(pool, label(above, places_[k]));
        close(pool);
        if (pool.count > 2 && pool.count <= THINNED) thin(pool, block);
        if constexpr (F::BOUNDED) side = side_of(c, half);
        return pool;
    }

    // Write the places in a list of those that a witness does not undercut in all of a block.
    i64 rivals(const Pool &pool, const Witness &w, const Block &block, Buffer<i32> &places) {
        const i64 count = packs_of(pool.count);
        if (!places.resize(count * PACK)) return 0;
        return undominated(constant(part(packs_.span(), pool.first / PACK, count)), w, block, margin_,
                           places.span());
    }

    // Drop the list that was pushed last.
    void drop(const Pool &pool) {
        labels_.resize(pool.first);
        packs_.resize(pool.first / PACK);
    }

private:
    static constexpr i64 THINNED = 32;  // labels of a list in which every other is tried as a witness

    const F &field_;
    const ShellBounds shell_;
    Buffer<Label> labels_;
    Buffer<Pack> packs_;
    Buffer<i32> places_;
    double margin_ = 0.0;

    void add(Pool &pool, Label label) {
        const i64 place = pool.first + pool.count++;
        if (!labels_.resize(place + 1) || !packs_.resize(packs_of(place + 1))) return;
        labels_[place] = label;
        put(field_.seed(label), packs_.span(), place);
    }

    // Drop those that another of a list undercuts in all of a block: a label far behind the boundary of
    // two others is dearer than the one on its own side, if not than the one at the centre.
    void thin(Pool &pool, const Block &block) {
        const i64 packs = packs_of(pool.count);
        if (!ok() || !places_.resize(packs * PACK)) return;
        const u32 beaten = undercut(constant(part(packs_.span(), pool.first / PACK, packs)), pool.count,
                                    block, margin_, places_.span());
        i64 left = 0;
        for (i64 n = 0; n < pool.count; ++n) {
            if (beaten >> n & 1) continue;
            const Label name = label(pool, n);
            labels_[pool.first + left] = name;
            put(field_.seed(name), packs_.span(), pool.first + left++);
        }
        if (left == pool.count) return;
        pool.count = left;
        packs_.resize(pool.first / PACK + packs_of(left));
        close(pool);
    }

    void close(const Pool &pool) {
        const i64 end = pool.first + pool.count;
        if (!ok() || !labels_.resize(packs_.size() * PACK)) return;
        for (i64 place = end; place < labels_.size(); ++place) labels_[place] = EMPTY;
        pad(packs_.span(), end);
    }

    Side side_of(Vec c, double half) const {
        const double r = half * 1.7320508075688773;
        Piece<1> piece;
        piece.control[0] = c;
        piece.close();
        const Gap gap = gap_to_domain_boundary(field_, shell_, piece, r);
        if (gap.least_within(r) > 0.0) return INSIDE;
        const double steep = norm(gap.slope) + gap.turn + 0.5 * gap.bend * r;
        return gap.high + r * steep < 0.0 ? BEYOND : ACROSS;
    }
};

}  // namespace nmc
