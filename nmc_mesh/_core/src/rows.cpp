// Rows of large arrays kept, marked and renumbered where they are: numpy takes ten times as long, and
// memory for as many indices.
#include "array.hpp"

using namespace nmc;

int nmc_compact(i32_2 *rows_, const b8_1 *kept_, int64_t *count) {
    const auto rows = out(*rows_);
    const auto kept = in(*kept_);
    const i64 width = rows.shape[1];
    i64 place = 0;
    for (i64 row = 0; row < rows.length(); ++row) {
        if (!kept[row]) continue;
        if (place < row)
            for (i64 k = 0; k < width; ++k) rows(place, k) = rows(row, k);
        ++place;
    }
    *count = place;
    return NMC_OK;
}

int nmc_mark_named(const i32_1 *items_, b8_1 *named_) {
    const auto items = in(*items_);
    const auto named = out(*named_);
    for (i64 k = 0; k < items.length(); ++k) {
        if (items[k] < 0 || items[k] >= named.length()) return NMC_BAD_INPUT;
        named[items[k]] = true;
    }
    return NMC_OK;
}

int nmc_renumber(const i32_1 *number_, i32_1 *items_) {
    const auto number = in(*number_);
    const auto items = out(*items_);
    for (i64 k = 0; k < items.length(); ++k) {
        if (items[k] < 0 || items[k] >= number.length()) return NMC_BAD_INPUT;
        items[k] = number[items[k]];
    }
    return NMC_OK;
}
