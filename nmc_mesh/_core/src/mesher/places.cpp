// Places on the exact boundaries of a particle: how far facets are from them, and nodes of second
// order moved onto them.
#include "project.hpp"

namespace nmc {

constexpr double INF = std::numeric_limits<double>::infinity();

// First-order distance of a place from the boundary of two grains,
//
//     |F_A - F_B| / |grad (F_A - F_B)|;
//
// infinite where there is no such boundary. `second` 0 or below: the nearest cell outside.
template <Field F>
static double distance_from(const F &field, Label first, Label second, Vec p) {
    const Sample one = field.sample(first, first, p);
    const Label other = second > 0 ? second : field.nearest_outside(p);
    const Sample two = field.sample(other, first, p);
    const double slope = norm(one.gradient - two.gradient);
    return other != 0 && slope > 0.0 ? std::fabs(one.value - two.value) / slope : INF;
}

// The other cell outside if an edge lies on the crease between it and `first`: both ends are
// within `near` of it. 0 if it does not.
static Label crease_with(const ExactField &field, Label first, const Vec (&ends)[2], Vec p,
                         double near) {
    const Label second = field.outside_at(p, first);
    if (second == 0) return 0;
    for (const Vec end : ends) {
        const Sample one = field.sample(first, 0, end), two = field.sample(second, 0, end);
        const double slope = norm(one.gradient - two.gradient);
        if (!(std::fabs(one.value - two.value) <= near * slope)) return 0;
    }
    return second;
}

// How nodes are moved: shares of the edge's length.
struct Way {
    double reach;   // farthest that a node moves
    double crease;  // two cells outside are equally near an end if closer to equal than this
};

// Move the node of an edge onto the boundary or triple line of its labels; false if it stays.
//
// Label 0, which comes last, stands for the nearest cell outside; with one grain on the outer
// surface, a crease between two cells outside makes it a triple line.
template <Field F>
static bool move_node(const F &field, const Vec (&ends)[2], const Label *labels, int count, Way way,
                      Vec &place) {
    if (count > 3) return false;
    Label names[4] = {labels[0], labels[1], labels[2], labels[3]};
    const double length = norm(ends[0] - ends[1]);
    if (names[count - 1] == 0) {
        names[count - 1] = field.nearest_outside(place);
        if (names[count - 1] == 0) return false;
        if constexpr (!F::BOUNDED)
            if (count == 2) {
                const Label other =
                    crease_with(field, names[1], ends, place, way.crease * length);
                if (other != 0) names[count++] = other;
            }
    }
    Vec target = place;
    if (!project(field, names, count, target, way.reach * length)) return false;
    place = target;
    return true;
}

}  // namespace nmc

using namespace nmc;

int nmc_boundary_distances(const nmc_field *raw, const f64_2 *places_, const i32_2 *pairs_,
                           int64_t first, int64_t last, f64_1 *distances_) {
    const auto places = in(*places_);
    const auto pairs = in(*pairs_);
    const auto distances = out(*distances_);
    return with_particle_field(*raw, [&](const auto &field) {
        for (i64 n = first; n < last; ++n)
            distances[n] = distance_from(field, pairs(n, 0), pairs(n, 1), point(places, n));
        return NMC_OK;
    });
}

int nmc_move_nodes(const nmc_field *raw, const f64_3 *ends_, const i32_2 *names_,
                   const i32_1 *counts_, double reach, double crease, int64_t first, int64_t last,
                   f64_2 *places_, b8_1 *moved_) {
    const auto ends = in(*ends_);
    const auto names = in(*names_);
    const auto counts = in(*counts_);
    const auto places = out(*places_);
    const auto moved = out(*moved_);
    return with_particle_field(*raw, [&](const auto &field) {
        for (i64 n = first; n < last; ++n) {
            const auto edge = ends.row(n);
            const Vec corners[2] = {point(edge, 0), point(edge, 1)};
            Vec place = point(places, n);
            moved[n] = move_node(field, corners, names.row(n).data, counts[n], {reach, crease},
                                 place);
            set_point(places, n, place);
        }
        return NMC_OK;
    });
}
