// How far a piece of a mesh can be from a boundary or junction of the exact diagram: a proven bound.
//
// A boundary of grain A with B is where h_B = F_B - F_A is 0 and no h_C = F_C - F_A is negative.
//
// Theorem. Let f: R^3 -> R^k, k <= 3, have a Jacobian J with |J(x) - J(y)| <= L |x - y|, let R be a
// matrix with least singular value s or more, |J(x0) - R| <= e < s, sigma = s - e, phi = s |R^+ v| with
// R^+ v the least w with R w = v, and sigma^2 >= 2 L phi. Then there is a place where f = f(x0) - v within
//
//     rho = 2 phi / (sigma + sqrt(sigma^2 - 2 L phi))          of x0.
//
// Proof. Follow x' = -J^+ v = -J(x)^T (J J^T)^-1 v from x0: then d f(x(t)) / dt = -v, so f(x(1)) =
// f(x0) - v. Let r(t) be the way gone so far, and w = R^+ v. As J^+ v = J^+ R w = J^+ J w - J^+ (J - R) w,
// where J^+ J projects, |J - R| <= e + L r and |J^+| <= 1 / (s - e - L r),
//
//     r' <= |w| (1 + (e + L r) / (s - e - L r)) = phi / (sigma - L r),
//
// so sigma r - L r^2 / 2 <= t phi, which keeps r <= rho up to t = 1. (|R^+ v| <= |v| / s, so phi <= |v|.)
//
// With f = (h_B, h_C, ...) and v = (h_B, min(h_C, 0), ...) at x0 this finds a place of the boundary
// itself, if within rho every label that f leaves out stays dearer than A. One statement therefore
// serves facets amid a boundary (k = 1), at triple lines (2) and quadruple points (3), and it decides
// whether a junction exists at all. Rows of f are divided by their slopes, so that phi is a length.
//
// Over a piece, h is bounded by its Bernstein coefficients: h is a quadratic polynomial, so on a
// flat triangle six of them enclose it, on a curved one (itself quadratic) fifteen; J is affine, so
// its values at the control points enclose it. A domain boundary, d(x) = |x| - X(x / |x|), is bounded by its
// first-order expansion and a bound of its second derivatives.
#pragma once

#include "../geometry/packs.hpp"
#include "field.hpp"

namespace nmc {

constexpr double NEVER = std::numeric_limits<double>::infinity();

// Costs are right to this share of their terms; bounds are widened by it.
constexpr double ROUNDING = 1e-14;

// A bound of the terms of a cost at places whose coordinates' squares add up to far2 at most.
inline double terms_of(const Seed &seed, double far2) {
    const double out = seed.s0 * seed.s0 + seed.s1 * seed.s1 + seed.s2 * seed.s2;
    return 8.0 * (seed.m00 + seed.m11 + seed.m22) * (far2 + out) + std::fabs(seed.r);
}

// A seed as seen from a place: see geometry/packs.hpp.
inline Witness seen_from(Vec place, const Seed &seed) {
    const Sample at = quadric(seed, place);
    return {seed.m00, seed.m11, seed.m22, seed.m01, seed.m02, seed.m12, 0.5 * at.gradient.x,
            0.5 * at.gradient.y, 0.5 * at.gradient.z, at.value};
}

// A place, a flat triangle, a tetrahedron or a curved triangle by its 1, 3, 4 or 6 control points:
// those of the last are those of the corners 00, 11, 22, then 01, 12, 02.
template <int N>
struct Piece {
    static constexpr int COEFFICIENTS = N < 6 ? N * (N + 1) / 2 : 15;
    Vec control[N];
    Vec centre;
    double radius;

