// Where a domain around a particle ends: the faces of a box, or the sphere -1 about the origin.
#pragma once

#include "../array.hpp"
#include "box_faces.hpp"

namespace nmc {

class DomainFaces {
public:
    // Six numbers are the lower and the upper corner of a box, a single one is a radius.
    explicit DomainFaces(View<const double, 1> numbers)
        : radius_(numbers.length() == 1 ? numbers[0] : 0.0),
          box_(radius_ > 0.0 ? BoxFaces({}, {})
                             : BoxFaces({numbers[0], numbers[1], numbers[2]},
                                        {numbers[3], numbers[4], numbers[5]})) {}

    Sample beyond(Label boundary, Vec p) const {
        if (!(radius_ > 0.0)) return box_.beyond(boundary, p);
        const double r = norm(p);
        return {r - radius_, r > 0.0 ? (1.0 / r) * p : Vec{1.0, 0.0, 0.0}};
    }
    Pick nearest(Vec p) const {
        return radius_ > 0.0 ? Pick{-1, norm(p) - radius_} : box_.nearest(p);
    }
    Vec onto(Label boundary, Vec p) const {
        if (!(radius_ > 0.0)) return box_.onto(boundary, p);
        const double r = norm(p);
        return r > 0.0 ? (radius_ / r) * p : p;
    }

private:
    double radius_;  // 0 of a box
    BoxFaces box_;
};

}  // namespace nmc
