#include "../array.hpp"
#include "../processor.hpp"
#include "grid_loop.hpp"

using namespace nmc;

int nmc_label_boxes(const f64_2 *rows, const f64_1 *origin, const f64_1 *step, const i64_1 *boxes,
                    int64_t plane, const i64_1 *start, const i32_1 *seeds, int64_t first,
                    int64_t last, i32_3 *labels) {
    const Slab slab{in(*rows).flat(),  in(*origin).flat(), in(*step).flat(),
                    in(*boxes).flat(), plane,              in(*start).flat(),
                    in(*seeds).flat(), out(*labels).flat(), {labels->shape, 3}};
#ifdef NMC_X86
    if (has_avx2()) {
        label_boxes_avx2(slab, first, last);
        return NMC_OK;
    }
#endif
    label_boxes(slab, first, last);
    return NMC_OK;
}
