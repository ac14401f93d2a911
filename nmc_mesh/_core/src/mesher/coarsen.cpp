// Larger cells: vertices collapsed onto near neighbours until edges have the length that is asked
// for.
#include "collapse.hpp"
#include "link.hpp"

namespace nmc {
namespace {

constexpr double SHORT = 0.75;   // edges shorter than this times h may go
constexpr double LONG = 1.5;     // no new edge is longer than this times h
constexpr double GOOD = 0.35;    // quality that all new cells have
constexpr int NEAREST = 4;       // neighbours that are tried; more bring few collapses
constexpr double ALMOST = 1.02;  // times the lattice's edge: where h is less, boundaries stay

// The nearest neighbour farther than `past` and nearer than `near` (squares, um^2), and how far it
// is; -1 if none is.
struct Near {
    i64 vertex;
    double far2;
};
Near next_neighbour(const Work &work, const Star &star, double past, double near) {
    Near found = {-1, near};
    for (int i = 0; i < star.size; ++i)
        for (const i64 m : star.faces[i]) {
            const double far2 = square(work.at(m) - star.origin());
            if (past < far2 && far2 < found.far2) found = {m, far2};
        }
    return found;
}

// Collapse a vertex whose edges should have the length h, if it may go.
void coarsen_at(const Work &work, i64 v, double h, double edge, Star &star, Star &other,
                Stack &dead) {
    if (!star.read(work, v) || star.n_names > 3) return;
    if (star.n_names > 1 && h <= ALMOST * edge) return;
    double past = 0.0;
    for (int trial = 0; trial < NEAREST; ++trial) {
        const Near near = next_neighbour(work, star, past, (SHORT * h) * (SHORT * h));
        if (near.vertex < 0) return;
        past = near.far2;
        if (!(collapse_gain(work, star, near.vertex, GOOD, (LONG * h) * (LONG * h)) > GOOD))
            continue;
        if (star.n_names > 1 && pinches(work, star, near.vertex, other)) continue;
        collapse(work, star, near.vertex, dead);
        return;
    }
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_coarse_pass(const nmc_work *work_, const i32_1 *order_, const f64_1 *lengths_, double edge,
                    i64_1 *dead_, int64_t height, int64_t first, int64_t last, int64_t *rest) {
    const Work work(*work_);
    const auto order = in(*order_);
    const auto lengths = in(*lengths_);
    Stack dead = {out(*dead_), height};
    Star star, other;
    for (i64 n = first; n < last; ++n)
        coarsen_at(work, order[n], lengths[order[n]], edge, star, other, dead);
    *rest = dead.height;
    return NMC_OK;
}