    // What is left to do once the control points are set.
    void close() {
        centre = control[0];
        for (int i = 1; i < N; ++i) centre = centre + control[i];
        centre = (1.0 / N) * centre;
        radius = 0.0;
        for (int i = 0; i < N; ++i) radius = most(radius, norm(control[i] - centre));
    }
};

// Control point of a pair of corners.
constexpr int CONTROL[3][3] = {{0, 3, 5}, {3, 1, 4}, {5, 4, 2}};

// A function over a piece: enclosing coefficients, slopes at the control points, size of its terms.
template <int N>
struct Spread {
    double coefficient[Piece<N>::COEFFICIENTS];
    Vec slope[N];
    double terms;
};

// With the polar form q(x, y) = (x - s)^T M (y - s) - r, q(x, x) = q(x), the coefficients are those
// of products: q(b_i, b_j), and on a curved piece means of q(b_ij, b_kl) over the ways to pair up.
template <int N>
Spread<N> spread(const Seed &seed, const Piece<N> &piece) {
    Spread<N> made;
    Vec from[N], half[N];
    double far = 0.0;
    for (int i = 0; i < N; ++i) {
        const Vec d = {piece.control[i].x - seed.s0, piece.control[i].y - seed.s1,
                       piece.control[i].z - seed.s2};
        from[i] = d;
        half[i] = {seed.m00 * d.x + seed.m01 * d.y + seed.m02 * d.z,
                   seed.m01 * d.x + seed.m11 * d.y + seed.m12 * d.z,
                   seed.m02 * d.x + seed.m12 * d.y + seed.m22 * d.z};
        made.slope[i] = 2.0 * half[i];
        far = most(far, square(piece.control[i]));
    }
    made.terms = terms_of(seed, far);
    const auto polar = [&](int a, int b) { return dot(from[a], half[b]) - seed.r; };
    int next = 0;
    if constexpr (N < 6) {
        for (int i = 0; i < N; ++i)
            for (int j = i; j < N; ++j) made.coefficient[next++] = polar(i, j);
    } else {
        for (int i = 0; i < 3; ++i)
            for (int j = i; j < 3; ++j)
                for (int k = j; k < 3; ++k)
                    for (int l = k; l < 3; ++l)
                        made.coefficient[next++] = (polar(CONTROL[i][j], CONTROL[k][l]) +
                                                    polar(CONTROL[i][k], CONTROL[j][l]) +
                                                    polar(CONTROL[i][l], CONTROL[j][k])) /
                                                   3.0;
    }
    return made;
}

// h over a piece and near it.
struct Gap {
    Label label;
    double low, high;  // of h on the piece
    Vec slope;         // somewhere amid the slopes on the piece
    double turn;       // by how much slopes on the piece differ from that
    double bend;       // bounds the second derivative, there and near

