// Random numbers of the laws, from the bit stream of a generator of numpy.
//
// Each law takes from the stream what numpy.random takes for it, so that streams stay in step, and
// gives the same numbers; but where numpy calls the C library's log, exp or pow, whose last bits
// depend on the machine and which decide now and then whether a number is taken, these call our own.
#include "../array.hpp"
#include "../elementary.hpp"
#include "ziggurat_tables.hpp"

#include <cmath>

namespace nmc {
namespace {

// numpy's bitgen_t, which numpy documents for extensions (numpy/random/bitgen.h).
struct Generator {
    void *state;
    u64 (*next_uint64)(void *);
    u32 (*next_uint32)(void *);
    double (*next_double)(void *);  // on [0, 1): a whole number of steps of 2^-53
    u64 (*next_raw)(void *);
};

class Stream {
public:
    explicit Stream(u64 address)
        : generator_(*reinterpret_cast<const Generator *>(static_cast<std::uintptr_t>(address))) {}
    u64 bits() const { return generator_.next_uint64(generator_.state); }
    double uniform() const { return generator_.next_double(generator_.state); }

private:
    const Generator generator_;
};

// Beyond the last layer, by Marsaglia: x = -log(u) / r is taken with probability exp(-x^2 / 2).
double normal_tail(const Stream &stream) {
    for (;;) {
        const double x = -(1.0 / table::NORMAL_END) * exact::log1p(-stream.uniform());
        const double y = -exact::log1p(-stream.uniform());
        if (y + y > x * x) return table::NORMAL_END + x;
    }
}

// The standard normal law: bits 0-7 choose the layer, bit 8 the sign, 52 more the place in it.
double normal(const Stream &stream) {
    for (;;) {
        const u64 bits = stream.bits();
        const int k = static_cast<int>(bits & 0xff);
        const u64 place = bits >> 9 & 0xfffffffffffff;
        const table::Layer &layer = table::NORMAL[k];
        const double size = static_cast<double>(static_cast<i64>(place)) * layer.step;
        const double x = bits & 0x100 ? -size : size;
        if (place < layer.sure) return x;
        if (k == 0) {
            const double tail = normal_tail(stream);
            return place & 0x100 ? -tail : tail;
        }
        const double height =
            (table::NORMAL[k - 1].height - layer.height) * stream.uniform() + layer.height;
        if (height < exact::exp(-0.5 * x * x)) return x;
    }
}

// The exponential law of mean 1: bits 3-10 choose the layer, 53 more the place in it.
double exponential(const Stream &stream) {
    for (;;) {
        const u64 bits = stream.bits() >> 3;
        const int k = static_cast<int>(bits & 0xff);
        const u64 place = bits >> 8;
        const table::Layer &layer = table::EXPONENTIAL[k];
        const double x = static_cast<double>(static_cast<i64>(place)) * layer.step;
        if (place < layer.sure) return x;
        if (k == 0) return table::EXPONENTIAL_END - exact::log1p(-stream.uniform());
        const double height =
            (table::EXPONENTIAL[k - 1].height - layer.height) * stream.uniform() + layer.height;
        if (height < exact::exp(-x)) return x;
    }
}

// The gamma law of shape a >= 1 (Marsaglia and Tsang, "A simple method for generating gamma
// variables", 2000): d v, v = (1 + c N)^3, which a quick bound takes nearly always.
double large_gamma(const Stream &stream, double a) {
    const double d = a - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
    for (;;) {
        double x, root;
        do {
            x = normal(stream);
            root = 1.0 + c * x;
        } while (root <= 0.0);
        const double v = root * root * root, u = stream.uniform();
        if (u < 1.0 - 0.0331 * (x * x) * (x * x)) return d * v;
        if (exact::log(u) < 0.5 * x * x + d * (1.0 - v + exact::log(v))) return d * v;
    }
}

// The gamma law of shape 0 < a < 1, by rejection from a power law below 1 and an exponential one
// above (Ahrens and Dieter, "Computer methods for sampling from gamma, beta, Poisson and binomial
// distributions", 1974, with an exponential number for the test).
double small_gamma(const Stream &stream, double a) {
    for (;;) {
        const double u = stream.uniform(), level = exponential(stream);
        if (u <= 1.0 - a) {
            const double x = exact::pow(u, 1.0 / a);
            if (x <= level) return x;
        } else {
            const double y = -exact::log((1.0 - u) / a);
            const double x = exact::pow(1.0 - a + a * y, 1.0 / a);
            if (x <= level + y) return x;
        }
    }
}

double gamma(const Stream &stream, double a) {
    if (a == 1.0) return exponential(stream);
    if (a == 0.0) return 0.0;
    return a < 1.0 ? small_gamma(stream, a) : large_gamma(stream, a);
}

// log(k!) by Stirling's series at x = k + 1 >= 7, with B_2j / (2j (2j - 1)) = 1/12, -1/360, ...;
// below, log gamma(x) = log gamma(x + n) - log(x (x + 1) ... (x + n - 1)).
double log_factorial(double k) {
    constexpr double BERNOULLI[] = {1.0 / 12.0,         -1.0 / 360.0,  1.0 / 1260.0,
                                    -1.0 / 1680.0,      1.0 / 1188.0,  -691.0 / 360360.0,
                                    1.0 / 156.0,        -3617.0 / 122400.0};
    constexpr double HALF_LOG_TWO_PI = 0.9189385332046727;
    double x = k + 1.0, product = 1.0;
    for (; x < 7.0; x += 1.0) product *= x;
    const double square = 1.0 / (x * x);
    double series = 0.0;
    for (int j = 7; j >= 0; --j) series = series * square + BERNOULLI[j];
    const double whole = series / x + HALF_LOG_TWO_PI + (x - 0.5) * exact::log(x) - x;
    return whole - exact::log(product);
}

// Poisson's law of a large mean: transformed rejection with squeeze (Hoermann, "The transformed
// rejection method for generating Poisson random variables", 1993); its letters and constants.
i64 large_poisson(const Stream &stream, double mean) {
    const double root = std::sqrt(mean), log_mean = exact::log(mean);
    const double b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
    const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2.0);
    for (;;) {
        const double u = stream.uniform() - 0.5, v = stream.uniform();
        const double u_s = 0.5 - std::fabs(u);
        const double k = std::floor((2.0 * a / u_s + b) * u + mean + 0.43);
        if (u_s >= 0.07 && v <= v_r) return static_cast<i64>(k);
        if (k < 0.0 || (u_s < 0.013 && v > u_s)) continue;
        if (exact::log(v) + exact::log(inverse_alpha) - exact::log(a / (u_s * u_s) + b) <=
            -mean + k * log_mean - log_factorial(k))
            return static_cast<i64>(k);
    }
}

// Poisson's law of a small mean: how many uniform numbers have a product above exp(-mean).
i64 small_poisson(const Stream &stream, double mean) {
    const double end = exact::exp(-mean);
    double product = 1.0;
    for (i64 k = 0;; ++k) {
        product *= stream.uniform();
        if (!(product > end)) return k;
    }
}

// Where numpy changes from one way to the other.
constexpr double LARGE_MEAN = 10.0;

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_standard_normal(uint64_t generator, f64_1 *out_) {
    const Stream stream(generator);
    const auto values = out(*out_);
    for (i64 i = 0; i < values.length(); ++i) values[i] = normal(stream);
    return NMC_OK;
}

int nmc_standard_gamma(uint64_t generator, double shape, f64_1 *out_) {
    const Stream stream(generator);
    const auto values = out(*out_);
    for (i64 i = 0; i < values.length(); ++i) values[i] = gamma(stream, shape);
    return NMC_OK;
}

int nmc_standard_t(uint64_t generator, double freedom, f64_1 *out_) {
    const Stream stream(generator);
    const auto values = out(*out_);
    const double root = std::sqrt(freedom / 2.0);
    for (i64 i = 0; i < values.length(); ++i) {
        const double above = normal(stream);
        values[i] = root * above / std::sqrt(gamma(stream, freedom / 2.0));
    }
    return NMC_OK;
}

int nmc_poisson(uint64_t generator, double mean, i64_1 *out_) {
    const Stream stream(generator);
    const auto values = out(*out_);
    for (i64 i = 0; i < values.length(); ++i)
        values[i] = mean >= LARGE_MEAN ? large_poisson(stream, mean)
                    : mean > 0.0       ? small_poisson(stream, mean)
                                       : 0;
    return NMC_OK;
}
