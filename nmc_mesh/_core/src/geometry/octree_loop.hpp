// Witness dominance for packs of candidates (see octree.cpp): the loops that packs.cpp compiles
// for every machine and octree_avx2.cpp for those with AVX2. The bytes are the same.
//
// Nothing here may be shared between the two files; see grid_loop.hpp.
#pragma once

#include "../span.hpp"

namespace nmc {

constexpr int PACK = 8;

// Rows of GBPD.rows by columns, so that loops over candidates run in vectors. Places without a seed
// have r = -inf: their cost is infinite, so they are never the cheapest and always dominated.
enum Column { S0, S1, S2, M00, M11, M22, M01, M02, M12, R, COLUMNS };
struct Pack {
    double column[COLUMNS][PACK];
};

// A block of boxes: its centre and its half sizes, enlarged by the slack.
struct Block {
    double centre[3], half[3];
};

// A seed as seen from the centre c of a block: its matrix, half its slope M (c - s), and its cost.
struct Witness {
    double m00, m11, m22, m01, m02, m12, p, q, r, cost;
};

int64_t cheapest_place_avx2(const Span<const Pack> &packs, const Block &block);
int64_t sift_avx2(const Span<const Pack> &packs, const Witness &w, const Block &block,
                  double margin, const Span<int32_t> &places);

namespace {

inline double magnitude(double a) { return __builtin_fabs(a); }
inline double positive(double a) { return a > 0.0 ? a : 0.0; }

inline Witness witness(const Pack &pack, int k, const double *c) {
    const auto &of = pack.column;
    const double u = c[0] - of[S0][k], v = c[1] - of[S1][k], z = c[2] - of[S2][k];
    const double p = of[M00][k] * u + of[M01][k] * v + of[M02][k] * z;
    const double q = of[M01][k] * u + of[M11][k] * v + of[M12][k] * z;
    const double r = of[M02][k] * u + of[M12][k] * v + of[M22][k] * z;
    return {of[M00][k], of[M11][k], of[M22][k], of[M01][k], of[M02][k], of[M12][k],
            p,          q,          r,          p * u + q * v + r * z - of[R][k]};
}

// Of some packs the first place of the least cost at the centre of a block.
inline int64_t cheapest_place(const Span<const Pack> &packs, const Block &block) {
    const double *c = block.centre;
    double least[PACK];  // by place within a pack
    int64_t pack_of[PACK];
    for (int k = 0; k < PACK; ++k) {
        least[k] = __builtin_inf();
        pack_of[k] = 0;
    }
    for (int64_t pack = 0; pack < packs.length; ++pack) {
        const auto &of = at(packs, pack).column;
        for (int k = 0; k < PACK; ++k) {  // the cost of cost.hpp, operation by operation
            const double u = c[0] - of[S0][k], v = c[1] - of[S1][k], w = c[2] - of[S2][k];
            const double planar =
                (of[M00][k] * u + 2.0 * of[M01][k] * v) * u + of[M11][k] * v * v;
            const double cost = planar +
                                (2.0 * (of[M02][k] * u + of[M12][k] * v) + of[M22][k] * w) * w -
                                of[R][k];
            const bool closer = cost < least[k];
            least[k] = closer ? cost : least[k];
            pack_of[k] = closer ? pack : pack_of[k];
        }
    }
    int64_t best = pack_of[0] * PACK;
    double best_cost = least[0];
    for (int k = 1; k < PACK; ++k) {
        const int64_t place = pack_of[k] * PACK + k;
        if (least[k] < best_cost || (least[k] == best_cost && place < best)) {
            best_cost = least[k];
            best = place;
        }
    }
    return best;
}

// Write the places of those that the witness does not dominate in a block; count them. The witness
// itself, if it is there, has a bound of 0 and stays.
inline int64_t sift(const Span<const Pack> &packs, const Witness &w, const Block &block,
                    double margin, const Span<int32_t> &places) {
    const double *h = block.half;
    const double xy = h[0] * h[1], xz = h[0] * h[2], yz = h[1] * h[2];
    const double xx = h[0] * h[0], yy = h[1] * h[1], zz = h[2] * h[2];
    int64_t kept = 0;
    for (int64_t pack = 0; pack < packs.length; ++pack) {
        double bound[PACK];
        for (int k = 0; k < PACK; ++k) {
            const Witness s = witness(at(packs, pack), k, block.centre);
            const double linear = magnitude(s.p - w.p) * h[0] + magnitude(s.q - w.q) * h[1] +
                                  magnitude(s.r - w.r) * h[2];
            const double mixed = magnitude(s.m01 - w.m01) * xy + magnitude(s.m02 - w.m02) * xz +
                                 magnitude(s.m12 - w.m12) * yz;
            const double square = positive(w.m00 - s.m00) * xx + positive(w.m11 - s.m11) * yy +
                                  positive(w.m22 - s.m22) * zz;
            bound[k] = (s.cost - w.cost) - 2.0 * (linear + mixed) - square;
        }
        for (int k = 0; k < PACK; ++k) {
            at(places, kept) = static_cast<int32_t>(pack * PACK + k);
            kept += bound[k] <= margin;
        }
    }
    return kept;
}

}  // namespace
}  // namespace nmc
