// Which of a pack of labels may be as cheap as a given one somewhere in a tetrahedron, eight at a
// time: the loops that cell_gaps.cpp compiles for every machine and cell_gaps_avx2.cpp for those with
// AVX2. The bytes are the same. Nothing here may be shared between the two files; see grid_loop.hpp.
#pragma once

#include "../geometry/octree_loop.hpp"

namespace nmc {

constexpr int PAIRS = 10;  // of the corners of a tetrahedron: 00, 01, 02, 03, 11, 12, 13, 22, 23, 33

struct Corners {
    double x[4], y[4], z[4];
};

// The Bernstein coefficients over the tetrahedron of what a label costs more than the given one.
struct Rival {
    double h[PAIRS];
    int64_t place;  // in the packs
};

int64_t cell_rivals_avx2(const Span<const Pack> &packs, int64_t own, const Corners &corners,
                         double guard, Rival *rivals);

namespace {

// With the polar form q(x, y) = (x - s)^T M (y - s) - r the coefficients of q(x, x) are q(x_i, x_j).
inline void polar_forms(const Pack &pack, const Corners &corners, double (&q)[PAIRS][PACK]) {
    const auto &of = pack.column;
    double u[4][PACK], v[4][PACK], w[4][PACK];
    for (int i = 0; i < 4; ++i)
        for (int k = 0; k < PACK; ++k) {
            u[i][k] = corners.x[i] - of[S0][k];
            v[i][k] = corners.y[i] - of[S1][k];
            w[i][k] = corners.z[i] - of[S2][k];
        }
    int row = 0;
    for (int i = 0; i < 4; ++i) {
        double a[PACK], b[PACK], c[PACK];
        for (int k = 0; k < PACK; ++k) {
            a[k] = of[M00][k] * u[i][k] + of[M01][k] * v[i][k] + of[M02][k] * w[i][k];
            b[k] = of[M01][k] * u[i][k] + of[M11][k] * v[i][k] + of[M12][k] * w[i][k];
            c[k] = of[M02][k] * u[i][k] + of[M12][k] * v[i][k] + of[M22][k] * w[i][k];
        }
        for (int j = i; j < 4; ++j, ++row)
            for (int k = 0; k < PACK; ++k)
                q[row][k] = a[k] * u[j][k] + b[k] * v[j][k] + c[k] * w[j][k] - of[R][k];
    }
}

// Write the labels in the packs but for the one at place `own` that are not proved dearer than it in
// all of the tetrahedron, with their coefficients less the guard; count them.
inline int64_t cell_rivals(const Span<const Pack> &packs, int64_t own, const Corners &corners,
                           double guard, Rival *rivals) {
    double q[PAIRS][PACK], base[PAIRS];
    polar_forms(at(packs, own / PACK), corners, q);
    for (int row = 0; row < PAIRS; ++row) base[row] = q[row][own % PACK] + guard;
    int64_t count = 0;
    for (int64_t pack = 0; pack < packs.length; ++pack) {
        if (pack > 0 || own >= PACK) polar_forms(at(packs, pack), corners, q);
        double low[PACK];
        for (int k = 0; k < PACK; ++k) low[k] = q[0][k] - base[0];
        for (int row = 1; row < PAIRS; ++row)
            for (int k = 0; k < PACK; ++k) {
                const double h = q[row][k] - base[row];
                low[k] = h < low[k] ? h : low[k];
            }
        for (int k = 0; k < PACK; ++k) {
            if (low[k] > 0.0 || pack * PACK + k == own) continue;
            Rival &rival = rivals[count++];
            for (int row = 0; row < PAIRS; ++row) rival.h[row] = q[row][k] - base[row];
            rival.place = pack * PACK + k;
        }
    }
    return count;
}

}  // namespace
}  // namespace nmc
