// Moments and bounding boxes of grains, summed over their tetrahedra in the order of the cells.
//
// Both are exact: with V the volume and x_k the corners,
// integral x dV = V mean(x_k), integral x x^T dV = V / 20 (sum x_k x_k^T + (sum x_k)(sum x_k)^T).
#include <limits>

#include "../vec.hpp"

namespace nmc {
namespace {

// Volume of a tetrahedron with these edges from one corner.
double volume(Vec a, Vec b, Vec c) {
    const double six = a.x * (b.y * c.z - b.z * c.y) - a.y * (b.x * c.z - b.z * c.x) +
                       a.z * (b.x * c.y - b.y * c.x);
    return six / 6.0;
}

// Widen a box, rows lower and upper corner, to hold a point.
void include(const View<double, 2> &box, Vec x) {
    for (int k = 0; k < 3; ++k) {
        box(0, k) = least(box(0, k), x[k]);
        box(1, k) = most(box(1, k), x[k]);
    }
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_first_moments(const f64_2 *points_, const i32_2 *cells_, const i32_1 *row_, f64_2 *sums_,
                      f64_3 *boxes_) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto points = in(*points_);
    const auto cells = in(*cells_);
    const auto row = in(*row_);
    const auto sums = out(*sums_);
    const auto boxes = out(*boxes_);
    for (i64 grain = 0; grain < sums.length(); ++grain) {
        for (int k = 0; k < 4; ++k) sums(grain, k) = 0.0;
        for (int k = 0; k < 3; ++k) {
            boxes(grain, 0, k) = infinity;
            boxes(grain, 1, k) = -infinity;
        }
    }
    for (i64 cell = 0; cell < cells.length(); ++cell) {
        const i64 grain = row[cell];
        Vec x[4];
        for (int i = 0; i < 4; ++i) {
            x[i] = point(points, cells(cell, i));
            include(boxes.row(grain), x[i]);
        }
        const Vec a = x[1] - x[0], b = x[2] - x[0], c = x[3] - x[0];
        const double size = volume(a, b, c);
        const Vec middle = x[0] + 0.25 * (a + b + c);
        sums(grain, 0) += size;
        for (int k = 0; k < 3; ++k) sums(grain, 1 + k) += size * middle[k];
    }
    return NMC_OK;
}

int nmc_second_moments(const f64_2 *points_, const i32_2 *cells_, const i32_1 *row_,
                       const f64_2 *centroids_, f64_3 *moments_) {
    const auto points = in(*points_), centroids = in(*centroids_);
    const auto cells = in(*cells_);
    const auto row = in(*row_);
    const auto moments = out(*moments_);
    for (i64 i = 0; i < moments.size(); ++i) moments.data[i] = 0.0;
    for (i64 cell = 0; cell < cells.length(); ++cell) {
        const i64 grain = row[cell];
        const Vec centroid = point(centroids, grain);
        Vec x[4], total{0.0, 0.0, 0.0};
        for (int i = 0; i < 4; ++i) {  // about the centroid, lest the digits cancel
            x[i] = point(points, cells(cell, i)) - centroid;
            total = total + x[i];
        }
        const double share = volume(x[1] - x[0], x[2] - x[0], x[3] - x[0]) / 20.0;
        for (int j = 0; j < 3; ++j)
            for (int k = 0; k < 3; ++k) {
                double product = total[j] * total[k];
                for (int i = 0; i < 4; ++i) product += x[i][j] * x[i][k];
                moments(grain, j, k) += share * product;
            }
    }
    return NMC_OK;
}
