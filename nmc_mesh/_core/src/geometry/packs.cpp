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

u32 undercut(const Span<const Pack> &packs, i64 count, const Block &block, double margin,
             const Span<i32> &places) {
    u32 beaten = 0;
    for (i64 n = 0; n < count; ++n) {
        if (beaten >> n & 1) continue;  // whom it undercuts, the one that undercuts it does, too
        const Witness w = witness(at(packs, n / PACK), static_cast<int>(n % PACK), block.centre);
        const i64 kept = undominated(packs, w, block, margin, places);
        u32 left = u32{1} << n;
        for (i64 k = 0; k < kept; ++k) left |= u32{1} << at(places, k);
        beaten |= ~left;
    }
    return beaten;
}

}  // namespace nmc
