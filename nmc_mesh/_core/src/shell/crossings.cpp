// Where labels change along lines of voxels: Crofton's formula makes areas of it.
#include "../array.hpp"

namespace nmc {
namespace {

bool within(i64 i, i64 n) { return 0 <= i && i < n; }

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_crossings(const i32_3 *labels_, const i64_2 *steps_, const f64_1 *weights_,
                  f64_1 *area_) {
    const auto labels = in(*labels_);
    const auto steps = in(*steps_);
    const auto weights = in(*weights_);
    const auto area = out(*area_);
    const i64 nx = labels.shape[0], ny = labels.shape[1], nz = labels.shape[2];
    for (i64 d = 0; d < steps.length(); ++d) {
        const i64 di = steps(d, 0), dj = steps(d, 1), dk = steps(d, 2);
        const double weight = weights[d];
        for (i64 i = 0; i < nx; ++i) {
            for (i64 j = 0; j < ny; ++j) {
                // Whether the lines of voxels ahead and behind lie in the volume.
                const bool ahead = within(i + di, nx) && within(j + dj, ny);
                const bool behind = within(i - di, nx) && within(j - dj, ny);
                for (i64 k = 0; k < nz; ++k) {
                    const i32 here = labels(i, j, k);
                    if (ahead && within(k + dk, nz)) {
                        const i32 there = labels(i + di, j + dj, k + dk);
                        if (here != there) {
                            area[here] += weight;
                            area[there] += weight;
                        }
                    } else {
                        area[here] += weight;
                    }
                    if (!behind || !within(k - dk, nz)) area[here] += weight;
                }
            }
        }
    }
    return NMC_OK;
}
