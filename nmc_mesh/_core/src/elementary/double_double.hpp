// Sums and products of two doubles with what their rounding loses (T. J. Dekker, Numerische
// Mathematik 18, 1971; Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., ch. 4 and 14).
//
// Only + - * / and sqrt of IEEE 754 binary64, to nearest. They round alike on every processor as
// long as the compiler neither contracts a product and a sum into one operation (build with
// -ffp-contract=off) nor keeps more bits than a double has.
#pragma once

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>

#if defined(__FAST_MATH__)
#error "fast math drops the very terms that are computed here"
#endif
static_assert(FLT_EVAL_METHOD == 0, "a double must be rounded after every operation");
static_assert(std::numeric_limits<double>::is_iec559);

namespace nmc::exact {

constexpr double INFINITE = std::numeric_limits<double>::infinity();
// One pattern of bits for every NaN that is made here: processors make different ones.
constexpr double NOT_A_NUMBER = std::numeric_limits<double>::quiet_NaN();

// The unevaluated sum hi + lo; normalized where hi is the double nearest to it.
struct Two {
    double hi, lo;
};

inline std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }
inline double of_bits(std::uint64_t bits) { return std::bit_cast<double>(bits); }

// 2^e, -1022 <= e <= 1023
inline double power_of_two(int e) {
    return of_bits(static_cast<std::uint64_t>(e + 1023) << 52);
}

// Exponent of a normal number: 2^e <= |x| < 2^(e+1)
inline int exponent_of(double x) { return static_cast<int>(bits_of(x) >> 52 & 0x7ff) - 1023; }

// The whole number nearest to x, |x| < 2^31, as a double and as an integer: in units of 1 the last
// bit of 1.5 * 2^52 + x is its unit, and there the integer stands in two's complement.
struct Whole {
    double value;
    std::int32_t number;
};

inline Whole nearest_whole(double x) {
    constexpr double shift = 0x1.8p52;
    const double moved = x + shift;
    return {moved - shift, static_cast<std::int32_t>(bits_of(moved))};
}

// a + b exactly, if |a| >= |b| or a == 0
inline Two fast_two_sum(double a, double b) {
    const double s = a + b;
    return {s, b - (s - a)};
}

// a + b exactly (Knuth, The Art of Computer Programming, vol. 2)
inline Two two_sum(double a, double b) {
    const double s = a + b;
    const double part = s - a;
    return {s, (a - (s - part)) + (b - part)};
}

// x as two numbers of 26 bits each (Veltkamp), |x| < 2^996
inline Two halves(double x) {
    const double wide = 0x1.0000002p27 * x;
    const double hi = wide - (wide - x);
    return {hi, x - hi};
}

// a * b exactly, where nothing under- or overflows (Dekker)
inline Two two_product(double a, double b) {
    const double p = a * b;
    const Two x = halves(a), y = halves(b);
    return {p, ((x.hi * y.hi - p) + x.hi * y.lo + x.lo * y.hi) + x.lo * y.lo};
}

inline Two square(double a) {
    const double p = a * a;
    const Two x = halves(a);
    return {p, ((x.hi * x.hi - p) + 2.0 * (x.hi * x.lo)) + x.lo * x.lo};
}

inline Two operator-(Two a) { return {-a.hi, -a.lo}; }

// Sum, relative error 2^-105 where the signs are alike, else 2^-104 of the larger term
inline Two operator+(Two a, Two b) {
    const Two s = two_sum(a.hi, b.hi);
    return fast_two_sum(s.hi, s.lo + (a.lo + b.lo));
}

// Product, relative error 2^-102
inline Two operator*(Two a, Two b) {
    const Two p = two_product(a.hi, b.hi);
    return fast_two_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

// Quotient, relative error 2^-101: one quotient, and one of what is left
inline Two operator/(Two a, Two b) {
    const double q = a.hi / b.hi;
    const Two p = two_product(q, b.hi);
    return fast_two_sum(q, (((a.hi - p.hi) - p.lo) + a.lo - q * b.lo) / b.hi);
}

// Square root of a > 0, relative error 2^-103: one step of Newton from that of the leading part
inline Two root(Two a) {
    const double s = std::sqrt(a.hi);
    const Two p = square(s);
    return fast_two_sum(s, (((a.hi - p.hi) - p.lo) + a.lo) / (2.0 * s));
}

// (x.hi + x.lo) 2^e rounded once, also where it is subnormal; x normalized, 2^-2 < |x| < 2^2.
inline double scaled(Two x, int e) {
    if (e > -1000 && e < 1000) {
        return (x.hi + x.lo) * power_of_two(e);
    }
    if (e >= 1000) {
        return e > 1030 ? x.hi * 0x1p1023 * 0x1p1023
                        : (x.hi + x.lo) * 0x1p1000 * power_of_two(e - 1000);
    }
    if (e < -1080) {
        return x.hi * 0x1p-1000 * 0x1p-1000;
    }
    if (exponent_of(x.hi) + e >= -1022) {
        return (x.hi + x.lo) * power_of_two(e + 200) * 0x1p-200;
    }
    // The last bit of the sum with this number is the least subnormal number, scaled by 2^-e.
    const double unit = std::copysign(power_of_two(-1022 - e), x.hi);
    const Two s = fast_two_sum(unit, x.hi);
    return ((s.hi + (s.lo + x.lo)) - unit) * power_of_two(e + 200) * 0x1p-200;
}

}  // namespace nmc::exact
