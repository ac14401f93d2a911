// Products of matrices in one fixed order: the loop that products.cpp compiles for every machine and
// products_avx2.cpp for those with AVX2. The bytes are the same:
//
//     c_ij = ((a_i0 b_0j + a_i1 b_1j) + a_i2 b_2j) + ...
//
// whatever the width of a vector, as vectors run along j. Nothing here may be shared between the two
// files; see ../geometry/grid_loop.hpp.
#pragma once

#include <stdint.h>

namespace nmc {

struct Product {
    const double *a;  // (rows, inner)
    const double *b;  // (inner, columns)
    double *c;        // (rows, columns)
    int64_t rows, inner, columns;
};

void multiply_avx2(const Product &product);

namespace {

#ifdef __AVX2__
constexpr int64_t WIDTH = 4;
#else
constexpr int64_t WIDTH = 2;  // what the registers of every x86-64 and every arm64 hold
#endif
typedef double Vector __attribute__((vector_size(WIDTH * 8), aligned(8), may_alias));

// A tile of the result stays in registers while k runs: 4 rows by 3 vectors take 12 of 16.
template <int Rows, int Vectors>
inline void multiply_tile(const Product &p, int64_t i, int64_t j) {
    Vector sum[Rows][Vectors] = {};
    for (int64_t k = 0; k < p.inner; ++k) {
        const double *b = p.b + k * p.columns + j;
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) {
            const Vector right = *reinterpret_cast<const Vector *>(b + v * WIDTH);
#pragma GCC unroll 4
            for (int r = 0; r < Rows; ++r) sum[r][v] = sum[r][v] + p.a[(i + r) * p.inner + k] * right;
        }
    }
    for (int r = 0; r < Rows; ++r)
        for (int v = 0; v < Vectors; ++v)
            *reinterpret_cast<Vector *>(p.c + (i + r) * p.columns + j + v * WIDTH) = sum[r][v];
}

// Columns that fill no vector, four rows at a time: their sums go side by side.
template <int Rows>
inline void multiply_column(const Product &p, int64_t i, int64_t j) {
    double sum[Rows] = {};
    for (int64_t k = 0; k < p.inner; ++k) {
        const double right = p.b[k * p.columns + j];
#pragma GCC unroll 4
        for (int r = 0; r < Rows; ++r) sum[r] = sum[r] + p.a[(i + r) * p.inner + k] * right;
    }
    for (int r = 0; r < Rows; ++r) p.c[(i + r) * p.columns + j] = sum[r];
}

template <int Rows>
inline void multiply_rows(const Product &p, int64_t i) {
    int64_t j = 0;
    for (; p.columns - j >= 3 * WIDTH; j += 3 * WIDTH) multiply_tile<Rows, 3>(p, i, j);
    for (; p.columns - j >= WIDTH; j += WIDTH) multiply_tile<Rows, 1>(p, i, j);
    for (; j < p.columns; ++j) multiply_column<Rows>(p, i, j);
}

inline void multiply(const Product &p) {
    int64_t i = 0;
    for (; p.rows - i >= 4; i += 4) multiply_rows<4>(p, i);
    for (; i < p.rows; ++i) multiply_rows<1>(p, i);
}

}  // namespace
}  // namespace nmc
