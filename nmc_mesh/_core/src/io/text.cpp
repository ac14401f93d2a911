// Whole numbers to text: millions of lines.
#include "../array.hpp"

namespace nmc {
namespace {

// Write the digits of a number, which is not negative; returns how many.
i64 write_digits(i32 value, u8 *to) {
    i64 size = 1;
    for (i32 rest = value / 10; rest > 0; rest /= 10) ++size;
    for (i64 digit = size - 1; digit >= 0; --digit) {
        to[digit] = static_cast<u8>('0' + value % 10);
        value /= 10;
    }
    return size;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_write_lines(const i32_1 *values_, const i64_1 *starts_, int64_t separator, u8_1 *text_,
                    int64_t *size) {
    const auto values = in(*values_);
    const auto starts = in(*starts_);
    const auto text = out(*text_);
    i64 place = 0;
    for (i64 line = 0; line + 1 < starts.length(); ++line) {
        for (i64 i = starts[line]; i < starts[line + 1]; ++i) {
            place += write_digits(values[i], text.data + place);
            text[place++] = static_cast<u8>(separator);
        }
        text[place - 1] = '\n';
    }
    *size = place;
    return NMC_OK;
}
