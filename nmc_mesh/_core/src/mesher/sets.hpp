// The set of labels that meet at a lattice vertex: up to four, filled up with EMPTY.
//
//     {A}           inside A
//     {A, B}        on the boundary of A and B
//     {A, B, C}     on their triple line            the vertex's own label comes first
//     {A, B, C, D}  on their quadruple point
#pragma once

#include <array>

#include "domain_boundary.hpp"

namespace nmc {

using Sets = View<const Label, 2>;  // (vertices, 4)

// Whether a vertex has a label that is not a domain boundary's.
template <Field F>
bool before_domain_boundary(const F &field, const Sets &sets, i64 v) {
    for (int i = 0; i < 4; ++i)
        if (sets(v, i) != EMPTY && !is_domain_boundary(field, sets(v, i))) return true;
    return false;
}

// Whether two vertices are compared by their grains alone, domain boundaries left out: both have
// grains.
template <Field F>
bool is_bare(const F &field, const Sets &sets, i64 v, i64 w) {
    return F::BOUNDED && before_domain_boundary(field, sets, v) &&
           before_domain_boundary(field, sets, w);
}

// Whether two vertices have a label in common; domain boundaries count only where one has no other.
// So an edge within a domain boundary is cut where it goes from grain to grain.
template <Field F>
bool share(const F &field, const Sets &sets, i64 v, i64 w) {
    const bool bare = is_bare(field, sets, v, w);
    for (int i = 0; i < 4; ++i) {
        const Label label = sets(v, i);
        if (label == EMPTY) return false;
        if (bare && is_domain_boundary(field, label)) continue;
        for (int j = 0; j < 4; ++j)
            if (sets(w, j) == label) return true;
    }
    return false;
}

// The grain with the least F among the labels of some vertices, the host of their domain
// boundaries; 0 where there is no domain boundary among them, or no grain.
template <Field F, std::size_t Count>
Label host_at(const F &field, const Sets &sets, const std::array<i64, Count> &vertices, Vec p) {
    Pick host = {0, std::numeric_limits<double>::infinity()};
    if constexpr (F::BOUNDED) {
        bool bounded = false;
        for (const i64 v : vertices)
            for (int i = 0; i < 4; ++i)
                bounded = bounded || (sets(v, i) != EMPTY && is_domain_boundary(field, sets(v, i)));
        if (!bounded) return 0;
        for (const i64 v : vertices)
            for (int i = 0; i < 4; ++i) {
                const Label label = sets(v, i);
                if (label <= 0) continue;
                const double q = field.value(label, 0, p);
                if (q < host.value) host = {label, q};
            }
    }
    return host.label;
}

// The least F of the labels of a vertex, with its gradient; where bare, domain boundaries left out.
template <Field F>
Sample least_sample(const F &field, const Sets &sets, i64 v, bool bare, Label host, Vec p) {
    Sample best = {std::numeric_limits<double>::infinity(), {}};
    for (int i = 0; i < 4; ++i) {
        const Label label = sets(v, i);
        if (label == EMPTY || (bare && is_domain_boundary(field, label))) continue;
        const Sample here = field.sample(label, host, p);
        if (here.value < best.value) best = here;
    }
    return best;
}

template <Field F>
double least_value(const F &field, const Sets &sets, i64 v, bool bare, Label host, Vec p) {
    double best = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 4; ++i) {
        const Label label = sets(v, i);
        if (label == EMPTY || (bare && is_domain_boundary(field, label))) continue;
        best = least(best, field.value(label, host, p));
    }
    return best;
}

// The least F of the labels of vertex v less that of vertex w: it is 0 where the edge is cut.
template <Field F>
double gap(const F &field, const Sets &sets, i64 v, i64 w, bool bare, Vec p) {
    const Label host = bare ? 0 : host_at(field, sets, std::array<i64, 2>{v, w}, p);
    return least_value(field, sets, v, bare, host, p) - least_value(field, sets, w, bare, host, p);
}

// The domain boundary that a vertex is beyond, not on; 0 where there is none.
template <Field F>
Label only_domain_boundary(const F &field, const Sets &sets, i64 v) {
    return is_domain_boundary(field, sets(v, 0)) && sets(v, 1) == EMPTY ? sets(v, 0) : 0;
}

}  // namespace nmc
