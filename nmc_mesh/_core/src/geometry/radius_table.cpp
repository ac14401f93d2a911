#include "radius_table.hpp"

#include <algorithm>

namespace nmc {

// Share of the radius within which the table cannot tell sides: it is right to 1e-7 of the radius.
constexpr double CLOSE = 1e-5;

// The radius and its slopes by s and t on one face.
struct OnFace {
    double radius, by_s, by_t;
};

// X = sum_ab B_a(p) B_b(q) c_ab over the 4 x 4 knots round (p, q), in steps of the grid; s and t
// take n / 2 steps per unit, hence the factor of the slopes. Rows are summed up first.
static OnFace on_face(const View<const double, 3> &spline, int face, double s, double t) {
    const i64 n = spline.shape[1] - 3;
    const double p = 0.5 * (s + 1.0) * n, q = 0.5 * (t + 1.0) * n;
    const i64 i = std::min(std::max(static_cast<i64>(p), i64{0}), n - 1);
    const i64 j = std::min(std::max(static_cast<i64>(q), i64{0}), n - 1);
    Knot across[4];
    for (int b = 0; b < 4; ++b) across[b] = bspline(q - j, b);
    double radius = 0.0, by_s = 0.0, by_t = 0.0;
    for (int a = 0; a < 4; ++a) {
        const Knot along = bspline(p - i, a);
        double row = 0.0, slope = 0.0;
        for (int b = 0; b < 4; ++b) {
            const double c = spline(face, i + a, j + b);
            row += across[b].weight * c;
            slope += across[b].slope * c;
        }
        radius += along.weight * row;
        by_s += along.slope * row;
        by_t += along.weight * slope;
    }
    return {radius, 0.5 * n * by_s, 0.5 * n * by_t};
}

// The face is that of the coordinate of largest size, the first among equals. X depends on the
// direction alone, so grad X . p = 0: that gives the slope along the face's axis.
Radius radius_at(const RadiusTable &table, Vec p) {
    const double ax = std::fabs(p.x), ay = std::fabs(p.y), az = std::fabs(p.z);
    if (ax >= ay && ax >= az) {
        const double s = p.y / p.x, t = p.z / p.x;
        const OnFace on = on_face(table.spline, p.x > 0.0 ? 0 : 3, s, t);
        const double by_s = on.by_s / p.x, by_t = on.by_t / p.x;
        return {on.radius, {-(s * by_s + t * by_t), by_s, by_t}};
    }
    if (ay >= az) {
        const double s = p.z / p.y, t = p.x / p.y;
        const OnFace on = on_face(table.spline, p.y > 0.0 ? 1 : 4, s, t);
        const double by_s = on.by_s / p.y, by_t = on.by_t / p.y;
        return {on.radius, {by_t, -(s * by_s + t * by_t), by_s}};
    }
    const double s = p.x / p.z, t = p.y / p.z;
    const OnFace on = on_face(table.spline, p.z > 0.0 ? 2 : 5, s, t);
    const double by_s = on.by_s / p.z, by_t = on.by_t / p.z;
    return {on.radius, {by_s, by_t, -(s * by_s + t * by_t)}};
}

// 1 inside, -1 outside, 0 where the table cannot tell. The bounds spare most points the table.
static int side_of(const RadiusTable &table, Vec p) {
    const double r = norm(p);
    if (r < table.low) return 1;
    if (r > table.high) return -1;
    const double beyond = r - radius_at(table, p).value;
    return std::fabs(beyond) < CLOSE * r ? 0 : beyond < 0.0 ? 1 : -1;
}

}  // namespace nmc

using namespace nmc;

int nmc_radii(const nmc_radius_table *raw, const f64_2 *points_, f64_2 *radii_) {
    const RadiusTable table(*raw);
    const auto points = in(*points_);
    const auto radii = out(*radii_);
    for (i64 n = 0; n < points.length(); ++n) {
        const Radius radius = radius_at(table, point(points, n));
        radii(n, 0) = radius.value;
        for (int axis = 0; axis < 3; ++axis) radii(n, 1 + axis) = radius.gradient[axis];
    }
    return NMC_OK;
}

int nmc_sides_of_shell(const nmc_radius_table *raw, const f64_2 *points_, int64_t first,
                       int64_t last, i8_1 *sides_) {
    const RadiusTable table(*raw);
    const auto points = in(*points_);
    const auto sides = out(*sides_);
    for (i64 n = first; n < last; ++n)
        sides[n] = static_cast<std::int8_t>(side_of(table, point(points, n)));
    return NMC_OK;
}
