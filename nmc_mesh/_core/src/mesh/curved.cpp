// Cells and facets of second order: bounds of the Jacobian, and integrals over curved facets.
//
// A cell with corners x_0 ... x_3 and mid-edge nodes x_ij has the Bezier points b_ii = x_i and
// b_ij = 2 x_ij - (x_i + x_j) / 2. In barycentric coordinates its tangents are linear,
// dX/dxi_k = 2 sum_i lambda_i (b_ik - b_i0), so det J is a cubic whose 20 Bernstein coefficients
// are means of determinants of tangents at corners; they enclose det J.
#include <limits>

#include "../vec.hpp"

namespace nmc {
namespace {

using Points = View<const double, 2>;
using Cells = View<const i32, 2>;

// Place of the node between two corners of a second-order tetrahedron (VTK's order).
constexpr int MIDDLE[4][4] = {{-1, 4, 6, 7}, {4, -1, 5, 8}, {6, 5, -1, 9}, {7, 8, 9, -1}};

Vec bezier(const Points &points, const Cells &cells, i64 t, int i, int j) {
    const Vec corner = point(points, cells(t, i));
    if (i == j) return corner;
    const Vec middle = point(points, cells(t, MIDDLE[i][j]));
    return 2.0 * middle - 0.5 * (corner + point(points, cells(t, j)));
}

// dX/dxi_k at the four corners of a cell: at[k][corner].
struct Tangents {
    Vec at[3][4];

    Tangents(const Points &points, const Cells &cells, i64 t) {
        for (int i = 0; i < 4; ++i) {
            const Vec first = bezier(points, cells, t, i, 0);
            for (int k = 0; k < 3; ++k)
                at[k][i] = 2.0 * (bezier(points, cells, t, i, k + 1) - first);
        }
    }
    // Determinant of the first tangent at corner i, the second at j and the third at k.
    double mixed(int i, int j, int k) const { return dot(at[0][i], cross(at[1][j], at[2][k])); }
};

struct Bounds {
    double least, greatest, mean;
};

Bounds bernstein_bounds(const Tangents &at) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double low = infinity, high = -infinity, total = 0.0;
    // The coefficient of lambda_i lambda_j lambda_k is the mean over the orders of the corners.
    for (int i = 0; i < 4; ++i)
        for (int j = i; j < 4; ++j)
            for (int k = j; k < 4; ++k) {
                double c = at.mixed(i, j, k) + at.mixed(i, k, j) + at.mixed(j, i, k);
                c += at.mixed(j, k, i) + at.mixed(k, i, j) + at.mixed(k, j, i);
                c /= 6.0;
                low = least(low, c);
                high = most(high, c);
                total += c;
            }
    return {low, high, total / 20.0};
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_bound_jacobian(const f64_2 *points_, const i32_2 *cells_, int64_t first, int64_t last,
                       f64_2 *bounds_) {
    const auto points = in(*points_);
    const auto cells = in(*cells_);
    const auto bounds = out(*bounds_);
    for (i64 t = first; t < last; ++t) {
        const Bounds of = bernstein_bounds(Tangents(points, cells, t));
        bounds(t, 0) = of.least;
        bounds(t, 1) = of.greatest;
        bounds(t, 2) = of.mean;
    }
    return NMC_OK;
}

int nmc_integrate_facets(const f64_2 *points_, const i32_2 *facets_, const f64_2 *origins_,
                         const f64_2 *shape_, const f64_3 *slopes_, const f64_1 *weights_,
                         int64_t first, int64_t last, f64_2 *sums_) {
    const auto points = in(*points_);
    const auto facets = in(*facets_);
    const auto origins = in(*origins_), shape = in(*shape_);
    const auto slopes = in(*slopes_);
    const auto weights = in(*weights_);
    const auto sums = out(*sums_);
    for (i64 f = first; f < last; ++f) {
        const View<double, 1> sum = sums.row(f);
        for (int column = 0; column < 14; ++column) sum[column] = 0.0;
        const Vec origin = point(origins, f);
        for (i64 q = 0; q < weights.length(); ++q) {
            Vec y{-origin.x, -origin.y, -origin.z}, u{0.0, 0.0, 0.0}, v{0.0, 0.0, 0.0};
            for (int k = 0; k < 6; ++k) {
                const Vec node = point(points, facets(f, k));
                y = y + shape(q, k) * node;
                u = u + slopes(q, 0, k) * node;
                v = v + slopes(q, 1, k) * node;
            }
            const Vec n = weights[q] * cross(u, v);  // n dA
            const double flux = dot(y, n);
            sum[0] += norm(n);
            sum[4] += flux / 3.0;
            for (int d = 0; d < 3; ++d) {
                sum[1 + d] += n[d];
                sum[5 + d] += y[d] * flux / 4.0;
                sum[8 + d] += y[d] * y[d] * flux / 5.0;
                sum[11 + d] += y[d] * y[(d + 1) % 3] * flux / 5.0;
            }
        }
    }
    return NMC_OK;
}
