// Lists of places by key, as `bucket` makes them: those of key k are order[starts[k] : starts[k + 1]].
#pragma once

#include "../array.hpp"

namespace nmc {

// The longest list of the keys first ... last - 1: the scratch memory that a kernel needs.
template <class T>
inline i64 longest_list(const View<T, 1> &starts, i64 first, i64 last) {
    i64 longest = 0;
    for (i64 k = first; k < last; ++k) {
        const i64 length = starts[k + 1] - starts[k];
        if (length > longest) longest = length;
    }
    return longest;
}

}  // namespace nmc
