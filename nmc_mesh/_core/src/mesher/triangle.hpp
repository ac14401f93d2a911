// The distance of a place from a triangle.
#pragma once

#include "../vec.hpp"

namespace nmc {

// The squared distance of p from the line from a to b.
inline double square_from_line(Vec p, Vec a, Vec b) {
    const Vec way = b - a, to = p - a;
    const double length2 = square(way);
    const double t = length2 > 0.0 ? least(most(dot(to, way) / length2, 0.0), 1.0) : 0.0;
    return square(to - t * way);
}

// The distance of p from a triangle: along its normal where the foot lies inside, else from the
// nearest side.
inline double distance_from_triangle(Vec p, Vec a, Vec b, Vec c) {
    const Vec normal = cross(b - a, c - a);
    const double area2 = square(normal);
    const auto beside = [&](Vec from, Vec to) { return dot(cross(to - from, p - from), normal); };
    if (area2 > 0.0 && beside(a, b) >= 0.0 && beside(b, c) >= 0.0 && beside(c, a) >= 0.0)
        return std::fabs(dot(p - a, normal)) / std::sqrt(area2);
    return std::sqrt(least(square_from_line(p, a, b),
                           least(square_from_line(p, b, c), square_from_line(p, c, a))));
}

}  // namespace nmc
