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

// Guard against rounding, as a share of the largest term of a cost: some thousand ulps, where a
// cost of ten operations errs by ten at most.
constexpr double ROUNDING = 1e-12;

// A bound of the rounding errors of all costs within `reach` of a point, in um^2.
inline double guard(const View<const double, 1> &scale, const Vec &p, double reach) {
    const double u = most(std::fabs(p.x - scale[0]), std::fabs(p.x - scale[3])) + reach;
    const double v = most(std::fabs(p.y - scale[1]), std::fabs(p.y - scale[4])) + reach;
    const double w = most(std::fabs(p.z - scale[2]), std::fabs(p.z - scale[5])) + reach;
    const double spread =
        u * (u + std::fabs(p.x)) + v * (v + std::fabs(p.y)) + w * (w + std::fabs(p.z));
    return ROUNDING * (scale[6] * spread + scale[7]);
}

// A lower bound of the costs of node k in the box of half sizes h around a point.
inline double lower_bound(const View<const double, 2> &nodes, i64 k, const Vec &p, const Vec &h) {
    const View<const double, 1> node = nodes.row(k);
    const double u = most(0.0, most(node[0] - p.x, p.x - node[3]) - h.x);
    const double v = most(0.0, most(node[1] - p.y, p.y - node[4]) - h.y);
    const double w = most(0.0, most(node[2] - p.z, p.z - node[5]) - h.z);
    return node[6] * (u * u + v * v + w * w) - node[7];
}

// The place in tree order of the seed of least cost, lowest seed first among equals. `start` is any
// place to begin from: a good guess saves time and never changes the result.
i64 cheapest(const Tree &tree, const Vec &p, i64 start);

}  // namespace nmc
