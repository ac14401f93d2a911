#include "contacts_loop.hpp"

#ifdef __AVX2__
int64_t nmc::contacts_avx2(const Span<const Pack> &packs, const Witness &own, const double *c,
                           const Scope &scope, double margin, const Span<int32_t> &places, bool *close) {
    return contacts(packs, own, c, scope, margin, places, close);
}
#endif
