// A sum over all pairs in O(n log n), by a Fenwick tree over the ranks of y.
//
// Node `at` of the tree sums up the items of the ranks at - (at & -at) + 1 .. at (from 1), so the
// items of lower rank than j are the nodes on the way at = rank, at - (at & -at), ..., 0.
#include "../array.hpp"

namespace nmc {
namespace {

// 1, x, y and x y, summed up over points.
struct Sums {
    double count, x, y, xy;

    void operator+=(const Sums &other) {
        count += other.count;
        x += other.x;
        y += other.y;
        xy += other.xy;
    }
};

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_pair_sum(const f64_1 *x_, const f64_1 *y_, const i64_1 *ranks_, double *total_) {
    const auto x = in(*x_), y = in(*y_);
    const auto ranks = in(*ranks_);
    const i64 n = x.length();
    Buffer<Sums> tree(n + 1, Sums{});
    if (!tree.ok()) return NMC_NO_MEMORY;
    Sums whole{};
    double total = 0.0;
    for (i64 j = 0; j < n; ++j) {
        Sums lower{};
        for (i64 at = ranks[j]; at > 0; at -= at & -at) lower += tree[at];
        // Points of lower y count plus, those of higher y minus: 2 lower - whole.
        const double count = 2 * lower.count - whole.count, sum_x = 2 * lower.x - whole.x;
        const double sum_y = 2 * lower.y - whole.y, sum_xy = 2 * lower.xy - whole.xy;
        total += x[j] * (y[j] * count - sum_y) - (y[j] * sum_x - sum_xy);
        const Sums item{1.0, x[j], y[j], x[j] * y[j]};
        whole += item;
        for (i64 at = ranks[j] + 1; at <= n; at += at & -at) tree[at] += item;
    }
    *total_ = total;
    return NMC_OK;
}
