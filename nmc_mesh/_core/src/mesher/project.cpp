#include "project.hpp"

namespace nmc {

bool solve_small(const double (&gram)[3][3], const double (&rhs)[3], double (&result)[3], int n) {
    double low[3][3];  // gram = low low^T
    for (int i = 0; i < n; ++i)
        for (int j = 0; j <= i; ++j) {
            double s = gram[i][j];
            for (int k = 0; k < j; ++k) s -= low[i][k] * low[j][k];
            if (i == j) {
                // Nearly parallel gradients: what is left of one is 1e-5 of its length.
                if (s <= 1e-10 * gram[i][i] || gram[i][i] <= 0.0) return false;
                low[i][i] = std::sqrt(s);
            } else {
                low[i][j] = s / low[j][j];
            }
        }
    for (int i = 0; i < n; ++i) {
        double s = rhs[i];
        for (int k = 0; k < i; ++k) s -= low[i][k] * result[k];
        result[i] = s / low[i][i];
    }
    for (int i = n - 1; i >= 0; --i) {
        double s = result[i];
        for (int k = i + 1; k < n; ++k) s -= low[k][i] * result[k];
        result[i] = s / low[i][i];
    }
    return true;
}

}  // namespace nmc

using namespace nmc;

int nmc_project(const nmc_field *raw, const i32_2 *names_, const i32_1 *counts_, double reach,
                f64_2 *places_, b8_1 *converged_) {
    const auto names = in(*names_);
    const auto counts = in(*counts_);
    const auto places = out(*places_);
    const auto converged = out(*converged_);
    return with_field(*raw, [&](const auto &field) {
        for (i64 n = 0; n < places.length(); ++n) {
            Vec place = point(places, n);
            converged[n] = project(field, names.row(n).data, counts[n], place, reach);
            set_point(places, n, place);
        }
        return NMC_OK;
    });
}
