// Moves of one vertex on its stratum: grain interior, boundary, triple line, quadruple point.
//
// All of them try places and keep one only if the worst cell round the vertex gets better by it (or
// stays good enough), so a mesh never gets worse.
#pragma once

#include "link.hpp"
#include "project.hpp"

namespace nmc {

// How a round treats vertices.
struct Treatment {
    double edge;   // the lattice's cell edge in um: what moves are measured by
    double good;   // fitness that cells should have
    double leave;  // how far a vertex may leave its stratum, um; both are stretched where cells are
    i64 seed;      // of hashed moves
};

// By how much a move must lift what it is meant to lift: less is not worth another round.
constexpr double GAIN = 1e-3;

// How far a vertex may be from its stratum, in cell edges: farther, it is likely another's.
constexpr double REACH = 0.6;

// Worst quality of cells at a vertex that goes onto a domain boundary, which matters more than good
// cells.
constexpr double ON_DOMAIN_BOUNDARY = 0.03;

// A vertex that may leave its stratum by more than YIELD may leave a domain boundary by SLACK, in
// cell edges. So junctions on a domain boundary that are closer to each other than any good cell
// are parted across it.
constexpr double YIELD = 0.5, SLACK = 0.18;

// How a vertex follows the gradient of its worst cell: the first step and how far it may leave its
// stratum, in um, and how many steps it goes.
struct Climb {
    double step, leave;
    int turns;
};

// First step and number of steps of a climb that mends a bad cell, in cell edges.
constexpr double STRIDE = 0.3;
constexpr int TURNS = 6;

// The same of one that lifts a sound cell's acute angles, and how far off its stratum that may lead:
// docs/mesher.md says what it brings. More or longer steps bring no more.
constexpr double STROLL = 0.09, LEAN = 0.03;
constexpr int STROLLS = 2;

// The slope of a plane boundary, as those of twins are, changes by less than this over an edge,
// relative to itself: by rounding alone.
constexpr double FLAT_TO = 1e-9;

// A number in [-1, 1) from three integers, the same on every machine (the finisher of splitmix64).
inline double hashed(i64 a, i64 b, i64 c) {
    u64 h = static_cast<u64>(a) * 0x9E3779B97F4A7C15 + static_cast<u64>(b) * 0xC2B2AE3D27D4EB4F;
    h += static_cast<u64>(c) * 0x165667B19E3779F9;
    h ^= h >> 31;
    h *= 0xBF58476D1CE4E5B9;
    h ^= h >> 27;
    h *= 0x94D049BB133111EB;
    h ^= h >> 31;
    return static_cast<double>(h >> 11) * (2.0 / 9007199254740992.0) - 1.0;  // of 53 bits
}

// First-order distance of a point from where the first `count` labels agree (um).
//
// Of several cells outside only the least counts: a crease of the outer surface may be blunted.
// Domain boundaries do not count: see off_domain_boundary().
template <Field F>
double off_stratum(const F &field, const Label *names, int count, Vec p) {
    constexpr double INF = std::numeric_limits<double>::infinity();
    Sample base = {INF, {0.0, 0.0, 0.0}};
    int skip = -1;
    for (int i = 0; i < count; ++i) {
        if (names[i] > 0 || is_domain_boundary(field, names[i])) continue;
        const Sample other = field.sample(names[i], 0, p);
        if (other.value < base.value) {
            base = other;
            skip = i;
        }
    }
    if (skip < 0) {
        skip = 0;
        while (skip < count - 1 && is_domain_boundary(field, names[skip])) ++skip;
        base = field.sample(names[skip], 0, p);
    }
    double far = 0.0;
    for (int i = 0; i < count; ++i) {
        if (i == skip || names[i] <= 0) continue;
        const Sample other = field.sample(names[i], 0, p);
        const double slope = norm(other.gradient - base.gradient);
        if (slope == 0.0) return INF;
        far = most(far, std::fabs(other.value - base.value) / slope);
    }
    return far;
}

// One vertex, its star, and what it may do.
template <Field F>
class Smoother {
public:
    Smoother(const F &field, const Work &work, const Treatment &treatment)
        : field_(field), work_(work), edge_(treatment.edge), leave_(treatment.leave),
          seed_(treatment.seed) {}

