// What the mesher knows of its source: one function F_l(x) per label, the smallest of which wins.
//
// A kernel is a template over the field; the function of the border picks the type once, by
// with_field(), so no loop asks for the kind.
#pragma once

#include <concepts>

#include "cell_field.hpp"
#include "coated_field.hpp"
#include "domain_field.hpp"
#include "image_field.hpp"
#include "shelled_field.hpp"

namespace nmc {

// Kinds of nmc_field.
enum : i64 {
    EXACT = 0,
    IMAGE = 1,
    CLIPPED = 2,
    IN_DOMAIN = 3,
    COATED = 4,
    SHELLED = 8,
    TILED = 16,
};

// SHELLED and COATED are added to IN_DOMAIN, or to 0: a particle cut off by its shell with something
// around, one with a coating.
using InDomain = DomainField<ExactField>;
using ShellInDomain = DomainField<ShelledField>;
using Coated = CoatedField<ExactField>;
using CoatedInDomain = CoatedField<InDomain>;
using CoatedShell = CoatedField<ShelledField>;
using CoatedShellInDomain = CoatedField<ShellInDomain>;

template <class F>
concept Field = requires(const F &field, Label label, Label host, Vec p) {
    // Whether labels below 0 are domain boundaries, which need a host: the grain that a place is
    // compared with.
    { F::BOUNDED } -> std::convertible_to<bool>;
    // F_label at p, and with its gradient.
    { field.value(label, host, p) } -> std::same_as<double>;
    { field.sample(label, host, p) } -> std::same_as<Sample>;
    // The label with the smallest F at p, and that F; cell_at sees no domain boundaries.
    { field.cell_at(p) } -> std::same_as<Pick>;
    { field.label_at(p) } -> std::same_as<Pick>;
    // Whether a label is a grain's, and not outside or what is around a particle.
    { field.is_grain(label) } -> std::same_as<bool>;
};

template <class F>
concept BoundedField = Field<F> && F::BOUNDED && requires(const F &field, Label boundary, Vec p) {
    // How far p lies beyond a domain boundary, d(x), and grad d.
    { field.beyond(boundary, p) } -> std::same_as<Sample>;
    // The domain boundary that p is farthest beyond, and how far: d / |grad d| in um.
    { field.nearest_domain_boundary(p) } -> std::same_as<Pick>;
    // p moved onto a domain boundary.
    { field.onto_domain_boundary(boundary, p) } -> std::same_as<Vec>;
};

static_assert(Field<ExactField> && BoundedField<ClippedField> && BoundedField<ImageField> &&
              Field<TiledImageField> && BoundedField<InDomain> && BoundedField<ShellInDomain> &&
              Field<Coated> && BoundedField<CoatedInDomain> && Field<CoatedShell> &&
              BoundedField<CoatedShellInDomain>);

// Call work(field) with the field in its own type.
template <class Work>
auto with_field(const nmc_field &raw, Work &&work) {
    if (raw.kind == IMAGE) return work(ImageField(raw));
    if (raw.kind == TILED) return work(TiledImageField(raw));
    if (raw.kind == CLIPPED) return work(ClippedField(raw));
    if (raw.kind == IN_DOMAIN) return work(InDomain(raw));
    if (raw.kind == SHELLED + IN_DOMAIN) return work(ShellInDomain(raw));
    if (raw.kind == COATED) return work(Coated(raw));
    if (raw.kind == COATED + IN_DOMAIN) return work(CoatedInDomain(raw));
    if (raw.kind == COATED + SHELLED) return work(CoatedShell(raw));
    if (raw.kind == COATED + SHELLED + IN_DOMAIN) return work(CoatedShellInDomain(raw));
    return work(ExactField(raw));
}

// Likewise for what only a field with domain boundaries has; an exact one is bad input.
template <class Work>
int with_bounded_field(const nmc_field &raw, Work &&work) {
    if (raw.kind == IMAGE) return work(ImageField(raw));
    if (raw.kind == CLIPPED) return work(ClippedField(raw));
    if (raw.kind == IN_DOMAIN) return work(InDomain(raw));
    if (raw.kind == SHELLED + IN_DOMAIN) return work(ShellInDomain(raw));
    if (raw.kind == COATED + IN_DOMAIN) return work(CoatedInDomain(raw));
    if (raw.kind == COATED + SHELLED + IN_DOMAIN) return work(CoatedShellInDomain(raw));
    return NMC_BAD_INPUT;
}

// Likewise for what only a field of a bare particle has; those of images and domains are bad input.
template <class Work>
int with_particle_field(const nmc_field &raw, Work &&work) {
    if (raw.kind == EXACT) return work(ExactField(raw));
    if (raw.kind == CLIPPED) return work(ClippedField(raw));
    return NMC_BAD_INPUT;
}

}  // namespace nmc
