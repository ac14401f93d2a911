// Triangles to pixels: orthographic projection, depth buffer, a cut decided per pixel.
#include "../vec.hpp"

namespace nmc {
namespace {

// Pixels [first, last] of an axis whose centres a triangle can cover. They are compared before they
// become whole numbers: a triangle may reach farther than those do. One with a NaN covers nothing.
struct Range {
    i64 first, last;

    Range(double a, double b, double c, i64 pixels) {
        const double low = std::ceil(least(least(a, b), c));
        const double high = std::floor(most(most(a, b), c));
        const double end = static_cast<double>(pixels - 1);
        first = low > 0.0 ? (low <= end ? static_cast<i64>(low) : pixels) : 0;
        last = high >= end ? pixels - 1 : high >= 0.0 ? static_cast<i64>(high) : -1;
    }
};

// A triangle in pixels: per corner column, row, nearness, and three coordinates of the cut's frame.
struct Triangle {
    const double *a, *b, *c;
    double area;

    explicit Triangle(const View<const double, 2> &corners)
        : a(corners.row(0).data), b(corners.row(1).data), c(corners.row(2).data) {
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
    }
    // The value at barycentric coordinates (u, v, w).
    double value(int k, Vec at) const { return at.x * a[k] + at.y * b[k] + at.z * c[k]; }
    Vec barycentric(double column, double row) const {
        const double v = ((column - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (row - a[1])) / area;
        const double w = ((b[0] - a[0]) * (row - a[1]) - (column - a[0]) * (b[1] - a[1])) / area;
        return {1.0 - v - w, v, w};
    }
    // Whether the cut's positive octant holds a point; a wall k lies in its plane k.
    bool in_octant(Vec at, i32 wall) const {
        for (int k = 0; k < 3; ++k)
            if (k != wall && !(value(3 + k, at) > 0.0)) return false;
        return true;
    }
};

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_rasterize(const f64_3 *corners_, const i32_1 *walls_, i32_2 *seen_, f64_2 *nearness_) {
    const auto corners = in(*corners_);
    const auto walls = in(*walls_);
    const auto seen = out(*seen_);
    const auto nearness = out(*nearness_);
    for (i64 t = 0; t < corners.length(); ++t) {
        const Triangle triangle(corners.row(t));
        if (triangle.area == 0.0) continue;
        const double *a = triangle.a, *b = triangle.b, *c = triangle.c;
        const Range rows(a[1], b[1], c[1], seen.shape[0]);
        const Range columns(a[0], b[0], c[0], seen.shape[1]);
        for (i64 row = rows.first; row <= rows.last; ++row)
            for (i64 column = columns.first; column <= columns.last; ++column) {
                const Vec at = triangle.barycentric(static_cast<double>(column),
                                                    static_cast<double>(row));
                if (at.x < 0.0 || at.y < 0.0 || at.z < 0.0) continue;
                const double near = triangle.value(2, at);
                if (near <= nearness(row, column)) continue;
                // A wall is seen inside the octant, the surface outside.
                if (triangle.in_octant(at, walls[t]) != (walls[t] >= 0)) continue;
                nearness(row, column) = near;
                seen(row, column) = static_cast<i32>(t);
            }
    }
    return NMC_OK;
}
