// Places of the exact boundary of two labels near a place, by Newton; nothing is proved here.
//
// First to where the two are equal; where another is cheaper there, to a junction with it, and so on.
// On the outer surface another cell outside serves as well.
#pragma once

#include "covering.hpp"
#include "project.hpp"

namespace nmc {

template <class F>
class BoundarySeeker {
    static constexpr Label FAILED = EMPTY + 1;

public:
    // `near`: labels that may be cheaper than the grain within reach of what is moved.
    BoundarySeeker(const F &field, const Buffer<Label> &near) : field_(field), near_(near) {}

    void set(Label grain, Label other, double reach) {
        grain_ = grain;
        other_ = other;
        reach_ = reach;
    }

    // Move a place to the boundary of the two labels; where nothing fits, it stays.
    void onto_boundary(Vec &place) const {
        if (!by_newton(place) && other_ == 0) along_normal(place);
    }

    // The cell outside that is cheapest at a place, of those near.
    Label outside_at(Vec p) const {
        if constexpr (F::BOUNDED) return -1;
        Pick best = {0, NEVER};
        for (i64 n = 0; n < near_.size(); ++n) {
            if (near_[n] > 0) continue;
            const double q = quadric(field_.seed(near_[n]), p).value;
            if (q < best.value) best = {near_[n], q};
        }
        return best.label;
    }

private:
    const F &field_;
    const Buffer<Label> &near_;
    Label grain_ = EMPTY, other_ = EMPTY;
    double reach_ = 0.0;

    bool by_newton(Vec &place) const {
        Label names[4] = {grain_, other_, EMPTY, EMPTY};
        if (other_ == 0) names[1] = outside_at(place);
        if (names[1] == 0) return false;
        Vec target;
        Label third = arrive(place, names, 2, target), fourth;
        if (third == EMPTY || third == FAILED) return accept(third, target, place);
        if (other_ == 0 && third < 0) {
            const Label swapped[2] = {grain_, third};
            const Label next = arrive(place, swapped, 2, target);
            if (next == EMPTY) return accept(next, target, place);
        }
        for (int turn = 0; turn < 2; ++turn) {
            names[2] = third;
            fourth = arrive(place, names, 3, target);
            if (fourth == EMPTY || fourth == FAILED) return accept(fourth, target, place);
            if (turn == 0) {
                names[3] = third;
                third = fourth;
            }
        }
        return accept(arrive(place, names, 4, target), target, place);
    }

    static bool accept(Label cheaper, Vec target, Vec &place) {
        if (cheaper == EMPTY) place = target;
        return cheaper == EMPTY;
    }

    // Move a place onto the surface of its grain along one straight line, where the cells outside
    // are too many and small for Newton: h of each is a quadratic along the line, so from inside
    // the first root of all ends the grain; from outside, the last first root of those below 0.
    void along_normal(Vec &place) const {
        const Label partner = outside_at(place);
        if (F::BOUNDED || partner == 0) return;
        const Seed &base = field_.seed(grain_);
        const Sample own = quadric(base, place), its = quadric(field_.seed(partner), place);
        const Vec slope = its.gradient - own.gradient;
        const bool inside = its.value > own.value;
        const double steep = norm(slope);
        if (!(steep > 0.0)) return;
        const Vec way = ((inside ? -1.0 : 1.0) / steep) * slope;
        const Sample own_far = quadric(base, place + way);
        double t = inside ? NEVER : 0.0;
        for (i64 n = 0; n < near_.size(); ++n) {
            if (near_[n] > 0) continue;
            const Seed &seed = field_.seed(near_[n]);
            const Sample at = quadric(seed, place), far = quadric(seed, place + way);
            const double h = at.value - own.value;
            if (inside != (h > 0.0)) continue;
            const double first = dot(at.gradient - own.gradient, way);
            const double second = far.value - own_far.value - h - first;
            const double root = first_root(h, first, second);
            t = inside ? least(t, root) : most(t, root);
        }
        if (t <= reach_) place = place + t * way;
    }

    // The least t > 0 with h + first t + second t^2 = 0.
    static double first_root(double h, double first, double second) {
        const double under = first * first - 4.0 * h * second;
        if (!(under >= 0.0)) return NEVER;
        const double away = first >= 0.0 ? first + std::sqrt(under) : first - std::sqrt(under);
        const double one = -2.0 * h / away, two = second != 0.0 ? -away / (2.0 * second) : NEVER;
        return least(one > 0.0 ? one : NEVER, two > 0.0 ? two : NEVER);
    }

    // Put `target` where labels are equal near a place; which label is cheaper there: EMPTY if none
    // is, FAILED if Newton does not get there.
    Label arrive(Vec place, const Label *names, int count, Vec &target) const {
        target = place;
        if (!project(field_, names, count, target, reach_)) return FAILED;
        return cheaper_at(target, names, count);
    }

    // The label that is most below the grain at a place, beyond rounding; EMPTY if none is.
    Label cheaper_at(Vec p, const Label *names, int count) const {
        const double own = quadric(field_.seed(grain_), p).value;
        Pick best = {EMPTY, own - 1e-11 * (1.0 + std::fabs(own))};
        const auto held = [&](Label label) {
            for (int i = 0; i < count; ++i)
                if (names[i] == label) return true;
            return false;
        };
        for (i64 n = 0; n < near_.size(); ++n) {
            const double q = quadric(field_.seed(near_[n]), p).value;
            if (q < best.value && !held(near_[n])) best = {near_[n], q};
        }
        if constexpr (F::BOUNDED)
            if (best.label == EMPTY && !held(-1) && field_.beyond(-1, p).value > 1e-9) return -1;
        return best.label;
    }
};

}  // namespace nmc
