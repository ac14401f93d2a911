// Exponential, logarithm, power, hyperbolic tangent.
//
// Every function is reduced by an exact or nearly exact step to a short series around a number of a
// table (P. T. P. Tang, ACM TOMS 15, 1989 and 16, 1990). Terms that matter to 2^-70 of the result
// are summed as pairs of doubles, the rest in double: what is left in double is small against the
// result, so its rounding is too.
#include "../elementary.hpp"
#include "double_double.hpp"
#include "tables.hpp"

namespace nmc::exact {

namespace {

constexpr Two two(table::Pair pair) { return {pair.hi, pair.lo}; }

// exp(x) = 2^exponent power (1 + rest)
struct Exponential {
    int exponent;
    Two power, rest;
};

// exp(x + low) for |x| < 800, |low| < 2^-43.
//
// k = 128 exponent + j is the whole number nearest to 128 x / log 2; r = x + low - k log 2 / 128,
// |r| < 2^-8.5; power = 2^(j/128) of a table; rest = exp(r) - 1 = r + r^2 / 2 + r^3 / 6 + ...
// r and r^2 / 2 are pairs. r^3 / 6 < 2^-28 is rounded four times: an error of 2^-78, or of
// r^2 / 6 * 2^-51 < 2^-70 of the rest itself. What is left out is r^8 / 8! < 2^-83.
inline Exponential exponential(double x, double low) {
    const Whole k = nearest_whole(x * table::STEPS_PER_LOG2);
    const Two near = two_sum(x - k.value * table::LOG2_STEP_1, -(k.value * table::LOG2_STEP_2));
    const Two r = fast_two_sum(near.hi, near.lo + (low - k.value * table::LOG2_STEP_3));
    const Two rr = square(r.hi);
    const double series =
        (1.0 / 6) +
        r.hi * ((1.0 / 24) + r.hi * ((1.0 / 120) + r.hi * ((1.0 / 720) + r.hi * (1.0 / 5040))));
    const Two lead = fast_two_sum(r.hi, 0.5 * rr.hi);
    const double tail = 0.5 * rr.lo + r.hi * r.lo + r.hi * rr.hi * series;
    const auto j = static_cast<unsigned>(k.number) & 127;
    return {(k.number - static_cast<int>(j)) / 128, two(table::EXP2[j]),
            {lead.hi, lead.lo + (r.lo + tail)}};
}

// power (1 + rest), normalized
inline Two significand(const Exponential &e) {
    const Two p = two_product(e.power.hi, e.rest.hi);
    const Two sum = fast_two_sum(e.power.hi, p.hi);
    const double low = p.lo + (e.power.hi * e.rest.lo + e.power.lo * e.rest.hi) + e.power.lo;
    return fast_two_sum(sum.hi, sum.lo + low);
}

// exp(x) - 1 as a pair for -60 < x < 64
inline Two less_one(double x) {
    const Exponential e = exponential(x, 0.0);
    if (e.exponent == 0 && e.power.hi == 1.0) {
        return fast_two_sum(e.rest.hi, e.rest.lo);
    }
    const Two s = significand(e);
    const double unit = power_of_two(e.exponent);
    return Two{unit * s.hi, unit * s.lo} + Two{-1.0, 0.0};
}

// log(x + low) as a pair for finite x > 0; low is far less than a unit of x.
//
// x = 2^e m; c of a table is near 1 / m and has so few bits that its products with two halves of m
// are exact; r = m c - 1, |r| < 2^-8; log x = e log 2 - log c + r - r^2 / 2 + r^3 / 3 - ...
// Around 1, c = 1 and e = 0. The terms to r^3 are pairs; r^4 / 4 < 2^-34 is rounded four times, an
// error of 2^-84, which is 2^-76 of the smallest result where r is not small, and less where it is.
// What is left out is r^13 / 13 < 2^-107.
inline Two logarithm(double x, double low) {
    int e = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        e = -54;
    }
    const int own = exponent_of(x);
    const std::uint64_t fraction = bits_of(x) & 0xfffffffffffff;
    const auto j = static_cast<unsigned>((fraction + (std::uint64_t{1} << 44)) >> 45);
    const bool upper = j >= 53;
    const double m = of_bits(fraction | std::uint64_t{upper ? 1022u : 1023u} << 52);
    e += own + upper;
    const double rest = low == 0.0 || e > 1000 ? 0.0 : low * power_of_two(-e);

