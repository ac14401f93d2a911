// One layer of the mark network, y = x W + b or its positive part, in single precision: the loop
// that network.cpp compiles for every machine and layer_avx2.cpp for those with AVX2. The bytes are
// the same: a sum goes in the order of the inputs, whatever the width of a vector.
//
// Nothing here may be shared between the two files; see ../geometry/grid_loop.hpp.
#pragma once

#include "../span.hpp"

namespace nmc {

struct Layer {
    Span<const float> x;  // (rows, stride)
    Span<float> y;        // (rows, stride)
    int64_t rows, stride, inputs, vectors;  // vectors of 8 outputs
    Span<const float> weights;  // (inputs, 8 * vectors)
    Span<const float> bias;     // (8 * vectors,)
    bool rectified;
    Span<int32_t> place;  // scratch memory for the inputs of a row that are not 0: where they are,
    Span<float> value;    // and what
};

void layer_avx2(const Layer &layer);

namespace {

constexpr int64_t LANES = 8;  // rows are filled up to vectors of this many numbers

#ifdef __AVX2__
constexpr int64_t WIDTH = 8;
#else
constexpr int64_t WIDTH = 4;  // what the registers of every x86-64 and every arm64 hold
#endif
typedef float Vector __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));

// The vector that begins at a place of a span.
inline Vector vector(const Span<const float> &span, int64_t first) {
    return *reinterpret_cast<const Vector *>(part(span, first, WIDTH).data);
}
inline void put(const Span<float> &span, int64_t first, Vector value) {
    *reinterpret_cast<Vector *>(part(span, first, WIDTH).data) = value;
}

// Sums of `Many` vectors of outputs, which stay in registers while the inputs go by.
template <int Many>
inline void add_up(const Layer &layer, int64_t count, int64_t first, const Span<float> &y) {
    const int64_t row = layer.vectors * LANES;
    const Span<const float> all = part(layer.weights, first, layer.weights.length - first);
    Vector sum[Many];
    for (int v = 0; v < Many; ++v) sum[v] = vector(layer.bias, first + v * WIDTH);
    for (int64_t k = 0; k < count; ++k) {
        // Checked as a whole: the loop below may hold nothing but the sums.
        const float *weight = part(all, at(layer.place, k) * row, Many * WIDTH).data;
        const float value = at(layer.value, k);
#pragma GCC unroll 16
        for (int v = 0; v < Many; ++v)
            sum[v] = sum[v] + value * *reinterpret_cast<const Vector *>(weight + v * WIDTH);
    }
    if (layer.rectified)
        for (int v = 0; v < Many; ++v) sum[v] = sum[v] > 0.0f ? sum[v] : Vector{};
    for (int v = 0; v < Many; ++v) put(y, first + v * WIDTH, sum[v]);
}

// Inputs that are 0, half of them after a rectified layer, cost nothing: adding 0 changes nothing.
inline void apply(const Layer &layer) {
    for (int64_t m = 0; m < layer.rows; ++m) {
        const Span<const float> x = part(layer.x, m * layer.stride, layer.stride);
        const Span<float> y = part(layer.y, m * layer.stride, layer.stride);
        int64_t count = 0;
        for (int64_t k = 0; k < layer.inputs; ++k) {
            at(layer.place, count) = static_cast<int32_t>(k);
            at(layer.value, count) = at(x, k);
            count += at(x, k) != 0.0f;
        }
        // As many vectors at a time as there are registers for: 12 of 16.
        const int64_t vectors = layer.vectors * LANES / WIDTH;
        int64_t v = 0;
        const auto next = [&]<int Many>() {
            add_up<Many>(layer, count, v * WIDTH, y);
            v += Many;
        };
        while (vectors - v >= 12) next.template operator()<12>();
        while (vectors - v >= 6) next.template operator()<6>();
        while (vectors - v >= 2) next.template operator()<2>();
        if (vectors - v == 1) next.template operator()<1>();
    }
}

}  // namespace
}  // namespace nmc
