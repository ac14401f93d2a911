// Domain boundaries: where outside begins, whatever grain is there.
//
// With d(x) = 0 on a domain boundary, d > 0 beyond it, and F_A of the grain A that a place is
// compared with, the boundary's host,
//
//     F_out(x) = F_A(x) - s d(x),          A   |
//                                       -------+ d = 0     (outside is to the right)
//                                          B   |
//
// so F_A = F_out is the domain boundary itself and has no kink where A meets another grain B. Where
// A, B and outside meet, either may be the host: F_B - F_A = 0 and d = 0 are the same two
// equations, and Newton's steps the same. The slope s makes F_A - F_out about as steep as F_A -
// F_B.
#pragma once

#include "field.hpp"
#include "illinois.hpp"

namespace nmc {

template <Field F>
constexpr bool is_domain_boundary(const F &, Label label) {
    return F::BOUNDED && label < 0;
}

// Whether one of the first `count` labels is a domain boundary's.
template <Field F>
bool any_domain_boundary(const F &field, const Label *names, int count) {
    for (int i = 0; i < count; ++i)
        if (is_domain_boundary(field, names[i])) return true;
    return false;
}

// The point moved onto all domain boundaries among the first `count` labels, in their order.
template <Field F>
Vec onto_domain_boundaries(const F &field, const Label *names, int count, Vec p) {
    if constexpr (F::BOUNDED)
        for (int i = 0; i < count; ++i)
            if (is_domain_boundary(field, names[i])) p = field.onto_domain_boundary(names[i], p);
    return p;
}

// First-order distance from the farthest of the domain boundaries among the labels (um).
template <Field F>
double off_domain_boundary(const F &field, const Label *names, int count, Vec p) {
    double far = 0.0;
    if constexpr (F::BOUNDED)
        for (int i = 0; i < count; ++i)
            if (is_domain_boundary(field, names[i])) {
                const Sample past = field.beyond(names[i], p);
                far = most(far, std::fabs(past.value) / norm(past.gradient));
            }
    return far;
}

// The first grain among the labels, which hosts their domain boundaries; 0 where there is none.
template <Field F>
Label host_of(const F &, const Label *names, int count) {
    if constexpr (F::BOUNDED)
        for (int i = 0; i < count; ++i)
            if (names[i] > 0) return names[i];
    return 0;
}

// t in [0, 1] where p + t way goes beyond a domain boundary.
template <BoundedField F>
double reach_domain_boundary(const F &field, Label boundary, Vec p, Vec way) {
    constexpr int ROOT_STEPS = 20;  // eight do: each leaves a tenth or less
    const double low = field.beyond(boundary, p).value;
    const double high = field.beyond(boundary, p + way).value;
    if (!(low < 0.0)) return 0.0;
    if (!(high > 0.0)) return 1.0;
    return illinois(
        low, high, ROOT_STEPS, [&](double t) { return field.beyond(boundary, p + t * way).value; },
        [](double now, double a, double b, double t) {
            return now == 0.0 || least(t - a, b - t) < 1e-7;
        });
}

}  // namespace nmc
