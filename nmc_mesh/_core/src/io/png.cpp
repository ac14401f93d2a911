// The filters of PNG (ISO/IEC 15948, section 9): every byte is stored as its difference from a
// guess, made from the bytes to the left, above, and at the corner between:
//
//     corner  above
//     left    byte
#include "../array.hpp"

namespace nmc {
namespace {

i64 distance(i64 a, i64 b) { return a > b ? a - b : b - a; }

// The one of three neighbours that is nearest to left + above - corner; ties go to the first.
i64 paeth(i64 left, i64 above, i64 corner) {
    const i64 a = distance(above, corner), b = distance(left, corner);
    const i64 c = distance(left + above, 2 * corner);
    return a <= b && a <= c ? left : b <= c ? above : corner;
}

i64 guess(int kind, i64 left, i64 above, i64 corner) {
    switch (kind) {
        case 1: return left;
        case 2: return above;
        case 3: return (left + above) / 2;
        case 4: return paeth(left, above, corner);
        default: return 0;
    }
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_unfilter_png(const u8_2 *raw_, int64_t step, u8_2 *lines_, bool *known) {
    const auto raw = in(*raw_);
    const auto lines = out(*lines_);
    for (i64 j = 0; j < raw.shape[0]; ++j) {
        const int kind = raw(j, 0);
        *known = kind <= 4;
        if (!*known) return NMC_OK;
        for (i64 i = 0; i < lines.shape[1]; ++i) {
            const i64 left = i >= step ? lines(j, i - step) : 0;
            const i64 above = j > 0 ? lines(j - 1, i) : 0;
            const i64 corner = j > 0 && i >= step ? lines(j - 1, i - step) : 0;
            lines(j, i) = static_cast<u8>(raw(j, i + 1) + guess(kind, left, above, corner));
        }
    }
    *known = true;
    return NMC_OK;
}
