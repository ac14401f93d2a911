#include "products_loop.hpp"

#ifdef __AVX2__
void nmc::multiply_avx2(const Product &product) { multiply(product); }
#endif
