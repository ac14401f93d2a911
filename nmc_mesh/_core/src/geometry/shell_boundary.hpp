// Where a shell ends: d(x) = |x| - X(x / |x|), positive outside.
#pragma once

#include "grid_spline.hpp"
#include "radius_table.hpp"

namespace nmc {

class ShellBoundary {
public:
    explicit ShellBoundary(const nmc_radius_table &raw) : shell_(raw) {}

    // A lower bound of the radius, and how near to the centre directions mean nothing any more.
    double lowest_radius() const { return shell_.low; }
    double centre() const { return CENTRE * least_radius(); }

    // d and its gradient.
    Slope beyond(Vec p) const {
        const double r = norm(p);
        if (!(r > centre())) {
            const Vec out = r > 0.0 ? (1.0 / r) * p : Vec{1.0, 0.0, 0.0};
            return {r - least_radius(), out};
        }
        const Radius radius = radius_at(shell_, p);
        const Vec outwards = {p.x / r, p.y / r, p.z / r};
        return {r - radius.value, outwards - radius.gradient};
    }

    // d where it is positive, else 0: only near the shell is the table read.
    double past(Vec p) const {
        const double r = norm(p);
        return r <= most(shell_.low, centre()) ? 0.0 : most(r - radius_at(shell_, p).value, 0.0);
    }

    // By Newton, x -= d grad d / |grad d|^2, and what little is left along the radius.
    Vec onto(Vec p) const {
        for (int turn = 0; turn < STEPS; ++turn) {
            const Slope past = beyond(p);
            p = p - (past.value / square(past.gradient)) * past.gradient;
            if (std::fabs(past.value) < CLOSE * least_radius()) break;
        }
        const double r = norm(p);
        if (!(r > centre())) return p;
        const double radius = radius_at(shell_, p).value;
        return radius > 0.0 ? (radius / r) * p : p;
    }

private:
    static constexpr int STEPS = 6;          // of Newton; more than four were never seen
    static constexpr double CLOSE = 1e-4;    // of the least radius: the rest is done along it
    static constexpr double CENTRE = 0.25;   // of the least radius: nearer, directions mean nothing
    static constexpr double LEAST = 1e-3;    // of the greatest radius: valleys may go deeper

    RadiusTable shell_;

    // The table's lower bound, which need not be positive where a valley ends near the centre.
    double least_radius() const { return most(shell_.low, LEAST * shell_.high); }
};

}  // namespace nmc
