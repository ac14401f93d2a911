// Loops over voxels: second moments of grains, and who touches whom.
#include "../array.hpp"

namespace nmc {
namespace {

// Enter two labels into each other's row of neighbours, once, as long as there is room.
void enter(i64 i, i64 j, const View<i32, 2> &table, const View<i64, 1> &count) {
    if (i == j) return;
    for (i64 k = 0; k < count[i]; ++k)
        if (table(i, k) == j) return;
    if (count[i] < table.shape[1]) table(i, count[i]++) = static_cast<i32>(j);
    if (count[j] < table.shape[1]) table(j, count[j]++) = static_cast<i32>(i);
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_add_second_moments(const i32_3 *labels_, int64_t first, int64_t last, int64_t offset,
                           i64_2 *total_) {
    const auto labels = in(*labels_);
    const auto total = out(*total_);
    for (i64 plane = first; plane < last; ++plane) {
        const i64 x = offset + plane;
        for (i64 y = 0; y < labels.shape[1]; ++y)
            for (i64 z = 0; z < labels.shape[2]; ++z) {
                const View<i64, 1> row = total.row(labels(plane, y, z));
                const i64 terms[10] = {1, x, y, z, x * x, y * y, z * z, x * y, x * z, y * z};
                for (int k = 0; k < 10; ++k) row[k] += terms[k];
            }
    }
    return NMC_OK;
}

int nmc_add_neighbours(const i32_3 *labels_, int64_t planes, i32_2 *table_, i64_1 *count_) {
    const auto labels = in(*labels_);
    const auto table = out(*table_);
    const auto count = out(*count_);
    for (i64 x = 0; x < planes; ++x)
        for (i64 y = 0; y < labels.shape[1]; ++y)
            for (i64 z = 0; z < labels.shape[2]; ++z) {
                const i64 i = labels(x, y, z);
                if (x + 1 < labels.shape[0]) enter(i, labels(x + 1, y, z), table, count);
                if (y + 1 < labels.shape[1]) enter(i, labels(x, y + 1, z), table, count);
                if (z + 1 < labels.shape[2]) enter(i, labels(x, y, z + 1), table, count);
            }
    return NMC_OK;
}
