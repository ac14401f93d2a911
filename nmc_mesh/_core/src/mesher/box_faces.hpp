// The faces of a box as domain boundaries: -1 (lower x), -2 (upper x), ... -6 (upper z); see
// domain_boundary.hpp.
#pragma once

#include <limits>

#include "../vec.hpp"
#include "label.hpp"

namespace nmc {

class BoxFaces {
public:
    BoxFaces(Vec lower, Vec upper) : lower_(lower), upper_(upper) {}

    Sample beyond(Label boundary, Vec p) const {
        const int axis = axis_of(boundary);
        const double sign = is_upper(boundary) ? 1.0 : -1.0;
        return {sign * (p[axis] - face(boundary)),
                {axis == 0 ? sign : 0.0, axis == 1 ? sign : 0.0, axis == 2 ? sign : 0.0}};
    }

    // The farther of two faces counts, so edges of the box are creases, which come out sharp.
    Pick nearest(Vec p) const {
        Pick best = {-1, -std::numeric_limits<double>::infinity()};
        for (Label boundary = -6; boundary < 0; ++boundary) {
            const double past = beyond(boundary, p).value;
            if (past > best.value) best = {boundary, past};
        }
        return best;
    }

    Vec onto(Label boundary, Vec p) const {
        const int axis = axis_of(boundary);
        const double place = face(boundary);
        return {axis == 0 ? place : p.x, axis == 1 ? place : p.y, axis == 2 ? place : p.z};
    }

private:
    Vec lower_, upper_;

    static int axis_of(Label boundary) { return (-1 - boundary) / 2; }
    static bool is_upper(Label boundary) { return (-1 - boundary) % 2 == 1; }

    // Where a face stands on its axis.
    double face(Label boundary) const {
        return (is_upper(boundary) ? upper_ : lower_)[axis_of(boundary)];
    }
};

}  // namespace nmc
