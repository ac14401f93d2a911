#include "collapse.hpp"

#include "link.hpp"

namespace nmc {

// The labels that the star's vertex and u have in common, as the star's bits.
static i32 common_bits(const Work &work, const Star &star, i64 u) {
    i32 bits = 0;
    const View<i32, 1> list = work.cells_at(u);
    for (i64 place = 0; place < list.length(); ++place)
        for (int n = 0; n < star.n_names; ++n)
            bits |= (star.names[n] == work.labels[list[place]]) << n;
    return bits;
}

double collapse_gain(const Work &work, const Star &star, i64 u, double floor, double longest2,
                     double fuse2) {
    int shared = 0;
    i32 bits = 0;
    for (int i = 0; i < star.size; ++i)
        if (star.is_joined(i, u)) {
            ++shared;
            bits |= star.bits[i];
        }
    if (shared == 0) return -1.0;
    // The cells around the edge have to know all labels of the vertex that goes: else it would be
    // moved off a stratum. Two junctions that are close are one as far as the mesh can tell.
    if (bits != (1 << star.n_names) - 1) {
        const bool is_short = square(work.at(u) - work.at(star.vertex)) < fuse2;
        if (!is_short || bits != common_bits(work, star, u)) return -1.0;
    }
    // Lists of cells have fixed room: threads share them, and growing one would move others.
    if (work.room_at(u) < star.size - 2 * shared) return -1.0;
    const Vec place = work.at(u);
    double worst = 1.0;
    for (int i = 0; i < star.size; ++i) {
        if (star.is_joined(i, u)) continue;
        const Vec a = work.at(star.faces[i][0]), b = work.at(star.faces[i][1]),
                  c = work.at(star.faces[i][2]);
        if (square(a - place) > longest2 || square(b - place) > longest2 ||
            square(c - place) > longest2)
            return -1.0;
        // Of cells outside too the angles count here; floor is not less than 0, so those that are
        // not safe are refused.
        const double q =
            star.outside[i]
                ? outside_fitness(fitness_between(work.measure, SAFE, SAFE, place, a, b, c))
                : fitness_between(work.measure, floor, worst, place, a, b, c);
        if (q >= worst) continue;
        worst = q;  // given up as soon as it is no gain: most tries end at the first cells
        if (!(worst > floor)) return -1.0;
    }
    return worst;
}

// Whether a cell that is not at both ends of an edge has the label of a cell t, and touches it.
static bool lives_on(const Work &work, i64 t, i64 from, i64 to) {
    for (int k = 0; k < 4; ++k) {
        const View<i32, 1> list = work.cells_at(work.cells(t, k));
        for (i64 place = 0; place < list.length(); ++place) {
            const i64 s = list[place];
            if (work.labels[s] != work.labels[t]) continue;
            bool at_from = false, at_to = false;
            for (int n = 0; n < 4; ++n) {
                at_from = at_from || work.cells(s, n) == from;
                at_to = at_to || work.cells(s, n) == to;
            }
            if (!(at_from && at_to)) return true;
        }
    }
    return false;
}

// Whether collapsing the star's vertex onto u would leave nothing of a grain.
static bool loses_grain(const Work &work, const Star &star, i64 u) {
    for (int i = 0; i < star.size; ++i) {
        const i64 t = star.cells[i];
        if (star.is_joined(i, u) && work.labels[t] > 0 && !lives_on(work, t, star.vertex, u))
            return true;
    }
    return false;
}

void collapse(const Work &work, const Star &star, i64 u, Stack &dead) {
    for (int i = 0; i < star.size; ++i) {
        if (!star.is_joined(i, u)) continue;
        const i64 t = star.cells[i];
        for (const i64 m : star.faces[i]) work.remove_from_star(m, t);
        work.labels[t] = DEAD;
        dead.push(t);
    }
    for (int i = 0; i < star.size; ++i) {
        const i64 t = star.cells[i];
        if (work.labels[t] == DEAD) continue;
        // The corner is replaced where it stands, so the cell keeps its orientation.
        for (int k = 0; k < 4; ++k)
            if (work.cells(t, k) == star.vertex) work.cells(t, k) = static_cast<i32>(u);
        work.add_to_star(u, t);
    }
    work.degree[star.vertex] = 0;
    work.touched[u] = true;
}

bool try_collapses(const Work &work, i64 t, double longest2, double fuse2, double gain,
                   Corners &corners, Stack &dead) {
    double best = 0.0;
    int from = -1;
    i64 to = -1;
    for (int i = 0; i < 4; ++i) {
        Star &star = corners.stars[i];
        corners.free[i] = star.read(work, work.cells(t, i));
        if (!corners.free[i]) continue;
        star.suspect(t);
        const double floor = star.worst_at(work, star.origin(), -1e300) + gain;
        for (int k = 0; k < 4; ++k) {
            if (k == i) continue;
            const i64 u = work.cells(t, k);
            const double q = collapse_gain(work, star, u, most(floor, best), longest2, fuse2);
            if (q > floor && q > best && !(fuse2 > 0.0 && pinches(work, star, u, corners.other)) &&
                !loses_grain(work, star, u)) {
                best = q;
                from = i;
                to = u;
            }
        }
    }
    if (from < 0) return false;
    collapse(work, corners.stars[from], to, dead);
    return true;
}

}  // namespace nmc