    const table::Reciprocal &near = table::LOG[j];
    const double top = of_bits(bits_of(m) & ~std::uint64_t{0x7ffffff});
    const Two exact = two_sum(top * near.c - 1.0, (m - top) * near.c);
    const Two r = fast_two_sum(exact.hi, exact.lo + rest * near.c);
    const Two rr = square(r.hi);
    const Two third = two_product(r.hi, table::THIRD.hi);
    const Two cube = two_product(third.hi, rr.hi);
    const double h = r.hi;
    const double series =
        0.25 -
        h * (0.2 - h * ((1.0 / 6) -
                        h * ((1.0 / 7) -
                             h * (0.125 - h * ((1.0 / 9) -
                                               h * (0.1 - h * ((1.0 / 11) - h * (1.0 / 12))))))));
    const Two whole = fast_two_sum(e * table::LOG2_1, near.hi);
    const Two first = two_sum(whole.hi, r.hi);
    const Two second = fast_two_sum(first.hi, -0.5 * rr.hi);
    const Two last = fast_two_sum(second.hi, cube.hi);
    const double mixed = 0.5 * rr.lo + r.hi * r.lo;  // of r^2 / 2
    const double low_cube =
        cube.lo + rr.hi * (third.lo + r.hi * table::THIRD.lo + r.lo) + third.hi * rr.lo;
    const double small = (low_cube - rr.hi * rr.hi * series) - mixed;
    const double left = (e * table::LOG2_2 + near.lo) + whole.lo + r.lo;
    return fast_two_sum(last.hi, last.lo + second.lo + first.lo + (left + small));
}

bool is_whole(double y) {
    const double size = std::fabs(y);
    return size >= 0x1p53 || static_cast<double>(static_cast<std::int64_t>(size)) == size;
}

bool is_odd(double y) {
    const double size = std::fabs(y);
    return size < 0x1p53 && is_whole(y) && (static_cast<std::int64_t>(size) & 1) == 1;
}

// x^y where a few bits hold it exactly: only there it can lie half-way between two doubles (Lauter
// and Lefevre, IEEE Trans. Computers 58, 2009). x = m 2^e, m odd; y = n / 2^s, where the root is
// taken s times. False if there are more bits.
bool exact_power(double x, double y, double &result) {
    int e = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        e = -54;
    }
    e += exponent_of(x) - 52;
    std::uint64_t m = (bits_of(x) & 0xfffffffffffff) | std::uint64_t{1} << 52;
    const int zeros = std::countr_zero(m);
    m >>= zeros;
    e += zeros;
    for (; !is_whole(y); y *= 2.0) {
        const auto r = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(m)));
        if (e % 2 != 0 || r * r != m) {
            return false;
        }
        m = r;
        e /= 2;
    }
    if (std::fabs(y) > 2200.0 || (m > 1 && (y < 0.0 || y > 40.0))) {
        return false;
    }
    const int n = static_cast<int>(y);
    std::uint64_t power = 1;
    for (int k = 0; m > 1 && k < n; ++k) {
        if (power > (std::uint64_t{1} << 63) / m) {
            return false;
        }
        power *= m;
    }
    const auto top = static_cast<double>(power >> 11 << 11);  // 53 bits
    const Two all = fast_two_sum(top, static_cast<double>(power & 0x7ff));
    const int own = exponent_of(all.hi);
    const double unit = power_of_two(-own);
    result = scaled({all.hi * unit, all.lo * unit}, own + e * n);
    return true;
}

