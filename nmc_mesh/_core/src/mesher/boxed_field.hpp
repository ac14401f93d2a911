// A particle in a box: the functions of its cells up to the faces of the box, which are the domain
// boundaries -1 (lower x), -2 (upper x), ... -6 (upper z): see domain_boundary.hpp. The cells
// outside the particle are labels above 0, so what is around it is meshed as it is.
#pragma once

#include <limits>

#include "cell_field.hpp"

namespace nmc {

class BoxedField : public CellField {
public:
    static constexpr bool BOUNDED = true;

    // `weight` holds the lower and the upper corner of the box.
    explicit BoxedField(const nmc_field &raw)
        : CellField(raw), faces_(in(raw.weight)), slope_(raw.slope) {}

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

    Sample beyond(Label boundary, Vec p) const {
        const int axis = axis_of(boundary);
        const double sign = is_upper(boundary) ? 1.0 : -1.0;
        return {sign * (p[axis] - face(boundary)),
                {axis == 0 ? sign : 0.0, axis == 1 ? sign : 0.0, axis == 2 ? sign : 0.0}};
    }

    // The farther of two faces counts, so edges of the box are creases, which come out sharp.
    Pick nearest_domain_boundary(Vec p) const {
        Pick best = {-1, -std::numeric_limits<double>::infinity()};
        for (Label boundary = -6; boundary < 0; ++boundary) {
            const double past = beyond(boundary, p).value;
            if (past > best.value) best = {boundary, past};
        }
        return best;
    }

    Vec onto_domain_boundary(Label boundary, Vec p) const {
        const int axis = axis_of(boundary);
        const double place = face(boundary);
        return {axis == 0 ? place : p.x, axis == 1 ? place : p.y, axis == 2 ? place : p.z};
    }

private:
    View<const double, 1> faces_;
    double slope_;

    static int axis_of(Label boundary) { return (-1 - boundary) / 2; }
    static bool is_upper(Label boundary) { return (-1 - boundary) % 2 == 1; }
    double face(Label boundary) const {
        return faces_[axis_of(boundary) + (is_upper(boundary) ? 3 : 0)];
    }
};

}  // namespace nmc
