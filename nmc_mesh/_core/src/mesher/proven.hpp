// Places that are proved to be near a boundary.
#pragma once

#include "triangle.hpp"

namespace nmc {

// A triangle, or a place a, that is within `bound` of a boundary everywhere.
struct Proven {
    Vec a, b, c;
    double bound;
    bool place;

    static Proven at(Vec a, double bound) { return {a, a, a, bound, true}; }
    double from(Vec p) const { return place ? norm(p - a) : distance_from_triangle(p, a, b, c); }
    Vec middle() const { return place ? a : (1.0 / 3.0) * (a + b + c); }
};

}  // namespace nmc
