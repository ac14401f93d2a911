// Which of a pack of labels may be as cheap as a given one near a vertex, eight at a time: the loop that
// contacts.cpp compiles for every machine and contacts_avx2.cpp for those with AVX2. The bytes are the
// same. Nothing here may be shared between the two files; see grid_loop.hpp.
#pragma once

#include "../geometry/octree_loop.hpp"

namespace nmc {

// How far a vertex's word is good: no edge at it is longer than `edge`, no place more than `close`, or
// `around`, from the facets and cells at it.
struct Scope {
    double edge, close, around;
};

int64_t contacts_avx2(const Span<const Pack> &packs, const Witness &own, const double *c, const Scope &scope,
                      double margin, const Span<int32_t> &places, bool *close);

namespace {

// Write the places of the labels that the bound of contacts.hpp does not show to be dearer than the
// given one, seen from c, and whether they count close by; count them. `margin`: how far costs are
// off.
inline int64_t contacts(const Span<const Pack> &packs, const Witness &own, const double *c,
                        const Scope &scope, double margin, const Span<int32_t> &places, bool *close) {
    const double chord = 0.5 * scope.edge * scope.edge;
    const double near = (chord + scope.close * (2.0 * scope.edge + scope.close)) * (1.0 + 1e-12);
    const double far = (chord + scope.around * (2.0 * scope.edge + scope.around)) * (1.0 + 1e-12);
    const double near_steep = 2.0 * scope.close * (1.0 + 1e-12);
    const double far_steep = 2.0 * scope.around * (1.0 + 1e-12);
    int64_t kept = 0;
    for (int64_t pack = 0; pack < packs.length; ++pack) {
        double low[PACK], lower[PACK];  // bounds close by, and around
        for (int k = 0; k < PACK; ++k) {
            const Witness its = witness(at(packs, pack), k, c);
            const double p = its.p - own.p, q = its.q - own.q, r = its.r - own.r;
            const double a = its.m00 - own.m00, b = its.m11 - own.m11, d = its.m22 - own.m22;
            const double e = its.m01 - own.m01, f = its.m02 - own.m02, g = its.m12 - own.m12;
            const double steep = __builtin_sqrt(p * p + q * q + r * r);
            const double bend = __builtin_sqrt(a * a + b * b + d * d + 2.0 * (e * e + f * f + g * g));
            const double h = its.cost - own.cost;
            low[k] = h - (near_steep * steep + bend * near);
            lower[k] = h - (far_steep * steep + bend * far);
        }
        for (int k = 0; k < PACK; ++k) {
            at(places, kept) = static_cast<int32_t>(pack * PACK + k);
            close[kept] = !(low[k] > margin);
            kept += !(lower[k] > margin);
        }
    }
    return kept;
}

}  // namespace
}  // namespace nmc
