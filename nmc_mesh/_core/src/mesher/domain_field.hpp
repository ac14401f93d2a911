// A particle in a domain: its functions up to where the domain ends, which are domain boundaries:
// the faces -1 (lower x), -2 (upper x), ... -6 (upper z) of a box, or -1 of a sphere; see
// domain_boundary.hpp. What is around the particle is labels above 0, so it is meshed as that is.
#pragma once

#include "domain_faces.hpp"
#include "label.hpp"

namespace nmc {

template <class Base>
class DomainField : public Base {
public:
    static constexpr bool BOUNDED = true;

    // `weight` tells where it ends.
    explicit DomainField(const nmc_field &raw)
        : Base(raw), faces_(in(raw.weight)), slope_(raw.slope) {}

    Sample sample(Label label, Label host, Vec p) const {
        const Label owner = label >= 0 ? label : host;
        Sample found = {};
        if (owner > 0 || label == 0) found = Base::sample(owner, 0, p);
        if (label >= 0) return found;
        const Sample past = beyond(label, p);
        return {found.value - slope_ * past.value, found.gradient - slope_ * past.gradient};
    }
    double value(Label label, Label host, Vec p) const { return sample(label, host, p).value; }

    Pick label_at(Vec p) const {
        const Pick best = Base::cell_at(p), face = nearest_domain_boundary(p);
        if (face.value > 0.0) return {face.label, best.value - slope_ * face.value};
        return best;
    }

    Sample beyond(Label boundary, Vec p) const { return faces_.beyond(boundary, p); }
    Pick nearest_domain_boundary(Vec p) const { return faces_.nearest(p); }
    Vec onto_domain_boundary(Label boundary, Vec p) const { return faces_.onto(boundary, p); }

private:
    DomainFaces faces_;
    double slope_;
};

}  // namespace nmc
