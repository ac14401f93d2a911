#include "tree.hpp"

namespace nmc {

// Guard against rounding, as a share of the largest term of a cost: some thousand ulps, where a
// cost of ten operations errs by ten at most.
constexpr double ROUNDING = 1e-12;

double guard(const View<const double, 1> &scale, Vec p, double reach) {
    const double u = most(std::fabs(p.x - scale[0]), std::fabs(p.x - scale[3])) + reach;
    const double v = most(std::fabs(p.y - scale[1]), std::fabs(p.y - scale[4])) + reach;
    const double w = most(std::fabs(p.z - scale[2]), std::fabs(p.z - scale[5])) + reach;
    const double spread =
        u * (u + std::fabs(p.x)) + v * (v + std::fabs(p.y)) + w * (w + std::fabs(p.z));
    return ROUNDING * (scale[6] * spread + scale[7]);
}

double lower_bound(const View<const double, 2> &nodes, i64 k, Vec p, Vec h) {
    const View<const double, 1> node = nodes.row(k);
    const double u = most(0.0, most(node[0] - p.x, p.x - node[3]) - h.x);
    const double v = most(0.0, most(node[1] - p.y, p.y - node[4]) - h.y);
    const double w = most(0.0, most(node[2] - p.z, p.z - node[5]) - h.z);
    return node[6] * (u * u + v * v + w * w) - node[7];
}

i64 cheapest(const Tree &tree, Vec p, i64 start) {
    const double margin = guard(tree.scale, p, 0.0);
    const i64 inner = tree.span.length() / 2;
    i64 place = start;
    double best = cost(tree.rows, start, p);
    i64 stack[DEEP];
    int top = 0;
    stack[top++] = 0;
    while (top > 0) {
        const i64 k = stack[--top];
        if (lower_bound(tree.nodes, k, p, Vec{}) > best + margin) continue;
        if (k < inner) {
            // The nearer child last, so that it is looked at first and lowers the best.
            const double left = lower_bound(tree.nodes, 2 * k + 1, p, Vec{});
            const double right = lower_bound(tree.nodes, 2 * k + 2, p, Vec{});
            const i64 far = left <= right ? 2 * k + 2 : 2 * k + 1;
            stack[top++] = far;
            stack[top++] = 4 * k + 3 - far;
            continue;
        }
        for (i64 j = tree.span(k, 0); j < tree.span(k, 1); ++j) {
            const double value = cost(tree.rows, j, p);
            if (value < best || (value == best && tree.order[j] < tree.order[place])) {
                best = value;
                place = j;
            }
        }
    }
    return place;
}

}  // namespace nmc

using namespace nmc;

int nmc_label_points(const nmc_tree *raw, const f64_2 *points_, int64_t first, int64_t last,
                     i32_1 *labels_) {
    const Tree tree(*raw);
    const auto points = in(*points_);
    const auto labels = out(*labels_);
    i64 place = tree.rows.length() - 1;  // neighbours in the list are often neighbours in space
    for (i64 p = first; p < last; ++p) {
        place = cheapest(tree, point(points, p), place);
        labels[p] = tree.order[place];
    }
    return NMC_OK;
}
