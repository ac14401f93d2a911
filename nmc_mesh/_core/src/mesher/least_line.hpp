// The least over s >= 0 of the greatest of some lines m_k - s h_k: a bound of a function m where
// another, h, is not positive, from values that enclose the two (see owned_cells.cpp).
#pragma once

#include "covering.hpp"

namespace nmc {

// The value, or a little more: the lines that fall and rise there are approached in turn.
template <int K>
double least_line(const double (&m)[K], const double (&h)[K]) {
    const auto greatest = [&](double s, double &value) {
        int at = 0;
        value = m[0] - s * h[0];
        for (int k = 1; k < K; ++k)
            if (m[k] - s * h[k] > value) {
                value = m[k] - s * h[k];
                at = k;
            }
        return at;
    };
    double bound, value;
    int falls = greatest(0.0, bound), rises = 0;
    if (!(h[falls] > 0.0)) return bound;
    for (int k = 1; k < K; ++k)
        if (h[k] < h[rises]) rises = k;
    for (int turn = 0; turn < 5; ++turn) {
        const double steep = h[falls] - h[rises];
        if (!(steep > 0.0)) break;
        const double s = (m[falls] - m[rises]) / steep;
        if (!(s >= 0.0 && s < NEVER)) break;
        const int top = greatest(s, value);
        bound = least(bound, value);
        if (value <= m[falls] - s * h[falls] + 0.02 * m[falls]) break;
        if (h[top] > 0.0) falls = top;
        else rises = top;
    }
    return bound;
}

// The same, or more, at the one s that lets no line with m_k > 0 end above 0: most need no better.
template <int K>
double steep_line(const double (&m)[K], const double (&h)[K]) {
    double s = 0.0, deepest = 0.0;
    for (int k = 0; k < K; ++k) {
        if (m[k] > 0.0 && !(h[k] > 0.0)) return NEVER;
        s = most(s, m[k] > 0.0 ? m[k] / h[k] : 0.0);
        deepest = most(deepest, m[k] > 0.0 ? 0.0 : -h[k]);
    }
    return s < NEVER ? s * deepest : NEVER;
}

}  // namespace nmc
