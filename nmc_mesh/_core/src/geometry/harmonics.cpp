// Real orthonormal spherical harmonics of unit vectors; see nmc_mesh/geometry/harmonics.py.
//
//     Y_lm = sqrt(2) P_l^m(cos t) cos(m p)     m > 0        column l * l + l + m
//     Y_l0 =         P_l^0(cos t)
//     Y_lm = sqrt(2) P_l^|m|(cos t) sin(|m| p)  m < 0
#include "../vec.hpp"

namespace nmc {
namespace {

constexpr double PI = 3.141592653589793;

// Factors of the recurrences in l and m, each at l * (l + 1) / 2 + m.
class Recurrence {
public:
    explicit Recurrence(i64 degree) : degree_(degree), of_z_((degree + 1) * (degree + 2) / 2),
                                      of_older_(of_z_.size()), diagonal_(degree + 1) {
        if (!ok()) return;
        for (i64 m = 0; m <= degree; ++m) {
            diagonal_[m] = m > 0 ? std::sqrt((2.0 * m + 1.0) / (2.0 * m)) : 0.0;
            for (i64 l = m + 1; l <= degree; ++l) {
                const double square = static_cast<double>(m * m);
                const double between = static_cast<double>(l * l - m * m);
                of_z_[at(l, m)] = std::sqrt((4.0 * l * l - 1.0) / between);
                of_older_[at(l, m)] = std::sqrt(((l - 1.0) * (l - 1.0) - square) /
                                                (4.0 * (l - 1.0) * (l - 1.0) - 1.0));
            }
        }
    }
    bool ok() const { return of_z_.ok() && of_older_.ok() && diagonal_.ok(); }

    // Write Y_lm(u) into `row`. `along` carries P_l^m / sin^m t, and c, s carry sin^m t cos(m p),
    // sin^m t sin(m p), so that nothing is divided by sin t.
    void write(Vec u, double *row) const {
        double c = 1.0, s = 0.0;
        double diagonal = std::sqrt(1.0 / (4.0 * PI));
        for (i64 m = 0; m <= degree_; ++m) {
            if (m > 0) {
                const double turned = c * u.x - s * u.y;
                s = s * u.x + c * u.y;
                c = turned;
                diagonal *= diagonal_[m];
            }
            const double scale = m > 0 ? std::sqrt(2.0) : 1.0;
            double older = 0.0, along = diagonal;
            for (i64 l = m; l <= degree_; ++l) {
                if (l > m) {
                    const double next =
                        of_z_[at(l, m)] * (u.z * along - of_older_[at(l, m)] * older);
                    older = along;
                    along = next;
                }
                row[l * l + l + m] = scale * along * c;
                if (m > 0) row[l * l + l - m] = scale * along * s;
            }
        }
    }

private:
    static i64 at(i64 l, i64 m) { return l * (l + 1) / 2 + m; }

    i64 degree_;
    Buffer<double> of_z_, of_older_, diagonal_;
};

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_harmonics(const f64_2 *unit_, int64_t degree, f64_2 *values_) {
    const auto unit = in(*unit_);
    const auto values = out(*values_);
    NMC_CHECK(values.shape[1] == (degree + 1) * (degree + 1));
    const Recurrence recurrence(degree);
    if (!recurrence.ok()) return NMC_NO_MEMORY;
    for (i64 i = 0; i < unit.length(); ++i) recurrence.write(point(unit, i), values.row(i).data);
    return NMC_OK;
}

int nmc_synthesize(const f64_2 *unit_, int64_t degree, const f64_1 *coefficients_,
                   f64_1 *values_) {
    const auto unit = in(*unit_);
    const auto coefficients = in(*coefficients_);
    const auto values = out(*values_);
    NMC_CHECK(coefficients.length() == (degree + 1) * (degree + 1));
    const Recurrence recurrence(degree);
    Buffer<double> row(coefficients.length());
    if (!recurrence.ok() || !row.ok()) return NMC_NO_MEMORY;
    for (i64 i = 0; i < unit.length(); ++i) {
        recurrence.write(point(unit, i), row.data());
        double total = 0.0;
        for (i64 k = 0; k < row.size(); ++k) total += coefficients[k] * row[k];
        values[i] = total;
    }
    return NMC_OK;
}