    // A lower bound within a distance of the piece.
    double least_within(double distance) const {
        return low - distance * (norm(slope) + turn + 0.5 * bend * distance);
    }
};

// Twice the Frobenius norm of M_1 - M_2.
inline double bend_of(const Seed &one, const Seed &two) {
    const double a = one.m00 - two.m00, b = one.m11 - two.m11, c = one.m22 - two.m22;
    const double d = one.m01 - two.m01, e = one.m02 - two.m02, f = one.m12 - two.m12;
    return 2.0 * std::sqrt(a * a + b * b + c * c + 2.0 * (d * d + e * e + f * f));
}

// Whether a seed costs more than `base` everywhere within t of c, where that costs `own`.
inline bool dearer(const Seed &seed, const Seed &base, const Sample &own, Vec c, double t) {
    const Sample its = quadric(seed, c);
    const double h = its.value - own.value;
    const double guard = 1e-12 * (std::fabs(its.value) + std::fabs(own.value) + 1.0);
    if (!(h > guard)) return false;
    const Vec slope = its.gradient - own.gradient;
    if (!(h * h > t * t * square(slope))) return false;
    const double room = h - guard - 0.5 * t * t * bend_of(base, seed);
    return room > 0.0 && room * room > t * t * square(slope);
}

// Call visit(value) for the coefficients of a quadratic on the four halves-by-sides of a flat triangle,
// from those on the whole: the overshoot beyond its true range is a quarter of theirs.
template <class Visit>
void quarters(const double (&h)[6], Visit &&visit) {
    const double corner[3] = {h[0], h[3], h[5]}, side[3] = {h[1], h[4], h[2]};  // 01, 12, 20
    for (int i = 0; i < 3; ++i) {
        const int j = (i + 1) % 3, k = (i + 2) % 3;
        visit(corner[i]);
        visit(0.5 * (corner[i] + side[i]));
        visit(0.5 * (side[i] + corner[j]));
        visit(0.25 * (corner[i] + 2.0 * side[i] + corner[j]));
        visit(0.25 * (corner[i] + side[i] + side[k] + side[j]));
    }
}

template <int N>
Gap gap_between(Label label, const Spread<N> &other, const Spread<N> &base, double bend) {
    Gap gap = {label, NEVER, -NEVER, {0.0, 0.0, 0.0}, 0.0, bend};
    double h[Piece<N>::COEFFICIENTS];
    for (int k = 0; k < Piece<N>::COEFFICIENTS; ++k) h[k] = other.coefficient[k] - base.coefficient[k];
    const auto enclose = [&](double value) {
        gap.low = least(gap.low, value);
        gap.high = most(gap.high, value);
    };
    if constexpr (N == 3) quarters(h, enclose);
    else
        for (const double value : h) enclose(value);
    const double guard = ROUNDING * (other.terms + base.terms);
    gap.low -= guard;
    gap.high += guard;
    for (int i = 0; i < N; ++i) gap.slope = gap.slope + (other.slope[i] - base.slope[i]);
    gap.slope = (1.0 / N) * gap.slope;
    for (int i = 0; i < N; ++i)
        gap.turn = most(gap.turn, norm(other.slope[i] - base.slope[i] - gap.slope));
    return gap;
}

// Bounds of a shell, in um: of its first and second derivatives on the unit sphere, and of what its
// table is wrong by in d (um) and in the slope of d.
struct ShellBounds {
    double first, second, error, slope_error;

