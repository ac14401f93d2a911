// Spans: arrays for loops that are compiled twice, plain and with AVX2 (see geometry/grid_loop.hpp),
// and the check of every index in a debug build.
//
// Those two must share no function. A span is plain data, which compiles to nothing; what reads one
// is local to each file.
#pragma once

#include <stdint.h>

#ifdef NMC_DEBUG
#include <stdio.h>
#include <stdlib.h>
#define NMC_CHECK(condition)                                                         \
    do {                                                                             \
        if (!(condition)) {                                                          \
            fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #condition);      \
            abort();                                                                 \
        }                                                                            \
    } while (false)
#else
#define NMC_CHECK(condition) \
    do {                     \
    } while (false)
#endif

namespace nmc {

// Numbers in a row that somebody else owns.
template <class T>
struct Span {
    T *data;
    int64_t length;
};

namespace {

template <class T>
inline T &at(const Span<T> &span, int64_t i) {
    NMC_CHECK(0 <= i && i < span.length);
    return span.data[i];
}

template <class T>
inline Span<const T> constant(const Span<T> &span) {
    return {span.data, span.length};
}

// The places first ... first + length - 1 of a span.
template <class T>
inline Span<T> part(const Span<T> &span, int64_t first, int64_t length) {
    NMC_CHECK(0 <= first && 0 <= length && first + length <= span.length);
    return {span.data + first, length};
}

}  // namespace
}  // namespace nmc
