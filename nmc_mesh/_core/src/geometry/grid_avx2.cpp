#include "grid_loop.hpp"

#ifdef __AVX2__
void nmc::label_boxes_avx2(const Slab &slab, int64_t first, int64_t last) {
    label_boxes(slab, first, last);
}
#endif
