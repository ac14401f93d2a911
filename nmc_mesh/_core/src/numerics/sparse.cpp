// A sparse matrix times a few columns: the matrix is read once for all of them.
//
//     y_rk = ((a_r0 x_0k + a_r1 x_1k) + a_r2 x_2k) + ...
//
// over the entries of a row in their order, nothing fused: the bytes that scipy gives. It adds to
// the result in memory, entry by entry; here the sums of a row stay in registers, for which their
// number has to be known when this is compiled.
#include "../array.hpp"

using namespace nmc;

namespace {

struct Rows {
    const double *values;
    const i32 *columns;
    const i64 *starts;
};

template <int Count>
void multiply(const Rows &a, i64 row, const double *x, double *y, i64 width) {
    double sum[Count] = {};
    for (i64 entry = a.starts[row]; entry < a.starts[row + 1]; ++entry) {
        const double value = a.values[entry];
        const double *other = x + a.columns[entry] * width;
        for (int k = 0; k < Count; ++k) sum[k] = sum[k] + value * other[k];
    }
    for (int k = 0; k < Count; ++k) y[row * width + k] = sum[k];
}

template <int Count>
void multiply_all(const Rows &a, i64 first, i64 last, i64 width, const double *x, double *y) {
    for (i64 row = first; row < last; ++row) multiply<Count>(a, row, x, y, width);
}

}  // namespace

int nmc_sparse_matmul(int64_t first, int64_t last, const i64_1 *starts_, const i32_1 *columns_,
                      const f64_1 *values_, const f64_2 *x_, f64_2 *out_) {
    const auto x = in(*x_);
    const auto y = out(*out_);
    const Rows a{values_->data, columns_->data, starts_->data};
    const i64 width = x.shape[1];
    NMC_CHECK(0 <= first && first <= last && last <= y.length());
    NMC_CHECK(starts_->data[last] <= values_->shape[0]);
    // Six: unit stresses; three: unit fluxes; one, two: a step in time.
    i64 done = 0;
    for (; width - done >= 6; done += 6)
        multiply_all<6>(a, first, last, width, x.data + done, y.data + done);
    for (; width - done >= 3; done += 3)
        multiply_all<3>(a, first, last, width, x.data + done, y.data + done);
    if (width - done == 2) multiply_all<2>(a, first, last, width, x.data + done, y.data + done);
    if (width - done == 1) multiply_all<1>(a, first, last, width, x.data + done, y.data + done);
    return NMC_OK;
}
