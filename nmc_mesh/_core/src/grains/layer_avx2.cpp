#include "layer_loop.hpp"

#ifdef __AVX2__
void nmc::layer_avx2(const Layer &layer) { apply(layer); }
#endif