// x^y for finite x > 0 and y: exp(y log x), both as pairs. The error of the logarithm, 2^-76 at
// most, counts |y log x| < 2^9.6 times.
double positive_power(double x, double y) {
    if (x == 1.0 || std::fabs(y) < 0x1p-66) {
        return 1.0;
    }
    const bool grows = (x > 1.0) == (y > 0.0);
    if (std::fabs(y) > 0x1p65) {
        return grows ? INFINITE : 0.0;
    }
    const Two log_x = logarithm(x, 0.0);
    const Two p = two_product(log_x.hi, y);
    if (std::fabs(p.hi) > 750.0) {
        return grows ? INFINITE : 0.0;
    }
    const Exponential e = exponential(p.hi, p.lo + log_x.lo * y);
    const Two s = significand(e);
    double result = 0.0;
    const bool halfway = s.hi + s.lo * (1.0 + 0x1p-10) != s.hi;
    if ((halfway || e.exponent < -1000) && exact_power(x, y, result)) {
        return result;
    }
    return scaled(s, e.exponent);
}

}  // namespace

double exp(double x) {
    if (!(std::fabs(x) < 746.0)) {
        return x > 0.0 ? INFINITE : x < 0.0 ? 0.0 : NOT_A_NUMBER;
    }
    const Exponential e = exponential(x, 0.0);
    return scaled(significand(e), e.exponent);
}

double expm1(double x) {
    if (std::fabs(x) < 0x1p-55) {
        return x;
    }
    if (x < -40.0) {
        return -1.0;
    }
    if (!(x < 64.0)) {
        return exp(x);
    }
    const Two y = less_one(x);
    return y.hi + y.lo;
}

double log(double x) {
    if (!(x > 0.0 && x < INFINITE)) {
        return x == 0.0 ? -INFINITE : x > 0.0 ? x : NOT_A_NUMBER;
    }
    const Two y = logarithm(x, 0.0);
    return y.hi + y.lo;
}

double log1p(double x) {
    if (std::fabs(x) < 0x1p-54) {
        return x;
    }
    if (!(x > -1.0 && x < INFINITE)) {
        return x == -1.0 ? -INFINITE : x > 0.0 ? x : NOT_A_NUMBER;
    }
    const Two sum = two_sum(1.0, x);
    const Two y = logarithm(sum.hi, sum.lo);
    return y.hi + y.lo;
}

// (1 - exp(-2 x)) / (1 + exp(-2 x))
double tanh(double x) {
    const double size = std::fabs(x);
    if (size < 0x1p-27) {
        return x;
    }
    if (!(size < 20.0)) {
        return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : NOT_A_NUMBER;
    }
    const Two less = less_one(-2.0 * size);
    const Two y = less / (less + Two{2.0, 0.0});
    return std::copysign(y.hi + y.lo, x);
}

// The special values are those of IEEE 754-2019, 9.2.1
double pow(double x, double y) {
    if (y == 0.0 || x == 1.0) {
        return 1.0;
    }
    if (x != x || y != y) {
        return NOT_A_NUMBER;
    }
    const double size = std::fabs(x);
    if (std::fabs(y) == INFINITE) {
        return size == 1.0 ? 1.0 : (size > 1.0) == (y > 0.0) ? INFINITE : 0.0;
    }
    const bool negative = std::signbit(x) && is_odd(y);
    if (size == 0.0 || size == INFINITE) {
        const double value = (size == 0.0) == (y > 0.0) ? 0.0 : INFINITE;
        return negative ? -value : value;
    }
    if (x < 0.0 && !is_whole(y)) {
        return NOT_A_NUMBER;
    }
    const double value = positive_power(size, y);
    return negative ? -value : value;
}

}  // namespace nmc::exact