    // Lift the worst fitness at the star's vertex by moving it; returns whether it moved.
    //
    // Tries the mean of its neighbours on the stratum, and while the worst is under `good` a climb
    // along the worst cell's gradient and then hashed directions.
    bool smooth(Star &star, double good) const;

    // Put the vertex onto its stratum; only part of the way where that spoils a cell to under
    // `spoil`. Onto domain boundaries it is put all the way.
    void fit(Star &star, double spoil) const;

    // Lift the mean quality by moving the vertex along its stratum, no cell falling under `good`.
    void polish(Star &star, double good) const;

    // Lift acute angles whose sines are under `aim` by short climbs, no cell falling under `good`.
    void lift(Star &star, double aim, double good) const;

private:
    const F &field_;
    const Work &work_;
    double edge_, leave_;
    i64 seed_;

    // Both at a star's vertex.
    double edge_at(const Star &star) const { return edge_ * work_.stretch(star.vertex); }
    double leave_at(const Star &star) const { return leave_ * work_.stretch(star.vertex); }

    double try_place(Star &star, Vec place, double floor, double leave) const;
    // Whether the vertex may go to a place by `leave`, and lifts the worst fitness there.
    bool is_better_at(Star &star, Vec place, double floor, double leave) const {
        return off_stratum(field_, star.names, star.n_names, place) <= leave &&
               star.worst_at(work_, place, floor + GAIN) > floor + GAIN;
    }
    double climb(Star &star, double best, double good, Climb way) const;
    // Whether lifting may take the vertex off its stratum: between grains, where that is not plane.
    bool may_lean(const Star &star) const;
    double shake(Star &star, double best) const;
    bool settle(Star &star, Vec here, Vec place, double enough) const;
};

// Move the vertex to a place (put on its stratum first) if that lifts the worst fitness.
//
// With `leave` > 0 the vertex may stay off its stratum by that much, and off a domain boundary only
// where it may leave so far that it YIELDs and the boundary itself does not do. Returns the new
// worst fitness, or `floor` where it stayed.
template <Field F>
double Smoother<F>::try_place(Star &star, Vec place, double floor, double leave) const {
    if (star.n_names > 1) {
        if (leave > 0.0) {
            const Vec on = onto_domain_boundaries(field_, star.names, star.n_names, place);
            const bool yields = F::BOUNDED && leave > YIELD * edge_at(star);
            if (!yields || is_better_at(star, on, floor, leave))
                place = on;
            else if (off_domain_boundary(field_, star.names, star.n_names, place) > SLACK * edge_at(star))
                return floor;
            if (off_stratum(field_, star.names, star.n_names, place) > leave) return floor;
        } else if (!project(field_, star.names, star.n_names, place, REACH * edge_at(star))) {
            return floor;
        }
    }
    const double q = star.worst_at(work_, place, floor + GAIN);
    if (!(q > floor + GAIN)) return floor;
    work_.move(star.vertex, place);
    work_.touched[star.vertex] = true;
    return q;
}

template <Field F>
bool Smoother<F>::smooth(Star &star, double good) const {
    if ((star.n_names > 4 && leave_ == 0.0) || star.n_names == MOST_LABELS) return false;
    const Vec here = work_.at(star.vertex);
    const double start = star.worst_at(work_, here, -1e300);
    double best = start;
    Vec target;
    if (star.n_names <= 4 && mean_of_stratum(work_, star, target)) {
        double step = 1.0;
        for (int trial = 0; trial < 3; ++trial) {
            const double q = try_place(star, here + step * (target - here), best, 0.0);
            if (q > best) {
                best = q;
                break;
            }
            step *= 0.5;
        }
    }
    if (best < good)
        best = climb(star, best, good, {STRIDE * edge_at(star), leave_at(star), TURNS});
    if (best < good) best = shake(star, best);
    return best > start;
}

// Follow the gradient of the worst cell with shrinking steps.
template <Field F>
double Smoother<F>::climb(Star &star, double best, double good, Climb way) const {
    double length = way.step;
    for (int turn = 0; turn < way.turns; ++turn) {
        const Vec here = work_.at(star.vertex);
        Vec direction;
        if (!star.climb_at(work_, here, direction)) return best;
        bool moved = false;
        for (int trial = 0; trial < 4 && !moved; ++trial) {
            const double q = try_place(star, here + length * direction, best, way.leave);
            moved = q > best;
            if (moved) {
                best = q;
            } else {
                length *= 0.5;
            }
        }
        if (!moved || best >= good) return best;
    }
    return best;
}

// Try hashed moves of falling length.
template <Field F>
double Smoother<F>::shake(Star &star, double best) const {
    double length = 0.2 * edge_at(star);
    for (int trial = 0; trial < 8; ++trial) {
        const Vec way = {hashed(star.vertex, seed_, 3 * trial),
                         hashed(star.vertex, seed_, 3 * trial + 1),
                         hashed(star.vertex, seed_, 3 * trial + 2)};
        const double q = try_place(star, work_.at(star.vertex) + length * way, best,
                                   leave_at(star));
        if (q > best) {
            best = q;
        } else {
            length *= 0.75;
        }
    }
    return best;
}

// Put the vertex to a place if no cell is worse there than the worst at `here`, or all are as good
// as `enough`. What is at `here` is asked for last: mostly all are good enough.
template <Field F>
bool Smoother<F>::settle(Star &star, Vec here, Vec place, double enough) const {
    const double worst = star.worst_at(work_, place, -1e300, enough);
    if (!(worst >= enough) && !(worst >= star.worst_at(work_, here, -1e300, enough))) return false;
    work_.move(star.vertex, place);
    return true;
}

template <Field F>
void Smoother<F>::fit(Star &star, double spoil) const {
    const int count = star.n_names;
    if (count < 2 || (count > 4 && !F::BOUNDED)) return;
    const Vec here = work_.at(star.vertex);
    Vec target = here;
    if (count > 4 || !project(field_, star.names, count, target, REACH * edge_at(star))) {
        if (!F::BOUNDED) return;
        target = here;
    }
    if (F::BOUNDED && work_.measure == VOLUME && any_domain_boundary(field_, star.names, count))
        spoil = least(spoil, ON_DOMAIN_BOUNDARY);
    double step = 1.0;
    for (int trial = 0; trial < 4; ++trial) {
        const Vec place =
            onto_domain_boundaries(field_, star.names, count, here + step * (target - here));
        if (settle(star, here, place, spoil)) return;
        step *= 0.5;
    }
}

template <Field F>
void Smoother<F>::polish(Star &star, double good) const {
    Vec target;
    if (star.n_names > 4 || !mean_of_stratum(work_, star, target)) return;
    const Vec here = work_.at(star.vertex);
    const double start = star.mean_at(here);
    double step = 1.0;
    for (int trial = 0; trial < 3; ++trial) {
        Vec place = here + step * (target - here);
        const bool on_stratum =
            star.n_names == 1 ||
            project(field_, star.names, star.n_names, place, REACH * edge_at(star));
        if (on_stratum && star.mean_at(place) > start + GAIN &&
            settle(star, here, place, good)) {
            work_.touched[star.vertex] = true;
            return;
        }
        step *= 0.5;
    }
}

template <Field F>
void Smoother<F>::lift(Star &star, double aim, double good) const {
    if (aim == 0.0 || star.n_names > 4) return;
    star.allow_obtuse(good);
    const double worst = star.worst_at(work_, work_.at(star.vertex), -1e300, aim);
    if (!(worst < aim)) return;
    const double edge = edge_at(star);
    climb(star, worst, aim, {STROLL * edge, may_lean(star) ? LEAN * edge : 0.0, STROLLS});
}

template <Field F>
bool Smoother<F>::may_lean(const Star &star) const {
    const Vec here = work_.at(star.vertex), there = here + edge_at(star) * Vec{0.48, 0.6, 0.64};
    for (int i = 0; i < star.n_names; ++i)
        if (!field_.is_grain(star.names[i])) return false;
    Vec first[2] = {};
    for (int i = 0; i < star.n_names; ++i) {
        const Vec slope[2] = {field_.sample(star.names[i], 0, here).gradient,
                              field_.sample(star.names[i], 0, there).gradient};
        if (i == 0) {
            first[0] = slope[0];
            first[1] = slope[1];
        } else {
            const Vec one = slope[0] - first[0], other = slope[1] - first[1];
            if (!(norm(other - one) > FLAT_TO * norm(one))) return false;
        }
    }
    return true;
}

}  // namespace nmc
