// The functions of a particle: F_l(x) = (x - s_l)^T M_l (x - s_l) - r_l of the cell l of a diagram.
//
// The cells outside have labels of their own below 0. Where the particle is clipped at its shell
// there are none, and below 0 is the shell alone, the domain boundary -1: see domain_boundary.hpp.
#pragma once

#include <limits>

#include "../geometry/cost.hpp"
#include "../geometry/shell_boundary.hpp"
#include "label.hpp"

namespace nmc {

// q at a point and its gradient. The order of operations is not that of cost(): here the gradient
// comes first and q out of it.
inline Sample quadric(const Seed &seed, Vec p) {
    const Vec d = {p.x - seed.s0, p.y - seed.s1, p.z - seed.s2};
    const Vec half = {seed.m00 * d.x + seed.m01 * d.y + seed.m02 * d.z,
                      seed.m01 * d.x + seed.m11 * d.y + seed.m12 * d.z,
                      seed.m02 * d.x + seed.m12 * d.y + seed.m22 * d.z};
    return {dot(d, half) - seed.r, 2.0 * half};
}

// Entry of a place in a row of `count` steps that starts at 0, or the nearest one.
inline i64 step_of(double place, i64 count) {
    if (!(place > 0.0)) return 0;
    return place >= static_cast<double>(count) ? count - 1 : static_cast<i64>(place);
}

// What exact and clipped particles have in common: quadrics, and boxes with their candidates.
class CellField {
public:
    explicit CellField(const nmc_field &raw)
        : rows_(in(raw.rows)), seed_of_(in(raw.seed_of)), label_of_(in(raw.label_of)),
          start_(in(raw.start)), near_(in(raw.near)),
          first_around_(static_cast<Label>(raw.beyond > 0 ? raw.beyond : raw.coating)) {
        const auto lower = in(raw.lower), step = in(raw.step);
        lower_ = {lower[0], lower[1], lower[2]};
        step_ = {step[0], step[1], step[2]};
        for (int axis = 0; axis < 3; ++axis) shape_[axis] = in(raw.shape)[axis];
    }

    // Whether a label is a grain's, and not outside or what is around the particle.
    bool is_grain(Label label) const {
        return label > 0 && (first_around_ == 0 || label < first_around_);
    }

    // Label and F of the cell with the least F among the candidates; ties to the first seed.
    Pick cell_at(Vec p) const {
        Pick best = {0, std::numeric_limits<double>::infinity()};
        const i64 box = box_of(p);
        for (i64 n = start_[box]; n < start_[box + 1]; ++n) {
            const double q = quadric(seed_at(rows_, near_[n]), p).value;
            if (q < best.value) best = {label_of_[near_[n]], q};
        }
        return best;
    }

    // The cell outside with the least F among the candidates, other than `except`; 0 if none is.
    Label outside_at(Vec p, Label except = 0) const {
        Pick best = {0, std::numeric_limits<double>::infinity()};
        const i64 box = box_of(p);
        for (i64 n = start_[box]; n < start_[box + 1]; ++n) {
            const Label label = label_of_[near_[n]];
            if (label >= 0 || label == except) continue;
            const double q = cell(label, p).value;
            if (q < best.value) best = {label, q};
        }
        return best.label;
    }

    // The quadric of a cell by its label.
    const Seed &seed(Label label) const {
        const i64 entry = label < 0 ? label + seed_of_.length() : label;
        return seed_at(rows_, seed_of_[entry]);
    }

    // The box of candidates that holds a point, or the nearest one.
    i64 box_of(Vec p) const {
        const i64 i = step_of((p.x - lower_.x) / step_.x, shape_[0]);
        const i64 j = step_of((p.y - lower_.y) / step_.y, shape_[1]);
        const i64 k = step_of((p.z - lower_.z) / step_.z, shape_[2]);
        return (i * shape_[1] + j) * shape_[2] + k;
    }

    // Of a box cut into split^3 cubes the one that holds a point, or the nearest one: its place along
    // every axis, and its centre. Half of its edge is the result.
    double cube_of(Vec p, i64 split, i64 (&at)[3], Vec &centre) const {
        const double edge = step_.x / static_cast<double>(split);
        double middle[3];
        for (int axis = 0; axis < 3; ++axis) {
            at[axis] = step_of((p[axis] - lower_[axis]) / edge, shape_[axis] * split);
            middle[axis] = lower_[axis] + (static_cast<double>(at[axis]) + 0.5) * edge;
        }
        centre = {middle[0], middle[1], middle[2]};
        return 0.5 * edge;
    }

    // Call visit(label) for the candidates of the box that holds a point, or of the nearest box.
    template <class Visit>
    void for_candidates(Vec p, Visit &&visit) const {
        const i64 box = box_of(p);
        for (i64 n = start_[box]; n < start_[box + 1]; ++n) visit(label_of_[near_[n]]);
    }

protected:
    // F of a cell by its label: entry l of grain l, entry -k from the end of the cell -k outside.
    Sample cell(Label label, Vec p) const { return quadric(seed(label), p); }

private:
    View<const double, 2> rows_;
    View<const i32, 1> seed_of_, label_of_;
    View<const i64, 1> start_;
    View<const i32, 1> near_;
    Vec lower_, step_;
    i64 shape_[3];
    Label first_around_;  // 0 where nothing is
};

// A particle of whole grains: every label is a cell, so there are no domain boundaries and no
// hosts.
class ExactField : public CellField {
public:
    static constexpr bool BOUNDED = false;
    using CellField::CellField;

    Sample sample(Label label, Label, Vec p) const { return cell(label, p); }
    double value(Label label, Label, Vec p) const { return cell(label, p).value; }
    Pick label_at(Vec p) const { return cell_at(p); }
    Label nearest_outside(Vec p) const { return outside_at(p); }
};

// A particle cut off by its shell, with nothing around.
class ClippedField : public CellField {
public:
    static constexpr bool BOUNDED = true;

    explicit ClippedField(const nmc_field &raw)
        : CellField(raw), shell_(raw.shell), slope_(raw.slope) {}

    Sample sample(Label label, Label host, Vec p) const {
        const Label grain = label >= 0 ? label : host;
        Sample found = {};
        if (grain > 0 || label == 0) found = cell(grain, p);
        if (label >= 0) return found;
        const Sample past = beyond(label, p);
        return {found.value - slope_ * past.value, found.gradient - slope_ * past.gradient};
    }
    double value(Label label, Label host, Vec p) const { return sample(label, host, p).value; }

    Pick label_at(Vec p) const {
        const Pick best = cell_at(p);
        const double past = shell_.past(p);
        return past > 0.0 ? Pick{-1, best.value - slope_ * past} : best;
    }
    Label nearest_outside(Vec) const { return -1; }

    // A lower bound of the radius, and how near to the centre directions mean nothing any more.
    double lowest_radius() const { return shell_.lowest_radius(); }
    double centre() const { return shell_.centre(); }

    Sample beyond(Label, Vec p) const {
        const Slope past = shell_.beyond(p);
        return {past.value, past.gradient};
    }
    Pick nearest_domain_boundary(Vec p) const {
        const Slope past = shell_.beyond(p);
        return {-1, past.value / norm(past.gradient)};
    }
    Vec onto_domain_boundary(Label, Vec p) const { return shell_.onto(p); }

private:
    ShellBoundary shell_;
    double slope_;
};

}  // namespace nmc
