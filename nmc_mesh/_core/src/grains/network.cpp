// The mark network. Sums go in the order of the inputs and nothing is reassociated, so the marks
// are the same bytes on any machine and any number of threads.
#include "network.hpp"

#include "../processor.hpp"
#include "layer_loop.hpp"

namespace nmc {

void write_inputs(const Surroundings &around, i64 m, float *inputs, i64 width) {
    const double deviation = std::sqrt(12.0);  // of a uniform number is 1 / sqrt(12)
    const i64 i = around.asked[m], count = around.neighbours.shape[1];
    const Vec here = point(around.seeds, i);
    const Frame frame = frame_of(here, around.turns[i]);
    float *at = inputs;
    for (i64 k = 0; k < count; ++k, at += 5) {
        const i64 j = around.neighbours(m, k);
        if (j < 0) {
            for (int c = 0; c < 5; ++c) at[c] = 0.0f;
            continue;
        }
        const Vec way = point(around.seeds, j) - here;
        const Vec scaled{way.x / around.length, way.y / around.length, way.z / around.length};
        for (int c = 0; c < 3; ++c) at[c] = static_cast<float>(dot(frame.axis[c], scaled));
        at[3] = static_cast<float>(deviation * (around.noise(j, 0) - 0.5));
        at[4] = static_cast<float>(deviation * (around.noise(j, 1) - 0.5));
    }
    if (around.radius > 0.0)
        *at++ = static_cast<float>(4.0 * least(norm(here) / around.radius - 1.0, 1.0));
    for (; at < inputs + width; ++at) *at = 0.0f;
}

namespace {

// Seeds at a time: their numbers between two layers stay in the nearest cache.
constexpr i64 BLOCK = 256;

i64 padded(i64 width) { return (width + LANES - 1) / LANES * LANES; }

// The weights and biases of all layers with rows filled up with zeros to whole vectors.
struct Network {
    View<const i64, 1> widths;
    Buffer<float> weights, biases;

    explicit Network(const nmc_network &raw) : widths(in(raw.widths)) {
        const float *weight = raw.weights.data, *bias = raw.biases.data;
        for (i64 layer = 0; layer + 1 < widths.length(); ++layer) {
            const i64 inputs = widths[layer], outputs = widths[layer + 1];
            for (i64 k = 0; k < inputs; ++k, weight += outputs) append(weights, weight, outputs);
            append(biases, bias, outputs);
            bias += outputs;
        }
        NMC_CHECK(weight == raw.weights.data + raw.weights.shape[0]);
        NMC_CHECK(bias == raw.biases.data + raw.biases.shape[0]);
    }
    bool ok() const { return weights.ok() && biases.ok(); }
    i64 layers() const { return widths.length() - 1; }
    i64 widest() const {
        i64 width = 0;
        for (i64 k = 0; k < widths.length(); ++k)
            if (widths[k] > width) width = widths[k];
        return padded(width);
    }

private:
    static void append(Buffer<float> &to, const float *values, i64 count) {
        to.append(values, count);
        for (i64 k = count; k < padded(count); ++k) to.push(0.0f);
    }
};

void run_layer(const Layer &layer) {
#ifdef NMC_X86
    if (has_avx2()) return layer_avx2(layer);
#endif
    apply(layer);
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_network_inputs(const f64_2 *seeds, const f64_2 *noise, const f64_1 *turns,
                       const i32_2 *neighbours, const i64_1 *asked, double length, double radius,
                       f32_2 *inputs_) {
    const Surroundings around{in(*seeds), in(*noise), in(*turns), in(*neighbours),
                              in(*asked), length,     radius};
    const auto inputs = out(*inputs_);
    NMC_CHECK(inputs.shape[1] >= 5 * around.neighbours.shape[1] + (radius > 0.0));
    for (i64 m = 0; m < around.asked.length(); ++m)
        write_inputs(around, m, inputs.row(m).data, inputs.shape[1]);
    return NMC_OK;
}

int nmc_network_outputs(const nmc_network *raw, const f64_2 *seeds, const f64_2 *noise,
                        const f64_1 *turns, const i32_2 *neighbours, const i64_1 *asked,
                        double length, double radius, f32_2 *outputs_) {
    const Surroundings around{in(*seeds), in(*noise), in(*turns), in(*neighbours),
                              in(*asked), length,     radius};
    const Network network(*raw);
    const auto outputs = out(*outputs_);
    const i64 width = network.widest(), wanted = outputs.shape[1];
    Buffer<float> before(BLOCK * width), after(BLOCK * width), value(width);
    Buffer<i32> place(width);
    if (!network.ok() || !before.ok() || !after.ok() || !value.ok() || !place.ok())
        return NMC_NO_MEMORY;
    NMC_CHECK(network.widths[0] == 5 * around.neighbours.shape[1] + (radius > 0.0));
    NMC_CHECK(network.widths[network.layers()] == wanted);
    for (i64 first = 0; first < around.asked.length(); first += BLOCK) {
        const i64 left = around.asked.length() - first, rows = left < BLOCK ? left : BLOCK;
        Span<float> x = before.span(), y = after.span();
        for (i64 m = 0; m < rows; ++m)
            write_inputs(around, first + m, part(x, m * width, width).data, network.widths[0]);
        i64 weight = 0, bias = 0;  // where those of a layer begin
        for (i64 k = 0; k < network.layers(); ++k) {
            const i64 inputs = network.widths[k], vectors = padded(network.widths[k + 1]) / LANES;
            const i64 outputs = vectors * LANES;
            run_layer({constant(x), y, rows, width, inputs, vectors,
                       part(network.weights.span(), weight, inputs * outputs),
                       part(network.biases.span(), bias, outputs), k + 1 < network.layers(),
                       place.span(), value.span()});
            weight += inputs * outputs;
            bias += outputs;
            const Span<float> swapped = x;
            x = y;
            y = swapped;
        }
        for (i64 m = 0; m < rows; ++m)
            for (i64 c = 0; c < wanted; ++c) outputs(first + m, c) = at(x, m * width + c);
    }
    return NMC_OK;
}
