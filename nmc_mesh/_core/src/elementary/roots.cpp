// Cube root and hypotenuse.
#include "../elementary.hpp"
#include "double_double.hpp"

namespace nmc::exact {

// A third of the bits of m in [1, 8), taken as a whole number, is a root to 2^-4.9. A step of
// Halley, y (y^3 + 2 m) / (2 y^3 + m), leaves 2/3 of the cube of an error, so two leave 2^-46. One
// of Newton in pairs, y - (y^3 - m) / (3 y^2), leaves the square of that.
double cbrt(double x) {
    double size = std::fabs(x);
    if (!(size > 0.0 && size < INFINITE)) {
        return x == x ? x : NOT_A_NUMBER;
    }
    int e = 0;
    if (size < 0x1p-1022) {
        size *= 0x1p54;
        e = -18;
    }
    const int own = exponent_of(size);
    const int third = (own + 3072) / 3 - 1024;  // rounded down
    const auto biased = static_cast<std::uint64_t>(1023 + own - 3 * third);
    const double m = of_bits((bits_of(size) & 0xfffffffffffff) | biased << 52);
    double y = of_bits(bits_of(m) / 3 + 0x2a9f800000000000);
    for (int k = 0; k < 2; ++k) {
        const double cube = y * y * y;
        y *= (cube + 2.0 * m) / (2.0 * cube + m);
    }
    const Two yy = square(y);
    const Two cube = two_product(yy.hi, y);
    const double over = (cube.hi - m) + (cube.lo + yy.lo * y);
    const Two root = fast_two_sum(y, -over / (3.0 * yy.hi));
    return std::copysign(scaled(root, third + e), x);
}

// sqrt(x^2 + y^2) of pairs, away from the ends of the range
double hypot(double x, double y) {
    double a = std::fabs(x), b = std::fabs(y);
    if (a == INFINITE || b == INFINITE) {
        return INFINITE;
    }
    if (a != a || b != b) {
        return NOT_A_NUMBER;
    }
    if (a < b) {
        const double c = a;
        a = b;
        b = c;
    }
    if (b <= a * 0x1p-60) {
        return a + b;
    }
    int e = 0;
    if (a > 0x1p500) {
        e = 600;
    } else if (b < 0x1p-400) {
        e = -600;
    }
    if (e != 0) {
        a *= power_of_two(-e);
        b *= power_of_two(-e);
    }
    const Two length = root(square(a) + square(b));
    const int own = exponent_of(length.hi);
    const double unit = power_of_two(-own);
    return scaled({length.hi * unit, length.lo * unit}, own + e);
}

}  // namespace nmc::exact
