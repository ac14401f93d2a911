#include "octree_loop.hpp"

#ifdef __AVX2__
int64_t nmc::cheapest_place_avx2(const Span<const Pack> &packs, const Block &block) {
    return cheapest_place(packs, block);
}

int64_t nmc::sift_avx2(const Span<const Pack> &packs, const Witness &w, const Block &block,
                       double margin, const Span<int32_t> &places) {
    return sift(packs, w, block, margin, places);
}
#endif
