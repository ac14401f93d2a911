// A particle in a box: the functions of its cells up to the faces of the box, which are the domain
// boundaries -1 (lower x), -2 (upper x), ... -6 (upper z): see domain_boundary.hpp. The cells
// outside the particle are labels above 0, so what is around it is meshed as it is.
#pragma once

#include "box_faces.hpp"
#include "cell_field.hpp"

namespace nmc {

class BoxedField : public CellField {
public:
    static constexpr bool BOUNDED = true;

    // `weight` holds the lower and the upper corner of the box.
    explicit BoxedField(const nmc_field &raw)
        : CellField(raw), faces_(faces_of(in(raw.weight))), slope_(raw.slope) {}

    Sample sample(Label label, Label host, Vec p) const {
        const Label owner = label >= 0 ? label : host;
        Sample found = {};
        if (owner > 0 || label == 0) found = cell(owner, p);
        if (label >= 0) return found;
        const Sample past = beyond(label, p);
        return {found.value - slope_ * past.value, found.gradient - slope_ * past.gradient};
    }
    double value(Label label, Label host, Vec p) const { return sample(label, host, p).value; }

    Pick label_at(Vec p) const {
        const Pick best = cell_at(p), face = nearest_domain_boundary(p);
        if (face.value > 0.0) return {face.label, best.value - slope_ * face.value};
        return best;
    }

    Sample beyond(Label boundary, Vec p) const { return faces_.beyond(boundary, p); }
    Pick nearest_domain_boundary(Vec p) const { return faces_.nearest(p); }
    Vec onto_domain_boundary(Label boundary, Vec p) const { return faces_.onto(boundary, p); }

private:
    BoxFaces faces_;
    double slope_;

    static BoxFaces faces_of(View<const double, 1> corners) {
        return {{corners[0], corners[1], corners[2]}, {corners[3], corners[4], corners[5]}};
    }
};

}  // namespace nmc
