// The edges at every vertex, numbered by their upper ends.
#include "csr.hpp"

namespace nmc {
namespace {

// Put a vertex into a sorted list without repetition; return its new length.
i64 insert(Buffer<i32> &ends, i64 size, i32 end) {
    i64 i = size;
    while (i > 0 && ends[i - 1] > end) --i;
    if (i > 0 && ends[i - 1] == end) return size;
    for (i64 k = size; k > i; --k) ends[k] = ends[k - 1];
    ends[i] = end;
    return size + 1;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_rank_edges(int64_t first, int64_t last, const i64_1 *starts_, const i32_1 *order_,
                   const i32_1 *upper_, i32_1 *number_, i64_1 *count_) {
    const auto starts = in(*starts_);
    const auto order = in(*order_), upper = in(*upper_);
    const auto number = out(*number_);
    const auto count = out(*count_);
    Buffer<i32> ends(longest_list(starts, first, last));
    if (!ends.ok()) return NMC_NO_MEMORY;
    for (i64 v = first; v < last; ++v) {
        i64 size = 0;
        for (i64 p = starts[v]; p < starts[v + 1]; ++p) size = insert(ends, size, upper[order[p]]);
        for (i64 p = starts[v]; p < starts[v + 1]; ++p) {
            i64 i = 0;
            while (ends[i] != upper[order[p]]) ++i;
            number[order[p]] = static_cast<i32>(i);
        }
        count[v + 1] = size;
    }
    return NMC_OK;
}
