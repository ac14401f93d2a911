// Where vertices and cells lie on the axis that the mesh is cut into slabs along.
#include "work.hpp"

namespace nmc {

// A place on the axis, counted in slabs.
static double in_slabs(const nmc_slabs &slabs, double x) {
    return (x - slabs.low) / slabs.thick + slabs.shift;
}

}  // namespace nmc

using namespace nmc;

int nmc_enter_slabs(const f64_2 *points_, const nmc_slabs *slabs, int64_t first, int64_t last,
                    i32_1 *slab_) {
    const auto points = in(*points_);
    const auto slab = out(*slab_);
    for (i64 v = first; v < last; ++v)
        slab[v] = static_cast<i32>(std::floor(in_slabs(*slabs, points(v, slabs->axis))));
    return NMC_OK;
}

int nmc_middle_cells(const nmc_work *work_, const b8_1 *bad_, const nmc_slabs *slabs, int64_t first,
                     int64_t last, own_i32_1 *cells_, own_i32_1 *slab_) {
    const Work work(*work_);
    const auto bad = in(*bad_);
    Buffer<i32> cells, slab;
    for (i64 t = first; t < last; ++t) {
        if (!bad[t]) continue;
        const i32 *c = work.corners(t);
        const auto at = [&](int k) { return work.points(c[k], slabs->axis); };
        const double place = in_slabs(*slabs, (at(0) + at(1) + at(2) + at(3)) / 4.0);
        const double whole = std::floor(place);
        if (place - whole < 0.25 || place - whole >= 0.75) continue;
        if (!cells.push(static_cast<i32>(t)) || !slab.push(static_cast<i32>(whole)))
            return NMC_NO_MEMORY;
    }
    const i64 count = cells.size();
    cells.give(cells_, count);
    slab.give(slab_, count);
    return NMC_OK;
}
