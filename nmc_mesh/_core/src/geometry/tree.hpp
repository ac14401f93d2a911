// A binary tree over the seeds of a GBPD, with a lower bound of the cost in every node.
//
// Node k has the children 2k + 1 and 2k + 2. It holds the box of its seeds, the smallest eigenvalue
// and the largest offset among them, so that for each of its seeds
//
//     q_i(x) >= smallest eigenvalue * distance(x, box)^2 - largest offset.
#pragma once

#include "cost.hpp"

namespace nmc {

struct Tree {
    View<const double, 2> rows;   // (n, 10), in tree order
    View<const i32, 1> order;     // (n,), the seed at each place
    View<const i32, 2> span;      // (m, 2), places of every node
    View<const double, 2> nodes;  // (m, 8): lower corner, upper corner, smallest eigenvalue, offset
    View<const double, 1> scale;  // (8,): box of all seeds, largest trace, largest |offset|

    explicit Tree(const nmc_tree &raw)
        : rows(in(raw.rows)), order(in(raw.order)), span(in(raw.span)), nodes(in(raw.nodes)),
          scale(in(raw.scale)) {}
};

// Depth of the search's stack: two nodes per level, and a tree of 2^31 seeds has 28 levels.
constexpr int DEEP = 64;

// A bound of the rounding errors of all costs within `reach` of a point, in um^2.
double guard(const View<const double, 1> &scale, Vec p, double reach);

// A lower bound of the costs of node k in the box of half sizes h around a point.
double lower_bound(const View<const double, 2> &nodes, i64 k, Vec p, Vec h);

// The place in tree order of the seed of least cost, lowest seed first among equals. `start` is any
// place to begin from: a good guess saves time and never changes the result.
i64 cheapest(const Tree &tree, Vec p, i64 start);

}  // namespace nmc
