// Gauss's rule on [-1, 1]: nodes are the roots of Legendre's polynomial P_n.
#include "../array.hpp"
#include "../elementary.hpp"

#include <cmath>

namespace nmc {
namespace {

constexpr double PI = 3.141592653589793;
constexpr int STEPS = 100;  // Newton's method needs five

struct Legendre {
    double value, slope;
};

// j P_j = (2j - 1) x P_(j-1) - (j - 1) P_(j-2);   (1 - x^2) P_n' = n (P_(n-1) - x P_n)
Legendre legendre(i64 n, double x) {
    double older = 1.0, value = x;
    for (i64 j = 2; j <= n; ++j) {
        const double next = ((2.0 * j - 1.0) * x * value - (j - 1.0) * older) / static_cast<double>(j);
        older = value;
        value = next;
    }
    return {value, static_cast<double>(n) * (older - x * value) / ((1.0 - x) * (1.0 + x))};
}

// The k-th root from above, by Newton's method from cos(pi (k + 3/4) / (n + 1/2)); it ends where a
// step is no smaller than the last one was, which is at the rounding.
double root(i64 n, i64 k) {
    double x = exact::cos(PI * (static_cast<double>(k) + 0.75) / (static_cast<double>(n) + 0.5));
    double last = 1.0;
    for (int step = 0; step < STEPS; ++step) {
        const Legendre p = legendre(n, x);
        const double way = p.value / p.slope;
        if (!(std::fabs(way) < last)) break;
        last = std::fabs(way);
        x -= way;
    }
    return x;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_gauss_rule(f64_1 *nodes_, f64_1 *weights_) {
    const auto nodes = out(*nodes_), weights = out(*weights_);
    const i64 n = nodes.length();
    for (i64 k = 0; 2 * k < n; ++k) {
        const double x = n == 1 || 2 * k + 1 == n ? 0.0 : root(n, k);
        const double slope = n == 1 ? 1.0 : legendre(n, x).slope;
        const double weight = 2.0 / ((1.0 - x) * (1.0 + x) * (slope * slope));
        nodes[k] = -x;
        nodes[n - 1 - k] = x;
        weights[k] = weights[n - 1 - k] = weight;
    }
    return NMC_OK;
}
