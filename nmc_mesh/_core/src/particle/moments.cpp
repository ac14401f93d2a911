// Voxels of every label and the sums of their indices, in whole numbers: the order of the sums does
// not matter.
#include "../array.hpp"

using namespace nmc;

int nmc_add_moments(const i32_3 *labels_, int64_t a, int64_t b, int64_t first, i64_2 *total_) {
    const auto labels = in(*labels_);
    const auto total = out(*total_);
    for (i64 x = a; x < b; ++x) {
        for (i64 y = 0; y < labels.shape[1]; ++y) {
            for (i64 z = 0; z < labels.shape[2]; ++z) {
                const i32 i = labels(x, y, z);
                total(i, 0) += 1;
                total(i, 1) += first + x;
                total(i, 2) += y;
                total(i, 3) += z;
            }
        }
    }
    return NMC_OK;
}
