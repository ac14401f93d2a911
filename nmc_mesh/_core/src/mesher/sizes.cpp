// Edge lengths asked for, lowered so that they rise by no more than a slope along edges:
//
//     h(v) = min over u of H(u) + slope |u - v|, the distance along edges.
//
// One call goes over all cells once; it is called until nothing falls any more, which is soon, as
// neighbours in space are neighbours in memory and a fall travels far within one call.
#include "label.hpp"

using namespace nmc;

int nmc_level_sizes(const f64_2 *points_, const i32_2 *cells_, double slope, f64_1 *sizes_,
                    bool *fell_) {
    const auto points = in(*points_);
    const auto cells = in(*cells_);
    const auto h = out(*sizes_);
    bool fell = false;
    for (i64 t = 0; t < cells.length(); ++t)
        for (int i = 0; i < 3; ++i)
            for (int k = i + 1; k < 4; ++k) {
                const i64 u = cells(t, i), v = cells(t, k);
                const double rise = slope * norm(point(points, u) - point(points, v));
                if (h[u] + rise < h[v]) {
                    h[v] = h[u] + rise;
                    fell = true;
                } else if (h[v] + rise < h[u]) {
                    h[u] = h[v] + rise;
                    fell = true;
                }
            }
    *fell_ = fell;
    return NMC_OK;
}
