// Products of matrices; see products_loop.hpp for the order of the sums.
#include "../array.hpp"
#include "../processor.hpp"
#include "products_loop.hpp"

using namespace nmc;

int nmc_matmul(const f64_2 *a_, const f64_2 *b_, f64_2 *out_) {
    const auto a = in(*a_), b = in(*b_);
    const auto product = out(*out_);
    const Product all{a.data, b.data, product.data, a.shape[0], a.shape[1], b.shape[1]};
#ifdef NMC_X86
    if (has_avx2()) {
        multiply_avx2(all);
        return NMC_OK;
    }
#endif
    multiply(all);
    return NMC_OK;
}
