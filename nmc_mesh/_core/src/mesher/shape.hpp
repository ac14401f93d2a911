// Volume and shape of one tetrahedron. A positive one has its vertices a, b, c, d so that b, c, d
// turn anticlockwise seen from a:
//
//     d                volume = (b - a) . (c - a) x (d - a) / 6 > 0
//     |\ .
//     | \  ' .
//     a--\----c
//       ' \  /
//          b
#pragma once

#include <limits>

#include "../vec.hpp"

namespace nmc {

// What is lifted: the volume quality alone, or the lesser of it and of the sines of the angles.
enum Measure : i64 { VOLUME = 0, ANGLE = 1 };

// How much the sine of an obtuse angle counts: obtuse angles hurt more than acute ones.
constexpr double OBTUSE = 0.55;

// 6 sqrt(2): volume / (root of the mean square edge)^3 is 1 / EQUILATERAL at best.
constexpr double EQUILATERAL = 8.48528137423857;

// The signed volume.
inline double volume(Vec a, Vec b, Vec c, Vec d) {
    return dot(b - a, cross(c - a, d - a)) / 6.0;
}

// 6 sqrt(2) volume / rms_edge^3: 1 for the regular tetrahedron, negative for a turned one.
//
// The squares of the six edges add up to 3 (u^2 + v^2 + w^2) - 2 (u.v + v.w + w.u), where u, v, w
// are the edges at a.
inline double quality(Vec a, Vec b, Vec c, Vec d) {
    const Vec u = b - a, v = c - a, w = d - a;
    const double size = dot(u, cross(v, w)) / 6.0;
    const double mean =
        (3.0 * (square(u) + square(v) + square(w)) - 2.0 * (dot(u, v) + dot(v, w) + dot(w, u))) /
        6.0;
    if (mean <= 0.0) return -1.0;
    return EQUILATERAL * size / (mean * std::sqrt(mean));
}

// sin^2 of the angle between two faces whose normals have this dot product and these squares. That
// of an obtuse angle counts OBTUSE^2 times, or as 1 where it is `allowed2` then.
inline double sine2(double inner, double first, double second, double allowed2 = 1.0) {
    const double acute = 1.0 - inner * inner / (first * second);
    if (inner <= 0.0) return acute;
    const double obtuse = acute * (OBTUSE * OBTUSE);
    return obtuse < allowed2 ? obtuse : 1.0;
}

// The least sine of a dihedral angle of a tetrahedron, those of obtuse angles times OBTUSE;
// negative if it is turned.
//
// sin^2 = 1 - (n_i . n_j)^2 / (n_i^2 n_j^2) with the normals n of its faces. With the edges a, b, c
// at the apex the inward normals are p, q, r of the faces at the apex, and s = -p - q - r, because
// the four add up to 0. No square root but the last one, and no arc cosine.
inline double least_sine(Vec apex, Vec first, Vec second, Vec third, double allowed2 = 1.0) {
    const Vec a = first - apex, b = second - apex, c = third - apex;
    const Vec p = cross(b, c), q = cross(c, a), r = cross(a, b);
    const Vec s = {-p.x - q.x - r.x, -p.y - q.y - r.y, -p.z - q.z - r.z};
    const double pp = square(p), qq = square(q), rr = square(r), ss = square(s);
    const double low =
        least(least(sine2(dot(p, q), pp, qq, allowed2), sine2(dot(q, r), qq, rr, allowed2)),
              least(sine2(dot(r, p), rr, pp, allowed2), sine2(dot(p, s), pp, ss, allowed2)));
    const double lowest = least(low, least(sine2(dot(q, s), qq, ss, allowed2), sine2(dot(r, s), rr, ss, allowed2)));
    const double sine = std::sqrt(most(lowest, 0.0));
    return dot(p, a) > 0.0 ? sine : -sine - 1e-9;
}

// The volume quality above which no sine of a tetrahedron is under `level`.
//
// The best tetrahedron with the dihedral angle t at an edge is symmetric about it: of quality
// 2 sqrt(2) sin t / (3 - cos t). A sine under the level is that of an acute angle, sin t < level,
// which allows sqrt(2) level, or of an obtuse one, sin t < level / OBTUSE, which allows more from
// 0.43 on: up to 1.450 level at 0.46, 1.506 level at 0.5, and 0.943, that of a right angle, from
// OBTUSE on. The factors are a little larger.
inline double angle_reach(double level) {
    if (level <= 0.46) return 1.46 * level;
    if (level <= 0.5) return 1.52 * level;
    return level <= 0.8 ? 0.95 : std::numeric_limits<double>::infinity();
}

// Levels from which on rounding errors, some 1e-12 there, cannot matter to what angle_reach() says.
constexpr double SURE = 0.01;

// The fitness of a tetrahedron by either measure.
inline double fitness(Measure measure, Vec a, Vec b, Vec c, Vec d) {
    const double by_volume = quality(a, b, c, d);
    return measure == ANGLE ? least(by_volume, least_sine(a, b, c, d)) : by_volume;
}

// The fitness where that lies between `low` and `high`; else any number on the same side. Most
// cells are known to be one or the other by their volume quality, which costs a third.
inline double fitness_between(Measure measure, double low, double high, Vec a, Vec b, Vec c,
                              Vec d) {
    const double by_volume = quality(a, b, c, d);
    if (measure == VOLUME || by_volume < low) return by_volume;
    if (high >= SURE && by_volume >= angle_reach(high)) return by_volume;
    return least(by_volume, least_sine(a, b, c, d));
}

// Whether the fitness of a tetrahedron is under `level`.
inline bool is_under(Measure measure, double level, Vec a, Vec b, Vec c, Vec d) {
    return fitness_between(measure, level, level, a, b, c, d) < level;
}

}  // namespace nmc
