// Sine, cosine and their inverses.
#include "../elementary.hpp"
#include "double_double.hpp"
#include "tables.hpp"

namespace nmc::exact {

namespace {

constexpr Two two(table::Pair pair) { return {pair.hi, pair.lo}; }

// x = 2 pi (turns + k / 512) + r with |r| < pi / 512
struct Reduced {
    unsigned k;
    Two r;
};

// M. H. Payne and R. N. Hanek (SIGNUM Newsletter 18, 1983): x = m 2^e turns by m times those bits
// of 1 / (2 pi) whose product with m 2^e is less than a turn; 256 of them are enough, as no double
// comes nearer to a multiple of pi / 256 than 2^-70. Exact up to 2^-203 of a turn.
Reduced far_reduced(double x) {
    const int e = exponent_of(x) - 52;
    const std::uint64_t m = (bits_of(x) & 0xfffffffffffff) | std::uint64_t{1} << 52;
    const unsigned first = static_cast<unsigned>(e + 64) / 32;
    const unsigned shift = static_cast<unsigned>(e + 64) % 32;
    std::uint32_t turn[8];  // 256 bits of a fraction of a turn, the highest first
    constexpr std::uint64_t half = 0xffffffff;
    std::uint64_t carry = 0;
    for (int i = 7; i >= 0; --i) {
        const std::uint64_t both =
            std::uint64_t{table::TURN[first + i]} << 32 | table::TURN[first + i + 1];
        const std::uint64_t word = both << shift >> 32;
        const std::uint64_t low = word * (m & half), high = word * (m >> 32);
        const std::uint64_t sum = (low & half) + (carry & half);
        turn[i] = static_cast<std::uint32_t>(sum);
        carry = high + (low >> 32) + (carry >> 32) + (sum >> 32);
    }
    const std::uint32_t top = turn[0] + (std::uint32_t{1} << 22);
    const unsigned k = top >> 23;
    turn[0] -= k << 23;
    const bool negative = (turn[0] >> 31) != 0;
    double unit = 0x1p-256;
    Two sum = {0.0, 0.0};
    carry = 1;
    for (int i = 7; i >= 0; --i, unit *= 0x1p32) {
        if (negative) {
            carry += static_cast<std::uint32_t>(~turn[i]);
            turn[i] = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
        const Two next = fast_two_sum(turn[i] * unit, sum.hi);
        sum = {next.hi, next.lo + sum.lo};
    }
    const Two r = fast_two_sum(sum.hi, sum.lo) * two(table::TWO_PI);
    return {k, negative ? -r : r};
}

// W. J. Cody and W. Waite (Software Manual for the Elementary Functions, 1980): pi / 256 in parts,
// whose products with k < 2^23 are exact but for the last: the error of r is below 2^-97. Where
// that is too much, and beyond, the slow way.
inline Reduced reduced(double size) {
    if (size < 98304.0) {
        const Whole k = nearest_whole(size * table::STEPS_PER_PI);
        const Two near = two_sum(size - k.value * table::PI_STEP_1, -(k.value * table::PI_STEP_2));
        const Two r = fast_two_sum(near.hi, near.lo - k.value * table::PI_STEP_3);
        if (std::fabs(r.hi) > 0x1p-25 || k.number == 0) {
            return {static_cast<unsigned>(k.number) & 511, r};
        }
    }
    return far_reduced(size);
}

// sin r - r and cos r - 1 for |r| < 2^-7.3. r^3 / 6 is rounded four times, which is
// r^2 / 6 * 2^-51 < 2^-68 of the smallest sine; r^2 / 2 is a pair, r^4 / 24 < 2^-33 errs by 2^-84.
struct Small {
    double sine;
    Two cosine;
};

inline Small small_angle(Two r) {
    const Two rr = square(r.hi);
    const double s = rr.hi;
    const double sine =
        r.hi * s * ((-1.0 / 6) + s * ((1.0 / 120) + s * ((-1.0 / 5040) + s * (1.0 / 362880))));
    const double cosine =
        s * s * ((1.0 / 24) + s * ((-1.0 / 720) + s * ((1.0 / 40320) + s * (-1.0 / 3628800))));
    return {sine, {-0.5 * s, cosine - 0.5 * rr.lo - r.hi * r.lo}};
}

// sin(a + r) = sin a + cos a r + sin a (cos r - 1) + cos a (sin r - r), or the cosine with
// (cos a, -sin a) in place of (sin a, cos a).
inline double turned(Two sine, Two cosine, Two r, const Small &small) {
    const Two along = two_product(cosine.hi, r.hi);
    const Two bent = two_product(sine.hi, small.cosine.hi);
    const Two first = two_sum(sine.hi, along.hi);
    const Two second = two_sum(first.hi, bent.hi);
    const double low = sine.hi * small.cosine.lo + cosine.hi * (small.sine + r.lo);
    const double lower = along.lo + bent.lo + cosine.lo * r.hi + sine.lo;
    return second.hi + (second.lo + first.lo + lower + low);
}

struct Table {
    Two sine, cosine;
};

// Sine and cosine of k pi / 256
inline Table of_table(unsigned k) {
    const unsigned j = k & 127;
    const Two s = two(table::SIN[j]), c = two(table::SIN[128 - j]);
    switch (k >> 7) {
        case 0:
            return {s, c};
        case 1:
            return {c, -s};
        case 2:
            return {-s, -c};
        default:
            return {-c, s};
    }
}

// atan(y / x) for 0 <= y <= x as a pair; both neither huge nor tiny, y 0 or more than x 2^-70.
//
// c = j / 128 near y / x: atan(y / x) = atan(c) + atan(u), u = (y - c x) / (x + c y), |u| < 2^-8.
// c has 8 bits, so the products are exact in halves. atan(u) = u - u^3 / 3 + u^5 / 5 - ...; u is a
// pair, u^3 / 3 is rounded four times: u^2 / 3 * 2^-51 < 2^-68 of the result. u^11 / 11 < 2^-91 is
// left out.
Two small_arc(Two y, Two x) {
    const Whole j = nearest_whole(128.0 * (y.hi / x.hi));
    const double c = j.value * (1.0 / 128);
    const Two xs = halves(x.hi), ys = halves(y.hi);
    const Two above = two_sum(y.hi, -(c * xs.hi));
    const Two over = two_sum(above.hi, -(c * xs.lo));
    const Two rise = fast_two_sum(over.hi, over.lo + above.lo + (y.lo - c * x.lo));
    const Two along = fast_two_sum(x.hi, c * ys.hi);
    const Two run = fast_two_sum(along.hi, along.lo + (c * ys.lo + (x.lo + c * y.lo)));
    const Two u = rise / run;
    const double uu = u.hi * u.hi;
    const double series = u.hi * uu * ((-1.0 / 3) + uu * (0.2 + uu * ((-1.0 / 7) + uu * (1.0 / 9))));
    const Two base = two(table::ATAN[j.number]);
    const Two sum = two_sum(base.hi, u.hi);
    return fast_two_sum(sum.hi, sum.lo + (base.lo + u.lo + series));
}

// The angle of (x, y) for y >= 0, in [0, pi]
double arc(Two y, Two x) {
    const bool left = x.hi < 0.0;
    const Two across = left ? -x : x;
    const bool steep = y.hi > across.hi;
    const Two part = steep ? small_arc(across, y) : small_arc(y, across);
    if (!steep && !left) {
        return part.hi + part.lo;
    }
    const Two angle = two(steep ? table::HALF_PI : table::PI) + (steep == left ? part : -part);
    return angle.hi + angle.lo;
}

}  // namespace

double sin(double x) {
    const double size = std::fabs(x);
    if (size < 0x1p-26) {
        return x;
    }
    if (!(size < INFINITE)) {
        return NOT_A_NUMBER;
    }
    const Reduced at = reduced(size);
    const Table base = of_table(at.k);
    const double value = turned(base.sine, base.cosine, at.r, small_angle(at.r));
    return x < 0.0 ? -value : value;
}

double cos(double x) {
    const double size = std::fabs(x);
    if (!(size < INFINITE)) {
        return NOT_A_NUMBER;
    }
    const Reduced at = reduced(size);
    const Table base = of_table(at.k);
    return turned(base.cosine, -base.sine, at.r, small_angle(at.r));
}

void sincos(double x, double &sine, double &cosine) {
    const double size = std::fabs(x);
    if (!(size < INFINITE)) {
        sine = cosine = NOT_A_NUMBER;
        return;
    }
    const Reduced at = reduced(size);
    const Table base = of_table(at.k);
    const Small small = small_angle(at.r);
    const double value = turned(base.sine, base.cosine, at.r, small);
    sine = size < 0x1p-26 ? x : x < 0.0 ? -value : value;
    cosine = turned(base.cosine, -base.sine, at.r, small);
}

double atan2(double y, double x) {
    if (x != x || y != y) {
        return NOT_A_NUMBER;
    }
    double high = std::fabs(y), across = std::fabs(x);
    const bool left = std::signbit(x);
    double angle = 0.0;
    if (high == across && (high == 0.0 || high == INFINITE)) {
        // The diagonal at infinity; the axis at the origin.
        angle = high == 0.0 ? (left ? table::PI.hi : 0.0)
                            : (left ? 0x1.2d97c7f3321d2p+1 : 0x1.921fb54442d18p-1);
    } else if (high * 0x1p-64 > across) {
        angle = table::HALF_PI.hi;
    } else if (across * 0x1p-64 > high) {
        angle = left ? table::PI.hi : high / across;
    } else {
        const double larger = high > across ? high : across;
        const double unit = larger > 0x1p500 ? 0x1p-600 : larger < 0x1p-400 ? 0x1p600 : 1.0;
        high *= unit;
        across *= unit;
        angle = arc({high, 0.0}, {left ? -across : across, 0.0});
    }
    return std::copysign(angle, y);
}

// atan2(sqrt((1 - x) (1 + x)), x)
double acos(double x) {
    if (!(std::fabs(x) <= 1.0)) {
        return NOT_A_NUMBER;
    }
    if (std::fabs(x) == 1.0) {
        return x > 0.0 ? 0.0 : table::PI.hi;
    }
    if (std::fabs(x) < 0x1p-60) {
        return table::HALF_PI.hi;
    }
    return arc(root(two_sum(1.0, -x) * two_sum(1.0, x)), {x, 0.0});
}

}  // namespace nmc::exact
