// Newton projection of a point onto a boundary, a triple line or a quadruple point.
//
// Minimum-norm steps delta = -J^T (J J^T)^-1 r with r_i = F_i - F_0, J = grad r:
//
//     two labels        a surface, one equation: along its normal
//     three             a line, two equations: in the plane across it
//     four              a point, three equations: Newton as it is
#pragma once

#include "domain_boundary.hpp"

namespace nmc {

// Most steps: from within half an edge Newton takes three or four, or does not converge at all.
constexpr int NEWTON_STEPS = 8;

// Solve a symmetric positive system of size n <= 3 by Cholesky; false if it is singular.
bool solve_small(const double (&gram)[3][3], const double (&rhs)[3], double (&result)[3], int n);

// project() for two labels: x -= r grad r / |grad r|^2, r = F_2 - F_1.
template <Field F>
bool project_surface(const F &field, Label first, Label second, Vec &place, double reach) {
    Vec p = place;
    const Label host = first > second ? first : second;
    double step = std::numeric_limits<double>::infinity();
    for (int turn = 0; turn < NEWTON_STEPS; ++turn) {
        const Sample one = field.sample(first, host, p), two = field.sample(second, host, p);
        const Vec slope = two.gradient - one.gradient;
        const double steep = square(slope);
        if (!(std::isfinite(one.value) && std::isfinite(two.value) && steep > 0.0)) return false;
        const double t = (two.value - one.value) / steep;
        p = p - t * slope;
        if (!(square(p - place) <= reach * reach)) return false;
        step = t * t * steep;
        if (step < 1e-12 * reach * reach) break;
    }
    place = p;
    return step < 1e-6 * reach * reach;
}

// The same for three or four labels; here `place` is changed even where it fails.
template <Field F>
bool project_junction(const F &field, const Label *names, int count, Vec &place, double reach) {
    const Vec start = place;
    const int n = count - 1;
    const Label host = host_of(field, names, count);
    double residual[3], gram[3][3], lambda[3];
    Vec slope[3];
    double step = 0.0;
    for (int turn = 0; turn < NEWTON_STEPS; ++turn) {
        const Sample base = field.sample(names[0], host, place);
        if (!std::isfinite(base.value)) return false;
        for (int i = 0; i < n; ++i) {
            const Sample other = field.sample(names[i + 1], host, place);
            if (!std::isfinite(other.value)) return false;
            residual[i] = other.value - base.value;
            slope[i] = other.gradient - base.gradient;
        }
        for (int i = 0; i < n; ++i)
            for (int j = 0; j <= i; ++j) gram[i][j] = gram[j][i] = dot(slope[i], slope[j]);
        if (!solve_small(gram, residual, lambda, n)) return false;
        Vec move = {};
        for (int i = 0; i < n; ++i) move = move - lambda[i] * slope[i];
        place = place + move;
        step = square(move);
        if (!(square(place - start) <= reach * reach)) return false;
        if (step < 1e-12 * reach * reach) return true;
    }
    return step < 1e-6 * reach * reach;
}

// Move `place` to where the first `count` labels (2 to 4) have equal F.
//
// Returns whether it converged within `reach`; `place` may be changed in any case. It ends on the
// domain boundaries among the labels exactly.
template <Field F>
bool project(const F &field, const Label *names, int count, Vec &place, double reach) {
    if (count == 2 && any_domain_boundary(field, names, 2)) {
        const Vec on = onto_domain_boundaries(field, names, 2, place);
        const double far2 = square(on - place);
        place = on;
        return far2 <= reach * reach;
    }
    const Vec start = place;
    const bool converged = count == 2 ? project_surface(field, names[0], names[1], place, reach)
                                      : project_junction(field, names, count, place, reach);
    if (!F::BOUNDED || !converged) return converged;
    // Along the radius it may be far to a steep shell: what leaves the reach there is refused.
    place = onto_domain_boundaries(field, names, count, place);
    return square(place - start) <= reach * reach;
}

}  // namespace nmc
