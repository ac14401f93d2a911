// The frame of a seed: its first axis points to the origin.
#pragma once

#include "../elementary.hpp"
#include "../vec.hpp"

namespace nmc {

// Rows are axes.
struct Frame {
    Vec axis[3];
};

// Q = R_{e1, turn} (2 a a^T - I), a parallel to s / |s| + e1, as GBPD.radial has it: a half turn
// takes s / |s| to e1, then a turn about e1.
inline Frame frame_of(Vec s, double turn) {
    const double size = norm(s);
    Vec a{2.0, 0.0, 0.0};  // at the origin every direction will do
    if (size > 0.0) a = {s.x / size + 1.0, s.y / size, s.z / size};
    double length = norm(a);
    if (length < 1e-8) {  // s / |s| = -e1, to rounding: the half turn is about e2
        a = {0.0, 1.0, 0.0};
        length = 1.0;
    }
    a = {a.x / length, a.y / length, a.z / length};
    double sine, cosine;
    exact::sincos(turn, sine, cosine);
    const Vec x{2.0 * a.x * a.x - 1.0, 2.0 * a.x * a.y, 2.0 * a.x * a.z};
    const Vec y{2.0 * a.y * a.x, 2.0 * a.y * a.y - 1.0, 2.0 * a.y * a.z};
    const Vec z{2.0 * a.z * a.x, 2.0 * a.z * a.y, 2.0 * a.z * a.z - 1.0};
    return {{x, cosine * y - sine * z, sine * y + cosine * z}};
}

}  // namespace nmc
