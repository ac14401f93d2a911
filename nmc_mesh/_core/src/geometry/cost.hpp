// The cost of a seed at a point: one order of operations for everybody who compares costs.
#pragma once

#include "../vec.hpp"

namespace nmc {

// A row of GBPD.rows: s0 s1 s2 M00 M11 M22 M01 M02 M12 r.
struct Seed {
    double s0, s1, s2, m00, m11, m22, m01, m02, m12, r;
};
static_assert(sizeof(Seed) == 10 * sizeof(double));

inline const Seed &seed_at(const View<const double, 2> &rows, i64 i) {
    NMC_CHECK(0 <= i && i < rows.shape[0]);
    return reinterpret_cast<const Seed *>(rows.data)[i];
}

// q_i(p) = (p - s_i)^T M_i (p - s_i) - r_i in um^2.
inline double cost(const Seed &seed, const Vec &p) {
    const double u = p.x - seed.s0, v = p.y - seed.s1, w = p.z - seed.s2;
    const double planar = (seed.m00 * u + 2.0 * seed.m01 * v) * u + seed.m11 * v * v;
    return planar + (2.0 * (seed.m02 * u + seed.m12 * v) + seed.m22 * w) * w - seed.r;
}

inline double cost(const View<const double, 2> &rows, i64 i, const Vec &p) {
    return cost(seed_at(rows, i), p);
}

}  // namespace nmc
