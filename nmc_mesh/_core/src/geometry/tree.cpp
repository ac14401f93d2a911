#include "tree.hpp"

namespace nmc {

i64 cheapest(const Tree &tree, const Vec &p, i64 start) {
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
