#include "flips.hpp"

#include <utility>

namespace nmc {
namespace {

constexpr double INF = std::numeric_limits<double>::infinity();

// Least fitness of the cells that close a pit, and the most edges that are removed at one.
constexpr double CAP = 0.05;
constexpr int MOST_CAPS = 16;

// The best triangulations of the polygons ring[i .. j]: the quality of the worst of their cells,
// and the third corner of the triangle over the side i j.
struct Plan {
    double best[RING + 1][RING + 1];
    int split[RING + 1][RING + 1];

    double make(const Work &work, i64 a, i64 b, const i64 *ring, int first, int last,
                bool outside_a, bool outside_b, double floor);
    void carry_out(const Work &work, i64 a, i64 b, const i64 *ring, int first, int last,
                   i32 label, Stack &slots) const;
};

// Plan the polygon ring[first .. last], narrow parts first; return the quality of its worst cell.
// Of plans not above `floor` none is of use, so they are not made: they count as -2.
double Plan::make(const Work &work, i64 a, i64 b, const i64 *ring, int first, int last,
                  bool outside_a, bool outside_b, double floor) {
    for (int i = first; i < last; ++i) best[i][i + 1] = 1.0;
    for (int width = 2; width <= last - first; ++width)
        for (int i = first; i + width <= last; ++i) {
            const int j = i + width;
            double top = -2.0;
            int at = i + 1;
            for (int k = i + 1; k < j; ++k) {
                const double low = most(floor, top);
                double q = least(best[i][k], best[k][j]);
                if (!(q > low)) continue;
                q = least(q, work.fitness_as(outside_b, low, q, ring[i], ring[k], ring[j], b));
                if (!(q > low)) continue;
                q = least(q, work.fitness_as(outside_a, low, q, ring[k], ring[i], ring[j], a));
                if (!(q > low)) continue;
                top = q;
                at = k;
            }
            best[i][j] = top;
            split[i][j] = at;
        }
    return best[first][last];
}

// Write the planned cells of the polygon ring[first .. last] into dead cells of the stack.
void Plan::carry_out(const Work &work, i64 a, i64 b, const i64 *ring, int first, int last,
                     i32 label, Stack &slots) const {
    int todo[RING + 2][2] = {{first, last}};
    int height = 1;
    while (height > 0) {
        --height;
        const int i = todo[height][0], j = todo[height][1];
        if (j - i < 2) continue;
        const int k = split[i][j];
        work.put_cell(slots.pop(), ring[i], ring[k], ring[j], b, label);
        work.put_cell(slots.pop(), ring[k], ring[i], ring[j], a, label);
        todo[height][0] = i;
        todo[height][1] = k;
        todo[height + 1][0] = k;
        todo[height + 1][1] = j;
        height += 2;
    }
}

// Distance of the lines a b and p r.
double gap(Vec a, Vec b, Vec p, Vec r) {
    const Vec normal = cross(b - a, r - p);
    const double size = norm(normal);
    if (size == 0.0) return INF;
    return std::fabs(dot(normal, p - a)) / size;
}

bool lies_in_slab(const Work &work, const Ring &ring, i32 slab) {
    for (int i = 0; i < ring.count; ++i)
        if (work.slab[ring.vertices[i]] != slab) return false;
    return true;
}

// Rotate the ring to the left.
void turn(Ring &ring, int by) {
    for (; by > 0; --by) {
        const i64 cell = ring.cells[0], vertex = ring.vertices[0];
        for (int i = 0; i < ring.count - 1; ++i) {
            ring.cells[i] = ring.cells[i + 1];
            ring.vertices[i] = ring.vertices[i + 1];
        }
        ring.cells[ring.count - 1] = cell;
        ring.vertices[ring.count - 1] = vertex;
    }
}

// Remove the edge a b if the worst quality rises by `gain`.
void remove_edge(const Work &work, i64 a, i64 b, double gain, double flat, Stack &dead) {
    Ring ring;
    work.find_ring(a, b, ring);
    const int n = ring.count;
    const i32 slab = work.slab[a];
    if (n == 0 || work.slab[b] != slab || !lies_in_slab(work, ring, slab)) return;
    const auto label = [&](int i) { return work.labels[ring.cells[i]]; };
    const auto is_cut = [&](int i) { return label(i) != label((i + n - 1) % n); };
    int cuts = 0;
    for (int i = 0; i < n; ++i) cuts += is_cut(i);
    if (cuts > 2) return;
    double worst = 1.0;
    for (int i = 0; i < n; ++i)
        worst = least(worst, work.fitness_of(ring.cells[i], -INF, worst));
    const double floor = worst + gain;

    // The parts ring[0 .. middle] and, on a boundary, ring[middle .. n], whose last is the first.
    int middle = n - 1;
    int start = 0;
    if (cuts == 2)
        while (!is_cut(start)) ++start;
    turn(ring, start);
    const i32 first_label = label(0);
    i32 second_label = first_label;
    if (cuts == 2) {
        middle = 1;
        while (label(middle) == first_label) ++middle;
        second_label = label(middle);
        if (middle < 2 || n - middle < 2) return;
        if (gap(work.at(a), work.at(b), work.at(ring.vertices[0]),
                work.at(ring.vertices[middle])) > flat)
            return;
        ring.vertices[n] = ring.vertices[0];
    }
    Plan plan;
    const bool first_outside = first_label <= 0, second_outside = second_label <= 0;
    if (!(plan.make(work, a, b, ring.vertices, 0, middle, first_outside, first_outside, floor) >
          floor))
        return;
    if (cuts == 2 && !(plan.make(work, a, b, ring.vertices, middle, n, second_outside,
                                 second_outside, floor) > floor))
        return;
    if (n + dead.height < 2 * (n - 2)) return;
    for (int i = 0; i < n; ++i)
        if (work.room_at(ring.vertices[i]) < 2 * n) return;

    for (int i = 0; i < n; ++i) {
        work.take_cell(ring.cells[i]);
        dead.push(ring.cells[i]);
    }
    plan.carry_out(work, a, b, ring.vertices, 0, middle, first_label, dead);
    if (cuts == 2) plan.carry_out(work, a, b, ring.vertices, middle, n, second_label, dead);
}

// The cell on the other side of the face a b c of cell t; -1 if there is none.
i64 across_face(const Work &work, i64 t, i64 a, i64 b, i64 c) {
    i64 across = -1;
    const View<i32, 1> list = work.cells_at(a);
    for (i64 n = 0; n < list.length(); ++n) {
        if (list[n] == t) continue;
        int hits = 0;
        for (int i = 0; i < 4; ++i) {
            const i64 m = work.cells(list[n], i);
            hits += m == a || m == b || m == c;
        }
        if (hits == 3) across = list[n];
    }
    return across;
}

// Replace the face of cell t opposite its corner k by an edge (2 cells to 3) if that helps.
void remove_face(const Work &work, i64 t, int k, double gain, Stack &dead) {
    const i64 d = work.cells(t, k), c = work.cells(t, (k + 3) & 3);
    i64 a = work.cells(t, (k + 1) & 3), b = work.cells(t, (k + 2) & 3);
    if (k & 1) std::swap(a, b);
    // (d, a, b, c) is positive
    const i64 across = across_face(work, t, a, b, c);
    const i32 label = work.labels[t];
    if (across < 0 || work.labels[across] != label || dead.height < 1) return;
    i64 e = -1;
    for (int i = 0; i < 4; ++i) {
        const i64 m = work.cells(across, i);
        if (m != a && m != b && m != c) e = m;
    }
    const i32 slab = work.slab[a];
    for (const i64 m : {b, c, d, e})
        if (work.slab[m] != slab) return;
    if (work.room_at(d) < 2 || work.room_at(e) < 2) return;
    const double own = work.fitness_of(t, -INF, INF);
    const double floor = least(own, work.fitness_of(across, -INF, own)) + gain;
    const auto is_better = [&](i64 p, i64 q) {
        return work.fitness_as(label <= 0, floor, floor, d, p, q, e) > floor;
    };
    if (!is_better(a, b) || !is_better(b, c) || !is_better(c, a)) return;
    work.take_cell(t);
    work.take_cell(across);
    work.put_cell(dead.pop(), d, a, b, e, label);
    work.put_cell(t, d, b, c, e, label);
    work.put_cell(across, d, c, a, e, label);
}

// Whether grains are at a vertex.
bool touches_grain(const Work &work, i64 v) {
    const View<i32, 1> list = work.cells_at(v);
    for (i64 n = 0; n < list.length(); ++n)
        if (work.labels[list[n]] > 0) return true;
    return false;
}

// Remove the edge v w where all cells round it are outside and the new ones at v would be good
// enough for a grain; false if it stays.
bool cut_off(const Work &work, i64 v, i64 w, Stack &dead) {
    Ring ring;
    work.find_ring(v, w, ring);
    const int n = ring.count;
    if (n == 0 || n + dead.height < 2 * (n - 2)) return false;
    const i32 label = work.labels[ring.cells[0]];
    for (int i = 0; i < n; ++i)
        if (work.labels[ring.cells[i]] != label || work.room_at(ring.vertices[i]) < 2 * n)
            return false;
    if (label >= 0) return false;
    Plan plan;
    if (!(plan.make(work, v, w, ring.vertices, 0, n - 1, false, true, CAP) > CAP)) return false;
    for (int i = 0; i < n; ++i) {
        work.take_cell(ring.cells[i]);
        dead.push(ring.cells[i]);
    }
    plan.carry_out(work, v, w, ring.vertices, 0, n - 1, label, dead);
    return true;
}

}  // namespace

void cap_pit(const Work &work, i64 v, Stack &dead) {
    bool removed = true;
    for (int turn = 0; turn < MOST_CAPS && removed; ++turn) {
        removed = false;
        const View<i32, 1> list = work.cells_at(v);
        for (i64 n = 0; n < list.length() && !removed; ++n) {
            if (work.labels[list[n]] >= 0) continue;
            for (int i = 0; i < 4 && !removed; ++i) {
                const i64 w = work.cells(list[n], i);
                if (w != v && !touches_grain(work, w)) removed = cut_off(work, v, w, dead);
            }
        }
    }
}

// A removal that needs as many cells as it frees, of four round an edge, is not seen as a change,
// and goes on with the cell's new edges.
void try_flips(const Work &work, i64 t, double gain, double flat, Stack &dead) {
    const i64 before = dead.height;
    for (int i = 0; i < 3; ++i)
        for (int j = i + 1; j < 4; ++j) {
            remove_edge(work, work.cells(t, i), work.cells(t, j), gain, flat, dead);
            if (dead.height != before || work.labels[t] == DEAD) return;
        }
    for (int k = 0; k < 4; ++k) {
        remove_face(work, t, k, gain, dead);
        if (dead.height != before) return;
    }
}

}  // namespace nmc

using namespace nmc;

int nmc_cap_pits(const nmc_work *work_, const i32_1 *pits_, i64_1 *dead_, int64_t height,
                 int64_t *rest) {
    const Work work(*work_);
    const auto pits = in(*pits_);
    Stack dead = {out(*dead_), height};
    for (i64 n = 0; n < pits.length(); ++n) cap_pit(work, pits[n], dead);
    *rest = dead.height;
    return NMC_OK;
}