    // How far d is off its expansion within r, where its second derivatives are at most `bend`.
    double slack(double bend, double r) const { return error + (slope_error + 0.5 * bend * r) * r; }
};

// -d over a piece: |d'' | <= 1 / r + (first + second) / r^2, for X is constant along a ray and its
// second derivative along an arc of a great circle is the arc's. `reach`: how far "near" is.
template <int N>
Gap gap_to_domain_boundary(const ClippedField &field, const ShellBounds &shell, const Piece<N> &piece,
                double reach) {
    const double nearest = norm(piece.centre) - piece.radius - reach;
    if (!(nearest > field.centre())) {
        // Deep inside: all that can be said, and needs to be, is that the shell is not near.
        const double deep = field.lowest_radius() - norm(piece.centre) - piece.radius;
        return {-1, deep, NEVER, {0.0, 0.0, 0.0}, 1.0, 0.0};
    }
    const Sample at = field.beyond(-1, piece.centre);
    const double bend = 1.0 / nearest + (shell.first + shell.second) / (nearest * nearest);
    const double slack = shell.slack(bend, piece.radius);
    Gap gap = {-1, NEVER, -NEVER, -1.0 * at.gradient, bend * piece.radius + shell.slope_error,
               bend};
    for (int i = 0; i < N; ++i) {
        const double h = -(at.value + dot(at.gradient, piece.control[i] - piece.centre));
        gap.low = least(gap.low, h - slack);
        gap.high = most(gap.high, h + slack);
    }
    return gap;
}

// A lower bound of the least singular value of k <= 3 rows of length 1. Of two rows it is
// sqrt(1 - |cos|); of three, s1 s2 s3 = |det| and s1^2 + s2^2 = 3 - s3^2, so that
// s3 >= 2 |det| / (3 - s3^2), which may be put into itself.
inline double least_singular(const Vec *rows, int count) {
    if (count == 1) return 1.0;
    if (count == 2) return std::sqrt(most(0.0, 1.0 - std::fabs(dot(rows[0], rows[1]))));
    const double det = std::fabs(dot(rows[0], cross(rows[1], rows[2])));
    double found = 0.0;
    for (int turn = 0; turn < 4; ++turn) found = 2.0 * det / (3.0 - found * found);
    return found;
}

// The greatest |R^+ v| for k <= 3 rows of length 1 and low[i] <= v_i <= high[i]: convex, so it is at one
// of the corners. |R^+ v|^2 = v^T (R R^T)^-1 v; of three rows R^+ v = (v_1 r_2 x r_3 + ...) / det.
inline double farthest(const Vec *rows, int count, const double *low, const double *high) {
    if (count == 1) return most(std::fabs(low[0]), std::fabs(high[0]));
    double greatest = 0.0;
    if (count == 2) {
        const double c = dot(rows[0], rows[1]);
        for (const double a : {low[0], high[0]})
            for (const double b : {low[1], high[1]})
                greatest = most(greatest, a * a + b * b - 2.0 * c * a * b);
        return std::sqrt(greatest / (1.0 - c * c));
    }
    const Vec x = cross(rows[1], rows[2]), y = cross(rows[2], rows[0]), z = cross(rows[0], rows[1]);
    for (const double a : {low[0], high[0]})
        for (const double b : {low[1], high[1]}) {
            const Vec part = a * x + b * y;
            greatest = most(greatest, most(square(part + low[2] * z), square(part + high[2] * z)));
        }
    return std::sqrt(greatest) / std::fabs(dot(rows[0], x));
}

// rho of the theorem for every place of a piece: the first `equal` of the gaps shall be 0, the
// others not negative. NEVER where it does not hold.
inline double covering(const Gap *gaps, int count, int equal) {
    Vec rows[3];
    double low[3], high[3], turn = 0.0, bend = 0.0;
    for (int i = 0; i < count; ++i) {
        const double steep = norm(gaps[i].slope);
        if (!(steep > 0.0)) return NEVER;
        rows[i] = (1.0 / steep) * gaps[i].slope;
        low[i] = (i < equal ? gaps[i].low : least(gaps[i].low, 0.0)) / steep;
        high[i] = i < equal ? gaps[i].high / steep : 0.0;
        turn += gaps[i].turn * gaps[i].turn / (steep * steep);
        bend += gaps[i].bend * gaps[i].bend / (steep * steep);
    }
    const double whole = least_singular(rows, count) * (1.0 - 1e-12);
    const double sigma = whole - std::sqrt(turn);
    if (!(sigma > 0.0)) return NEVER;
    const double phi = whole * farthest(rows, count, low, high) * (1.0 + 1e-9);
    const double under = sigma * sigma - 2.0 * std::sqrt(bend) * phi;
    if (!(under >= 0.0)) return NEVER;
    return 2.0 * phi / (sigma + std::sqrt(under));
}

// The same with all that is near: labels that could be cheaper within rho join the ones that must
// not be negative. `gaps` begins with the `equal` that shall be 0; the rest may come in any order
// and is reordered.
inline double covering_among(Gap *gaps, int count, int equal, double reach) {
    int used = equal;
    double rho = covering(gaps, used, equal);
    while (rho <= reach) {
        const int before = used;
        for (int i = used; i < count; ++i)
            if (!(gaps[i].least_within(rho) > 0.0)) {
                const Gap joins = gaps[i];
                gaps[i] = gaps[used];
                gaps[used++] = joins;
                if (used > 3) return NEVER;
            }
        if (used == before) return rho;
        rho = covering(gaps, used, equal);
    }
    return NEVER;
}

}  // namespace nmc
