#include "octree_loop.hpp"

#ifdef __AVX2__
int64_t nmc::cheapest_place_avx2(const Pack *packs, int64_t count, const Block &block) {
    return cheapest_place(packs, count, block);
}

int64_t nmc::sift_avx2(const Pack *packs, int64_t count, const Witness &w, const Block &block,
                       double margin, int32_t *places) {
    return sift(packs, count, w, block, margin, places);
}
#endif
