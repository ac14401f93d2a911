#include "packs.hpp"

#include "../processor.hpp"

namespace nmc {

i64 cheapest_of(const Span<const Pack> &packs, const Block &block) {
#ifdef NMC_X86
    if (has_avx2()) return cheapest_place_avx2(packs, block);
#endif
    return cheapest_place(packs, block);
}

i64 undominated(const Span<const Pack> &packs, const Witness &w, const Block &block, double margin,
                const Span<i32> &places) {
#ifdef NMC_X86
    if (has_avx2()) return sift_avx2(packs, w, block, margin, places);
#endif
    return sift(packs, w, block, margin, places);
}

}  // namespace nmc
