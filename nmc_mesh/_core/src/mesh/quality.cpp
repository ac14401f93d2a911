// Shape of the cells of a finished mesh: volume, dihedral angles, radius ratio.
#include "../elementary.hpp"
#include "../vec.hpp"

namespace nmc {
namespace {

struct Shape {
    double volume, smallest_angle, largest_angle, radius_ratio;
};

// Edges between corners i < j in the order 01 02 03 12 13 23: opposite ones are n and 5 - n.
constexpr int EDGES[6][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};

// 3 r / R with r = six volumes / twice the area, and R from the products a, b, c of opposite edges
// (Crelle): 6 V R = sqrt(s (s - a) (s - b) (s - c)), 2 s = a + b + c.
double radius_ratio(const Vec (&p)[4], double six, double area2) {
    double edge[6];
    for (int n = 0; n < 6; ++n) edge[n] = norm(p[EDGES[n][0]] - p[EDGES[n][1]]);
    const double a = edge[0] * edge[5], b = edge[1] * edge[4], c = edge[2] * edge[3];
    const double s = (a + b + c) * (a + b - c) * (a - b + c) * (b + c - a);
    if (s <= 0.0) return 0.0;
    return 3.0 * (six / area2) * (4.0 * six) / std::sqrt(s);
}

Shape measure(const Vec (&p)[4]) {
    Vec normal[4];  // of the face opposite each corner, inwards
    double size[4];
    for (int i = 0; i < 4; ++i) {
        const Vec a = p[(i + 1) & 3], b = p[(i + 2) & 3], c = p[(i + 3) & 3];
        normal[i] = (i & 1 ? -1.0 : 1.0) * cross(b - a, c - a);
        size[i] = norm(normal[i]);
    }
    const double six = 0.0 + dot(normal[0], p[1] - p[0]);  // flat ones have the volume 0, not -0
    double low = -1.0, high = 1.0;  // cosines of the smallest and of the largest angle
    for (const auto &edge : EDGES) {
        const int i = edge[0], j = edge[1];
        const double cosine = -dot(normal[i], normal[j]) / (size[i] * size[j]);
        low = most(low, cosine);
        high = least(high, cosine);
    }
    return {six / 6.0,
            exact::acos(least(low, 1.0)),
            exact::acos(most(high, -1.0)),
            radius_ratio(p, six, size[0] + size[1] + size[2] + size[3])};
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_measure_cells(const f64_2 *points_, const i32_2 *cells_, f64_2 *shapes_, int64_t first,
                      int64_t last) {
    const auto points = in(*points_);
    const auto cells = in(*cells_);
    const auto shapes = out(*shapes_);
    for (i64 t = first; t < last; ++t) {
        const Vec corners[4] = {point(points, cells(t, 0)), point(points, cells(t, 1)),
                                point(points, cells(t, 2)), point(points, cells(t, 3))};
        const Shape shape = measure(corners);
        shapes(t, 0) = shape.volume;
        shapes(t, 1) = shape.smallest_angle;
        shapes(t, 2) = shape.largest_angle;
        shapes(t, 3) = shape.radius_ratio;
    }
    return NMC_OK;
}
