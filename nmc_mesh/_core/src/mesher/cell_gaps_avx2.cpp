#include "cell_gaps_loop.hpp"

#ifdef __AVX2__
int64_t nmc::cell_rivals_avx2(const Span<const Pack> &packs, int64_t own, const Corners &corners,
                              double guard, Rival *rivals) {
    return cell_rivals(packs, own, corners, guard, rivals);
}
#endif
