// Bounds over a tetrahedron from its corners and the Bernstein coefficients h_ij of a quadratic.
#pragma once

#include "least_line.hpp"

namespace nmc {

// Entries of h_ij: 00, 01, 02, 03, 11, 12, 13, 22, 23, 33.
constexpr int ENTRY[4][4] = {{0, 1, 2, 3}, {1, 4, 5, 6}, {2, 5, 7, 8}, {3, 6, 8, 9}};

// (d_i + d_j) / 2 for upper bounds d_i of the distances of the corners from what some of them span.
inline void means(const Vec *corner, const int *on, int count, double (&m)[10]) {
    Vec mean = {};
    for (int n = 0; n < count; ++n) mean = mean + (1.0 / count) * corner[on[n]];
    double far[4];
    for (int i = 0; i < 4; ++i) {
        double far2 = square(corner[i] - mean);
        for (int n = 0; n < count; ++n)
            far2 = on[n] == i ? 0.0 : least(far2, square(corner[i] - corner[on[n]]));
        far[i] = std::sqrt(far2);
    }
    for (int i = 0; i < 4; ++i)
        for (int j = i; j < 4; ++j) m[ENTRY[i][j]] = 0.5 * (far[i] + far[j]);
}

// Where h is below 0 at corners alone, by e at most, while all h_ij >= g > 0 for i != j, the places
// with h <= 0 are near these corners: the greatest l_v is at least 1/4, and
//
//     e >= e sum l_i^2 >= 2 sum_{j != v} h_vj l_v l_j >= (g / 2) sum_{j != v} l_j,
//
// so |x - x_v| <= 2 e / g times the longest edge. NEVER where that says nothing. `lost`: corners that v
// can be, for where h_vv > 16 e, h(x) >= h_vv / 16 - e > 0.
inline double near_corners(const Vec *corner, const double (&h)[10], bool (&lost)[4]) {
    double e = 0.0, g = NEVER, longest2 = 0.0;
    for (int i = 0; i < 4; ++i) {
        e = most(e, -h[ENTRY[i][i]]);
        for (int j = i + 1; j < 4; ++j) {
            g = least(g, h[ENTRY[i][j]]);
            longest2 = most(longest2, square(corner[i] - corner[j]));
        }
    }
    for (int i = 0; i < 4; ++i) lost[i] = !(h[ENTRY[i][i]] > 16.0 * e);
    return g > 0.0 ? 2.0 * e / g * std::sqrt(longest2) : NEVER;
}

}  // namespace nmc
