// Walls: places where outside begins, whatever grain is there.
//
// With d(x) = 0 on a wall, d > 0 beyond it, and F_A of the grain A that a place is compared with,
// the wall's host,
//
//     F_wall(x) = F_A(x) - s d(x),          A   |
//                                        -------+ wall, d = 0     (outside is to the right)
//                                           B   |
//
// so the boundary F_A = F_wall is the wall itself and has no kink where A meets another grain B.
// Where A, B and the wall meet, either may be the host: F_B - F_A = 0 and d = 0 are the same two
// equations, and Newton's steps the same. The slope s makes F_A - F_wall about as steep as
// F_A - F_B.
#pragma once

#include "field.hpp"
#include "illinois.hpp"

namespace nmc {

template <Field F>
constexpr bool is_wall(const F &, Label label) {
    return F::WALLED && label < 0;
}

// Whether one of the first `count` labels is a wall's.
template <Field F>
bool any_wall(const F &field, const Label *names, int count) {
    for (int i = 0; i < count; ++i)
        if (is_wall(field, names[i])) return true;
    return false;
}

// The point moved onto all walls among the first `count` labels, in their order.
template <Field F>
Vec onto_walls(const F &field, const Label *names, int count, Vec p) {
    if constexpr (F::WALLED)
        for (int i = 0; i < count; ++i)
            if (is_wall(field, names[i])) p = field.onto_wall(names[i], p);
    return p;
}

// First-order distance from the farthest of the walls among the labels (um).
template <Field F>
double off_walls(const F &field, const Label *names, int count, Vec p) {
    double far = 0.0;
    if constexpr (F::WALLED)
        for (int i = 0; i < count; ++i)
            if (is_wall(field, names[i])) {
                const Sample past = field.beyond(names[i], p);
                far = most(far, std::fabs(past.value) / norm(past.gradient));
            }
    return far;
}

// The first grain among the labels, which hosts their walls; 0 where there is none.
template <Field F>
Label host_of(const F &, const Label *names, int count) {
    if constexpr (F::WALLED)
        for (int i = 0; i < count; ++i)
            if (names[i] > 0) return names[i];
    return 0;
}

// t in [0, 1] where p + t way goes beyond a wall.
template <WalledField F>
double reach_wall(const F &field, Label wall, Vec p, Vec way) {
    constexpr int ROOT_STEPS = 20;  // eight do: each leaves a tenth or less
    const double low = field.beyond(wall, p).value, high = field.beyond(wall, p + way).value;
    if (!(low < 0.0)) return 0.0;
    if (!(high > 0.0)) return 1.0;
    return illinois(
        low, high, ROOT_STEPS, [&](double t) { return field.beyond(wall, p + t * way).value; },
        [](double now, double a, double b, double t) {
            return now == 0.0 || least(t - a, b - t) < 1e-7;
        });
}

}  // namespace nmc
