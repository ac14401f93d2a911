// Coefficients of the cubic spline through values on a line: c_(k-1) + 4 c_k + c_(k+1) = 6 f_k,
// mirrored at both ends (Unser, Aldroubi and Eden, "B-spline signal processing", 1993):
//
//     up    d_k = f_k + z d_(k-1)        z = sqrt(3) - 2
//     down  c_k = z (c_(k+1) - d_k)      times (1 - z) (1 - 1/z) = 6, which is taken first
#include "../array.hpp"

namespace nmc {
namespace {

constexpr i64 MEMORY = 40;  // z^40 < 1e-22: what lies farther off plays no part

void filter(double *values, i64 n, i64 stride) {
    const double z = -0.2679491924311227;  // the nearest double; sqrt(3.0) - 2.0 is not
    const double gain = (1.0 - z) * (1.0 - 1.0 / z);
    const auto at = [&](i64 k) -> double & { return values[k * stride]; };
    for (i64 k = 0; k < n; ++k) at(k) *= gain;
    double start = at(0), power = z;
    for (i64 k = 1; k < MEMORY; ++k, power *= z) {
        const i64 turned = k % (2 * n - 2);  // f goes to and fro between the ends
        start += power * at(turned < n ? turned : 2 * n - 2 - turned);
    }
    at(0) = start;
    for (i64 k = 1; k < n; ++k) at(k) += z * at(k - 1);
    at(n - 1) = (z * at(n - 2) + at(n - 1)) * z / (z * z - 1.0);
    for (i64 k = n - 2; k >= 0; --k) at(k) = z * (at(k + 1) - at(k));
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_filter_spline(f64_2 *values_) {
    const auto values = out(*values_);
    const i64 rows = values.shape[0], columns = values.shape[1];
    if (rows < 2 || columns < 2) return NMC_BAD_INPUT;
    for (i64 j = 0; j < columns; ++j) filter(values.data + j, rows, columns);
    for (i64 i = 0; i < rows; ++i) filter(values.data + i * columns, columns, 1);
    return NMC_OK;
}
