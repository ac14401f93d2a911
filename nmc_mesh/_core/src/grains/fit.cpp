// The fit of a diagram to labels: candidates of points, the loss, and moments of its slope.
//
// Several seeds may own the same label: `owner` names the label of every seed, `truth` that of
// every point. Points come in blocks, block b being starts[b] : starts[b + 1].
#include <limits>

#include "../elementary.hpp"
#include "../geometry/cost.hpp"

namespace nmc {
namespace {

constexpr double INFINITE = std::numeric_limits<double>::infinity();
constexpr i64 NEAR = 40;
// Costs this much above the best one have no weight in double precision.
constexpr double FAR = 40.0;

// Put a seed into its place among the `count` cheapest, if it belongs there.
void insert(double *best, i32 *names, i64 count, double q, i32 i) {
    if (!(q < best[count - 1])) return;
    i64 k = count - 1;
    for (; k > 0 && best[k - 1] > q; --k) {
        best[k] = best[k - 1];
        names[k] = names[k - 1];
    }
    best[k] = q;
    names[k] = i;
}

struct Given {
    View<const double, 2> rows;
    View<const i32, 1> owner;
    View<const double, 2> points;
    View<const i32, 1> truth;
};

Vec middle(const View<const double, 2> &points, i64 start, i64 stop) {
    Vec sum{};
    for (i64 p = start; p < stop; ++p) sum = sum + point(points, p);
    const double size = static_cast<double>(stop - start);
    return {sum.x / size, sum.y / size, sum.z / size};
}

// The cheapest seed at a point that owns a label; `other` if none does.
i32 cheapest_owner(const Given &given, Vec x, i32 label, i32 other) {
    double least = INFINITE;
    for (i64 i = 0; i < given.rows.length(); ++i) {
        if (given.owner[i] != label) continue;
        const double q = cost(given.rows, i, x);
        if (q < least) {
            least = q;
            other = static_cast<i32>(i);
        }
    }
    return other;
}

// Choose the cheapest of some near seeds at point p and return its lead; see nmc_choose_seeds.
// `best` is scratch memory for as many numbers as seeds are chosen.
double choose(const Given &given, const i32 *near, i64 near_count, i64 p,
              const View<i32, 1> &chosen, Buffer<double> &best) {
    const Vec x = point(given.points, p);
    const i64 count = chosen.length();
    for (i64 k = 0; k < count; ++k) best[k] = INFINITE;
    for (i64 k = 0; k < near_count; ++k)
        insert(best.data(), chosen.data, count, cost(given.rows, near[k], x), near[k]);
    double own = INFINITE, other = INFINITE;
    for (i64 k = 0; k < count; ++k) {
        double &least_cost = given.owner[chosen[k]] == given.truth[p] ? own : other;
        least_cost = least(least_cost, best[k]);
    }
    if (own == INFINITE)
        chosen[count - 1] = cheapest_owner(given, x, given.truth[p], chosen[count - 1]);
    return own < INFINITE ? other - own : -INFINITE;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_choose_seeds(const f64_2 *rows, const i32_1 *owner, const f64_2 *points,
                     const i32_1 *truth, const i64_1 *starts_, i32_2 *chosen_, f64_1 *lead_,
                     int64_t first, int64_t last) {
    const Given given{in(*rows), in(*owner), in(*points), in(*truth)};
    const auto starts = in(*starts_);
    const auto chosen = out(*chosen_);
    const auto lead = out(*lead_);
    const i64 seeds = given.rows.length(), near_count = seeds < NEAR ? seeds : NEAR;
    Buffer<double> best(chosen.shape[1]);
    if (!best.ok()) return NMC_NO_MEMORY;
    for (i64 b = first; b < last; ++b) {
        const Vec x = middle(given.points, starts[b], starts[b + 1]);
        i32 near[NEAR] = {};
        double low[NEAR];
        for (i64 k = 0; k < near_count; ++k) low[k] = INFINITE;
        for (i64 i = 0; i < seeds; ++i)
            insert(low, near, near_count, cost(given.rows, i, x), static_cast<i32>(i));
        for (i64 p = starts[b]; p < starts[b + 1]; ++p)
            lead[p] = choose(given, near, near_count, p, chosen.row(p), best);
    }
    return NMC_OK;
}

int nmc_fit_slope(const f64_2 *rows_, const i32_1 *owner_, const f64_2 *points_,
                  const i32_1 *truth_, const i32_2 *chosen_, int64_t start, int64_t stop,
                  f64_2 *moments_, double *loss) {
    const Given given{in(*rows_), in(*owner_), in(*points_), in(*truth_)};
    const auto chosen = in(*chosen_);
    const auto moments = out(*moments_);
    const i64 count = chosen.shape[1];
    Buffer<double> costs(count), shares(count);
    if (!costs.ok() || !shares.ok()) return NMC_NO_MEMORY;
    double total = 0.0;
    for (i64 p = start; p < stop; ++p) {
        const Vec x = point(given.points, p);
        const i32 label = given.truth[p];
        double least_cost = INFINITE, least_own = INFINITE;
        for (i64 k = 0; k < count; ++k) {
            const i32 i = chosen(p, k);
            costs[k] = cost(given.rows, i, x);
            least_cost = least(least_cost, costs[k]);
            if (given.owner[i] == label) least_own = least(least_own, costs[k]);
        }
        double weight = 0.0, own = 0.0;
        for (i64 k = 0; k < count; ++k) {
            const double excess = costs[k] - least_cost;
            shares[k] = excess < FAR ? exact::exp(-excess) : 0.0;
            weight += shares[k];
            if (given.owner[chosen(p, k)] == label)
                own += exact::exp(least_own - costs[k]);
        }
        total += least_own - least_cost + exact::log(weight) - exact::log(own);
        for (i64 k = 0; k < count; ++k) {
            const i32 i = chosen(p, k);
            double slope = -shares[k] / weight;
            if (given.owner[i] == label)
                slope += exact::exp(least_own - costs[k]) / own;
            if (std::fabs(slope) < 1e-12) continue;
            const Seed &seed = seed_at(given.rows, i);
            const double u = x.x - seed.s0, v = x.y - seed.s1, w = x.z - seed.s2;
            const double row[] = {slope * u,     slope * v,     slope * w,     slope * u * u,
                                  slope * v * v, slope * w * w, slope * u * v, slope * u * w,
                                  slope * v * w, slope};
            for (int c = 0; c < 10; ++c) moments(i, c) += row[c];
        }
    }
    *loss = total;
    return NMC_OK;
}
