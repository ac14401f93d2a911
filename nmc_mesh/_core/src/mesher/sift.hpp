// Which labels can be the cheapest somewhere in a box, and where the box lies beside a shell.
#pragma once

#include "covering.hpp"

namespace nmc {

enum Side { INSIDE, ACROSS, BEYOND };  // of the shell

// Of the labels pool[first ... first + count - 1] of a cube, push those that the cheapest at its
// centre is not proved to undercut in all of it; where the cube lies beside the shell, if there is one.
template <class F>
Side sift(const F &field, const ShellBounds &shell, Vec c, double half, i64 first, i64 count,
          Buffer<Label> &pool) {
    const double r = half * 1.7320508075688773;
    constexpr i64 KEPT = 24;  // of the functions' values at the centre; the others are found again
    Sample known[KEPT];
    Sample own = {NEVER, {}};
    Label witness = EMPTY;
    for (i64 n = 0; n < count; ++n) {
        const Sample its = quadric(field.seed(pool[first + n]), c);
        if (n < KEPT) known[n] = its;
        if (its.value < own.value) {
            own = its;
            witness = pool[first + n];
        }
    }
    if (witness == EMPTY) return INSIDE;
    const Seed &base = field.seed(witness);
    for (i64 n = 0; n < count; ++n) {
        const Label label = pool[first + n];
        if (label != witness) {
            const Seed &seed = field.seed(label);
            const Sample its = n < KEPT ? known[n] : quadric(seed, c);
            const Vec slope = its.gradient - own.gradient;
            const double guard = 1e-12 * (std::fabs(its.value) + std::fabs(own.value) + 1.0);
            const double room =
                its.value - own.value - guard -
                half * (std::fabs(slope.x) + std::fabs(slope.y) + std::fabs(slope.z));
            if (room > 0.0 && room > 0.5 * r * r * bend_of(base, seed)) continue;
        }
        pool.push(label);
    }
    if constexpr (F::BOUNDED) {
        Piece<1> piece;
        piece.control[0] = c;
        piece.close();
        const Gap gap = gap_to_domain_boundary(field, shell, piece, r);
        if (gap.least_within(r) > 0.0) return INSIDE;
        const double steep = norm(gap.slope) + gap.turn + 0.5 * gap.bend * r;
        return gap.high + r * steep < 0.0 ? BEYOND : ACROSS;
    }
    return INSIDE;
}

}  // namespace nmc
