#include "../array.hpp"
#include "../processor.hpp"
#include "grid_loop.hpp"

using namespace nmc;

int nmc_label_boxes(const f64_2 *rows, const f64_1 *origin, const f64_1 *step, const i64_1 *boxes,
                    int64_t plane, const i64_1 *start, const i32_1 *seeds, int64_t first,
                    int64_t last, i32_3 *labels) {
    NMC_CHECK(0 <= first && last < start->shape[0]);
    const Slab slab{rows->data,  origin->data, step->data,   boxes->data,  plane,
                    start->data, seeds->data,  labels->data, labels->shape};
#ifdef NMC_X86
    if (has_avx2()) {
        label_boxes_avx2(slab, first, last);
        return NMC_OK;
    }
#endif
    label_boxes(slab, first, last);
    return NMC_OK;
}
