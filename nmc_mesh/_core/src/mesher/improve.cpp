// The rounds' two passes over the mesh, and which cells need mending.
//
// A thread works on one slab: all that a pass changes, or reads of what others change, lies in it.
#include "collapse.hpp"
#include "flips.hpp"
#include "smooth.hpp"

namespace nmc {
namespace {

// Longest new edge of a collapse, in cell edges.
constexpr double LONGEST = 1.9;
// How far a boundary may move by a flip, in cell edges.
constexpr double FLAT = 0.12;
// Junctions nearer to each other than this, in cell edges, may be fused.
constexpr double FUSE = 0.3;
// What fitting onto the strata leaves of quality in the first round: later ones mend it.
constexpr double FIT = 0.12;

// Fit and smooth the vertices order[first:last]. By volume the worst cell is lifted, by angles the
// mean and then, up to `aim`, the least acute angle: the cells under `good` are mended one by one.
template <Field F>
void treat_vertices(const F &field, const Work &work, const Treatment &treatment,
                    double aim, View<const i32, 1> order, i64 first, i64 last, Star &star) {
    const Smoother<F> smoother(field, work, treatment);
    for (i64 n = first; n < last; ++n) {
        if (!star.read(work, order[n])) continue;
        if (work.measure == VOLUME) {
            smoother.fit(star, FIT);
            smoother.smooth(star, -1.0);
        } else {
            smoother.fit(star, treatment.good);
            smoother.polish(star, treatment.good);
            smoother.lift(star, aim, treatment.good);
        }
    }
}

// Mend one cell: collapse, else flip, else smooth its vertices; up to three times.
template <Field F>
void mend(const Smoother<F> &smoother, const Work &work, const Treatment &treatment, i64 t,
          Corners &corners, Stack &dead) {
    const double edge = treatment.edge * work.stretch_of_cell(t);
    const double longest2 = (LONGEST * edge) * (LONGEST * edge);
    const double fuse = treatment.leave > 0.5 * treatment.edge ? FUSE * edge : 0.0;
    const double fuse2 = fuse * fuse;
    for (int turn = 0; turn < 3; ++turn) {
        if (!work.is_bad(t, treatment.good)) return;
        if (try_collapses(work, t, longest2, fuse2, GAIN, corners, dead)) continue;
        const i64 height = dead.height, reused = dead.reused;
        try_flips(work, t, GAIN, FLAT * edge, dead);
        if (dead.height != height) continue;
        // The stars that the collapses looked at are what they were, until something changes.
        bool changed = dead.reused != reused, moved = false;
        for (int i = 0; i < 4; ++i) {
            Star &star = corners.stars[i];
            if (changed ? !star.read(work, work.cells(t, i)) : !corners.free[i]) continue;
            star.suspect(t);
            if (smoother.smooth(star, treatment.good)) changed = moved = true;
        }
        if (!moved) return;
    }
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_vertex_pass(const nmc_field *raw, const nmc_work *work_, const i32_1 *order_, double edge,
                    double good, double leave, double aim, int64_t seed, int64_t first,
                    int64_t last) {
    const Work work(*work_);
    Star star;
    return with_field(*raw, [&](const auto &field) {
        treat_vertices(field, work, {edge, good, leave, seed}, aim, in(*order_), first, last,
                       star);
        return NMC_OK;
    });
}

int nmc_cell_pass(const nmc_field *raw, const nmc_work *work_, const i32_1 *order_, double edge,
                  double good, double leave, int64_t seed, i64_1 *dead_, int64_t height,
                  int64_t first, int64_t last, int64_t *rest) {
    const Work work(*work_);
    const Treatment treatment = {edge, good, leave, seed};
    const auto order = in(*order_);
    Stack dead = {out(*dead_), height};
    Corners corners;
    return with_field(*raw, [&](const auto &field) {
        const Smoother smoother(field, work, treatment);
        for (i64 n = first; n < last; ++n)
            mend(smoother, work, treatment, order[n], corners, dead);
        *rest = dead.height;
        return NMC_OK;
    });
}

int nmc_judge_cells(const nmc_work *work_, double good, b8_1 *bad_, int64_t first, int64_t last) {
    const Work work(*work_);
    const auto bad = out(*bad_);
    for (i64 t = first; t < last; ++t) bad[t] = work.is_bad(t, good);
    return NMC_OK;
}

int nmc_judge_stars(const nmc_work *work_, const i32_1 *vertices_, double good, b8_1 *bad_,
                    int64_t first, int64_t last) {
    const Work work(*work_);
    const auto vertices = in(*vertices_);
    const auto bad = out(*bad_);
    for (i64 n = first; n < last; ++n) {
        const i32 v = vertices[n];
        const View<i32, 1> list = work.cells_at(v);
        for (i64 place = 0; place < list.length(); ++place) {
            const i64 t = list[place];
            // A cell with several touched vertices is judged at the first of them.
            const i32 *c = work.corners(t);
            int first_touched = 0;
            while (c[first_touched] != v && !work.touched[c[first_touched]]) ++first_touched;
            if (c[first_touched] == v) bad[t] = work.is_bad(t, good);
        }
    }
    return NMC_OK;
}
