// A mesh under work: cells come and go, and every vertex keeps a list of the cells at it.
//
// The list of vertex v stands at pool[start[v]], pool[start[v] + 1], ... with degree[v] entries and
// some room behind. Which cell is where in a list decides which of equal moves is tried first, so
// the order is part of the result: cells leave without changing it and enter at the end.
//
//     pool   | list 0 . . | list 1 . . | ...     | list 1, wider . . . . . . . | ...
//              tight: few entries more           taken[0] lists that grew, once each
//
// A list may take ROOM entries more than it began with, but few do; most keep to the TIGHT ones
// that they have room for, and one that grows beyond moves to where there is room for all. Memory
// that no list moved to is never touched, so the system gives none for it. Where a list goes depends
// on who comes first, what is in it does not.
#pragma once

#include "shape.hpp"

namespace nmc {

// The label of a cell that is not there (any more).
constexpr i32 DEAD = INT32_MIN;

// Entries more than it began with that a list may take, and that it has room for where it is; as in
// nmc_mesh/mesher/stars.py.
constexpr i32 ROOM = 14, TIGHT = 3;

// Volume quality that a cell outside must have: enough for its sign to be sure. It is dropped in the
// end, so more is of no use, and would forbid what mends cells of grains in valleys of a shell.
constexpr double SAFE = 1e-4;

// The most cells round an edge that is to be removed: the plan grows with their cube, and an edge
// with more is rarely worth it.
constexpr int RING = 8;

// The fitness of a cell outside: as good as any where it is safely positive.
inline double outside_fitness(double by_volume) {
    return by_volume > SAFE ? 1.0 : by_volume - SAFE;
}

// The cells round an edge a b in turning order: cell i has the vertices (a, b, vertices[i],
// vertices[i + 1]), positively oriented.
struct Ring {
    i64 cells[RING];
    i64 vertices[2 * RING];  // the first one may be repeated behind the last
    int count = 0;
};

class Work {
public:
    View<double, 2> points;       // (n, 3), um
    View<i32, 2> cells;           // (m, 4)
    View<i32, 1> labels;          // (m,), DEAD where no cell is
    View<i64, 1> start;           // (n,)
    View<i32, 1> degree;          // (n,), number of cells at every vertex
    View<const i32, 1> most;      // (n,), number of cells that the list may have
    View<i32, 1> pool;
    View<i64, 1> taken;           // (1,): from here on nothing is in the pool
    i64 tight;                    // from here on are lists that grew
    Measure measure;
    View<const i32, 1> slab;      // (n,): a thread touches vertices of one slab alone
    View<bool, 1> touched;        // (n,): vertices that moved or whose cells changed
    View<const double, 1> edge;   // (n,): cell edges over the lattice's; empty where all are 1

    explicit Work(const nmc_work &raw)
        : points(out(raw.points)), cells(out(raw.cells)), labels(out(raw.labels)),
          start(out(raw.start)), degree(out(raw.degree)), most(in(raw.most)), pool(out(raw.pool)),
          taken(out(raw.taken)), tight(raw.tight), measure(static_cast<Measure>(raw.measure)), slab(in(raw.slab)),
          touched(out(raw.touched)), edge(in(raw.edge)) {}

    Vec at(i64 v) const { return point(points, v); }
    void move(i64 v, Vec to) const {
        points(v, 0) = to.x;
        points(v, 1) = to.y;
        points(v, 2) = to.z;
    }

    // How much longer than the lattice's the cell edges at vertex v are meant to be.
    double stretch(i64 v) const { return edge.length() > 0 ? edge[v] : 1.0; }
    // The least of that at the vertices of cell t.
    double stretch_of_cell(i64 t) const {
        const i32 *c = corners(t);
        return least(least(stretch(c[0]), stretch(c[1])), least(stretch(c[2]), stretch(c[3])));
    }

    // The vertices of cell t.
    const i32 *corners(i64 t) const {
        NMC_CHECK(0 <= t && t < cells.shape[0] && cells.shape[1] == 4);
        return cells.data + 4 * t;
    }

    // The cells at vertex v.
    View<i32, 1> cells_at(i64 v) const {
        View<i32, 1> list;
        list.data = pool.data + start[v];
        list.shape[0] = degree[v];
        return list;
    }
    // How many more cells the list of vertex v can take.
    i64 room_at(i64 v) const { return most[v] - degree[v]; }

    // Fitness that a cell of these vertices has, or would have, where it lies between `low` and
    // `high`; else any number on the same side.
    double fitness_as(bool outside, double low, double high, i64 a, i64 b, i64 c, i64 d) const {
        if (outside) return outside_fitness(quality(at(a), at(b), at(c), at(d)));
        return fitness_between(measure, low, high, at(a), at(b), at(c), at(d));
    }
    double fitness_of(i64 t, double low, double high) const {
        const i32 *c = corners(t);
        return fitness_as(labels[t] <= 0, low, high, c[0], c[1], c[2], c[3]);
    }
    // Whether a cell is inside and its fitness under `good`.
    bool is_bad(i64 t, double good) const {
        if (labels[t] <= 0) return false;
        const i32 *c = corners(t);
        return is_under(measure, good, at(c[0]), at(c[1]), at(c[2]), at(c[3]));
    }

    void add_to_star(i64 v, i64 t) const {
        if (start[v] < tight && degree[v] == most[v] - ROOM + TIGHT) widen(v);
        pool[start[v] + degree[v]] = static_cast<i32>(t);
        ++degree[v];
    }
    void remove_from_star(i64 v, i64 t) const;
    // Move the list of vertex v to where it has room for as many cells as it may have.
    void widen(i64 v) const;

    // Write a new cell and enter it in the lists of its vertices.
    void put_cell(i64 t, i64 a, i64 b, i64 c, i64 d, i32 label) const;
    // Delete a cell and take it out of the lists of its vertices.
    void take_cell(i64 t) const;

    // The cells round the edge a b; none where they do not close up or are more than RING.
    void find_ring(i64 a, i64 b, Ring &ring) const;
};

// The stack of cells that are dead, from which new ones are taken.
struct Stack {
    View<i64, 1> cells;
    i64 height;
    i64 reused = 0;  // how many were taken so far

    void push(i64 t) { cells[height++] = t; }
    i64 pop() {
        ++reused;
        return cells[--height];
    }
};

}  // namespace nmc
