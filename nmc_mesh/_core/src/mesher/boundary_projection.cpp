// The outer surface brought onto the domain boundary: what lies beyond it, and vertices moved onto
// it where the cells that will stay allow that.
//
//        outside                 A vertex v is short of the domain boundary because cells outside,
//     ---------------- boundary  which will be dropped, kept it back. It goes to its target v' if
//           v'                   the cells inside keep their fitness, else as far as they do; if
//       ___ v ___                that is short of the boundary, it is counted.
//        inside
#include "field.hpp"
#include "shape.hpp"

namespace nmc {

// Cells, and the list of those round every vertex: entries 4 * cell + corner.
struct Around {
    View<const i32, 2> cells;
    View<const i64, 1> start;
    View<const i32, 1> order;
};

static double fitness_of(const View<const double, 2> &points, const View<const i32, 2> &cells,
                         i64 t) {
    return fitness(ANGLE, point(points, cells(t, 0)), point(points, cells(t, 1)),
                   point(points, cells(t, 2)), point(points, cells(t, 3)));
}

// The worst fitness of the cells inside at a vertex; 1 where there are none.
static double worst_at(const View<const double, 2> &points, const Around &around, i64 v) {
    double worst = 1.0;
    for (i64 p = around.start[v]; p < around.start[v + 1]; ++p)
        worst = least(worst, fitness_of(points, around.cells, around.order[p] / 4));
    return worst;
}

}  // namespace nmc

using namespace nmc;

int nmc_domain_boundary_distances(const nmc_field *raw, const f64_2 *points_, int64_t first,
                                  int64_t last, f64_1 *distances_) {
    const auto points = in(*points_);
    const auto distances = out(*distances_);
    return with_bounded_field(*raw, [&](const auto &field) {
        for (i64 n = first; n < last; ++n)
            distances[n] = field.nearest_domain_boundary(point(points, n)).value;
        return NMC_OK;
    });
}

int nmc_domain_boundaries_at(const nmc_field *raw, const f64_2 *points_, int64_t first,
                             int64_t last, i32_1 *labels_) {
    const auto points = in(*points_);
    const auto labels = out(*labels_);
    return with_bounded_field(*raw, [&](const auto &field) {
        for (i64 n = first; n < last; ++n)
            labels[n] = field.nearest_domain_boundary(point(points, n)).label;
        return NMC_OK;
    });
}

int nmc_cells_at(const nmc_field *raw, const f64_2 *points_, int64_t first, int64_t last,
                 i32_1 *labels_) {
    const auto points = in(*points_);
    const auto labels = out(*labels_);
    return with_field(*raw, [&](const auto &field) {
        for (i64 n = first; n < last; ++n) labels[n] = field.cell_at(point(points, n)).label;
        return NMC_OK;
    });
}

int nmc_labels_at(const nmc_field *raw, const f64_2 *points_, int64_t first, int64_t last,
                  i32_1 *labels_) {
    const auto points = in(*points_);
    const auto labels = out(*labels_);
    return with_field(*raw, [&](const auto &field) {
        for (i64 n = first; n < last; ++n) labels[n] = field.label_at(point(points, n)).label;
        return NMC_OK;
    });
}

int nmc_fitness_of_cells(const f64_2 *points_, const i32_2 *cells_, f64_1 *fitness_) {
    const auto points = in(*points_);
    const auto cells = in(*cells_);
    const auto fitness = out(*fitness_);
    for (i64 t = 0; t < cells.length(); ++t) fitness[t] = fitness_of(points, cells, t);
    return NMC_OK;
}

int nmc_project_to_domain_boundary(const nmc_field *raw, const i64_1 *vertices_,
                                   const i64_1 *boundaries_, f64_2 *points_) {
    const auto vertices = in(*vertices_), boundaries = in(*boundaries_);
    const auto points = out(*points_);
    return with_bounded_field(*raw, [&](const auto &field) {
        for (i64 n = 0; n < vertices.length(); ++n) {
            const Label boundary = static_cast<Label>(boundaries[n]);
            const Vec here = point(points, vertices[n]);
            set_point(points, vertices[n], field.onto_domain_boundary(boundary, here));
        }
        return NMC_OK;
    });
}

int nmc_move_to_targets(f64_2 *points_, const f64_2 *target_, const i32_2 *cells_,
                        const i64_1 *start_, const i32_1 *order_, const i64_1 *off_, double near,
                        double good, int64_t steps, int64_t *stayed_) {
    const auto points = out(*points_);
    const auto now = in(*points_), target = in(*target_);
    const Around around = {in(*cells_), in(*start_), in(*order_)};
    const auto off = in(*off_);
    i64 stayed = 0;  // the order of `off` matters: a move changes what its neighbours may do
    for (i64 n = 0; n < off.length(); ++n) {
        const i64 v = off[n];
        const Vec here = point(points, v), there = point(target, v);
        const double before = worst_at(now, around, v);
        Vec place = there;
        for (int step = steps; step > 0; --step) {
            const double share = static_cast<double>(step) / static_cast<double>(steps);
            place = step == steps ? there : here + share * (there - here);
            set_point(points, v, place);
            if (!(worst_at(now, around, v) < least(before, good))) break;
            place = here;
            set_point(points, v, here);
        }
        if (square(there - place) > near * near) ++stayed;
    }
    *stayed_ = stayed;
    return NMC_OK;
}
