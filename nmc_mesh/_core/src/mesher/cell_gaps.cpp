#include "cell_gaps.hpp"

#include "../processor.hpp"

namespace nmc {

i64 rivals_of_cell(const Span<const Pack> &packs, i64 own, const Corners &corners, double guard,
                   Rival *rivals) {
#ifdef NMC_X86
    if (has_avx2()) return cell_rivals_avx2(packs, own, corners, guard, rivals);
#endif
    return cell_rivals(packs, own, corners, guard, rivals);
}

}  // namespace nmc
