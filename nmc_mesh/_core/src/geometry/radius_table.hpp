// The radius X(x / |x|) of a star shape from a table of splines over the faces of a cube.
//
//        t
//        ^        On face (axis k, sign e) the direction is e (1, s, t) in the axes k, k + 1 and
//     1 +-+-+     k + 2, s and t in [-1, 1]: n x n squares, and coefficients that reach one knot
//       +-+-+     beyond.
//    -1 +-+-+ > s
#pragma once

#include "../vec.hpp"

namespace nmc {

struct RadiusTable {
    View<const double, 3> spline;  // (6, n + 3, n + 3): faces +x, +y, +z, -x, -y, -z
    double low, high;              // bounds of the radius in um

    explicit RadiusTable(const nmc_radius_table &raw)
        : spline(in(raw.spline)), low(in(raw.bounds)[0]), high(in(raw.bounds)[1]) {}
};

struct Knot {
    double weight, slope;
};

// The cubic B-spline of knot k = 0..3 at the fraction t in [0, 1) of a step.
inline Knot bspline(double t, int k) {
    const double u = 1.0 - t;
    switch (k) {
    case 0: return {u * u * u / 6.0, -0.5 * u * u};
    case 1: return {2.0 / 3.0 - t * t * (1.0 - 0.5 * t), t * (1.5 * t - 2.0)};
    case 2: return {2.0 / 3.0 - u * u * (1.0 - 0.5 * u), -u * (1.5 * u - 2.0)};
    default: return {t * t * t / 6.0, 0.5 * t * t};
    }
}

// X in um at a point that is not the origin, and its gradient by the point.
struct Radius {
    double value;
    Vec gradient;
};
Radius radius_at(const RadiusTable &table, Vec p);

}  // namespace nmc
