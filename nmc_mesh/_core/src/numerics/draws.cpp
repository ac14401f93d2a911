// Random numbers of the laws, from the bit stream of a generator of numpy.
//
// Each law takes from the stream what numpy.random takes for it, so that streams stay in step, and
// gives the same numbers; but where numpy calls the C library's log, exp or pow, whose last bits
// depend on the machine and which decide now and then whether a number is taken, these call our own.
#include "../array.hpp"
#include "../elementary.hpp"
#include "ziggurat_tables.hpp"

#include <bit>
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

// The layer of a standard normal number, its place in the layer, and the number.
struct Place {
    explicit Place(u64 bits) : layer(static_cast<int>(bits & 0xff)), place(bits >> 9 & 0xfffffffffffff) {
        const double size = static_cast<double>(static_cast<i64>(place)) * table::NORMAL[layer].step;
        // The sign is a coin: a processor that guessed it would be wrong every other time.
        x = std::bit_cast<double>(std::bit_cast<u64>(size) ^ (bits & 0x100) << 55);
    }
    bool sure() const { return place < table::NORMAL[layer].sure; }

    int layer;
    u64 place;
    double x;
};

// A number that may lie beyond its layer's curve, or another if it does.
__attribute__((noinline)) double unsure_normal(const Stream &stream, Place at) {
    for (;;) {
        if (at.layer == 0) {
            const double tail = normal_tail(stream);
            return at.place & 0x100 ? -tail : tail;
        }
        const double low = table::NORMAL[at.layer].height;
        const double height = (table::NORMAL[at.layer - 1].height - low) * stream.uniform() + low;
        if (height < exact::exp(-0.5 * at.x * at.x)) return at.x;
        at = Place(stream.bits());
        if (at.sure()) return at.x;
    }
}

// The standard normal law: bits 0-7 choose the layer, bit 8 the sign, 52 more the place in it. Of a
// hundred numbers 99 end here, so this part goes into the loops that draw.
inline double normal(const Stream &stream) {
    const Place at(stream.bits());
    if (at.sure()) [[likely]] return at.x;
    return unsure_normal(stream, at);
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
// variables", 2000): d v, v = (1 + c N)^3, taken if log u < h = N^2 / 2 + d (1 - v + log v).
//
// With t = c N the series of the logarithm leaves
//
//     -h = c^2 N^4 / 12 (1 - 4/5 t + 4/6 t^2 - ...)
//
// and exp(h) >= 1 + h. For t >= 0 the bracket is at most 1, for t = -s >= -0.7 at most
// 1 + 0.8 s + 1.75 s^2, as its terms from s^2 on grow faster than s^2. So numbers are taken without
// a logarithm that the paper's bound, 1 - 0.0331 N^4 for all a, leaves to the logarithms: of a
// hundred, two are left and not ten. Those are decided as numpy decides them: no number changes.
class LargeGamma {
public:
    explicit LargeGamma(double a)
        : d_(a - 1.0 / 3.0), c_(1.0 / std::sqrt(9.0 * d_)), slope_(c_ * c_ / 12.0),
          sure_(1.0 - 0x1p-46 * (64.0 + d_)) {}  // beyond what rounding does to h

    double operator()(const Stream &stream) const {
        for (;;) {
            double x, t;
            do {
                x = normal(stream);
                t = c_ * x;
            } while (1.0 + t <= 0.0);
            const double root = 1.0 + t, v = root * root * root, square = x * x;
            const double u = stream.uniform();
            const double s = 0.5 * (std::fabs(t) - t);  // and no branch, which a coin would decide
            const double bracket = 1.0 + s * (0.8 + 1.75 * s);
            const bool inside = u < sure_ - slope_ * bracket * (square * square);
            if (inside & (s <= 0.7)) [[likely]] return d_ * v;
            if (u < 1.0 - 0.0331 * square * square) return d_ * v;
            if (exact::log(u) < 0.5 * x * x + d_ * (1.0 - v + exact::log(v))) return d_ * v;
        }
    }

private:
    double d_, c_, slope_, sure_;
};

// The gamma law of shape 0 < a < 1, by rejection from a power law below 1 and an exponential one
// above (Ahrens and Dieter, "Computer methods for sampling from gamma, beta, Poisson and binomial
// distributions", 1974, with an exponential number for the test).
class SmallGamma {
public:
    explicit SmallGamma(double a) : a_(a) {}

    double operator()(const Stream &stream) const {
        for (;;) {
            const double u = stream.uniform(), level = exponential(stream);
            if (u <= 1.0 - a_) {
                const double x = exact::pow(u, 1.0 / a_);
                if (x <= level) return x;
            } else {
                const double y = -exact::log((1.0 - u) / a_);
                const double x = exact::pow(1.0 - a_ + a_ * y, 1.0 / a_);
                if (x <= level + y) return x;
            }
        }
    }

private:
    double a_;
};

// Call draw(law) with the gamma law of shape a, whose constants are computed once.
template <class Draw>
void with_gamma(double a, Draw draw) {
    if (a == 1.0)
        draw(exponential);
    else if (a == 0.0)
        draw([](const Stream &) { return 0.0; });
    else if (a < 1.0)
        draw(SmallGamma(a));
    else
        draw(LargeGamma(a));
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
    with_gamma(shape, [&](const auto &gamma) {
        for (i64 i = 0; i < values.length(); ++i) values[i] = gamma(stream);
    });
    return NMC_OK;
}

int nmc_standard_t(uint64_t generator, double freedom, f64_1 *out_) {
    const Stream stream(generator);
    const auto values = out(*out_);
    const double root = std::sqrt(freedom / 2.0);
    with_gamma(freedom / 2.0, [&](const auto &gamma) {
        for (i64 i = 0; i < values.length(); ++i) {
            const double above = normal(stream);
            values[i] = root * above / std::sqrt(gamma(stream));
        }
    });
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
