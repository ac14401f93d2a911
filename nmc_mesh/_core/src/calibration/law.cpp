// The law calibrator: grains of a plane near one seed each, and their measures.
//
// On a plane every cost is a quadratic with a minimum m in a place p,
// q(x) = (x - p)^T A (x - p) + m. A row of a plane is (p_x, p_y, A_xx, A_xy, A_yy, m, sqrt of the
// largest eigenvalue of A).
#include <limits>

#include "../grains/frame.hpp"

namespace nmc {
namespace {

// Pixels along the edge of a cell that shares one list of candidates.
constexpr i64 CELL = 6;
// Cells around a cell whose seeds are looked at: for grains of a few cells that changes no label.
constexpr i64 RING = 5;
// Candidates of a cell; a plane has some tens.
constexpr int MOST = 512;

constexpr double INFINITE = std::numeric_limits<double>::infinity();

struct PlaneSeed {
    double x, y, xx, xy, yy, least, steepest;

    double form(double u, double v) const { return (xx * u + 2.0 * xy * v) * u + yy * v * v; }
};
static_assert(sizeof(PlaneSeed) == 7 * sizeof(double));

const PlaneSeed &plane_seed(const View<const double, 2> &rows, i64 i) {
    NMC_CHECK(0 <= i && i < rows.shape[0] && rows.shape[1] == 7);
    return reinterpret_cast<const PlaneSeed *>(rows.data)[i];
}

// The grid of cells with a ring around it, and the seeds of each: those of cell c are
// order[first[c] : first[c + 1]], ascending.
class SeedGrid {
public:
    i64 columns;
    Buffer<i64> first, order;

    SeedGrid(const View<const double, 2> &rows, double edge, double x0, double y0, i64 nx, i64 ny)
        : columns(ny + 2 * RING) {
        const i64 cells = (nx + 2 * RING) * columns;
        Buffer<i64> home(rows.length()), place;
        first.resize(cells + 1);
        place.resize(cells + 1);
        ok_ = home.ok() && first.ok() && place.ok();
        if (!ok_) return;
        for (i64 c = 0; c <= cells; ++c) first[c] = 0;
        for (i64 i = 0; i < rows.length(); ++i) {
            home[i] = home_of(plane_seed(rows, i), edge, x0, y0, nx);
            if (home[i] >= 0) ++first[home[i] + 1];
        }
        for (i64 c = 0; c < cells; ++c) first[c + 1] += first[c];
        for (i64 c = 0; c <= cells; ++c) place[c] = first[c];
        ok_ = order.resize(first[cells]);
        if (!ok_) return;
        for (i64 i = 0; i < rows.length(); ++i)
            if (home[i] >= 0) order[place[home[i]]++] = i;
    }
    bool ok() const { return ok_; }

private:
    bool ok_ = false;

    // The cell of a seed's minimum, -1 outside; it is compared before it becomes a whole number,
    // because flat quadratics have minima farther away than numbers reach.
    i64 home_of(const PlaneSeed &seed, double edge, double x0, double y0, i64 nx) const {
        const double a = std::floor((seed.x - x0) / edge) + static_cast<double>(RING);
        const double b = std::floor((seed.y - y0) / edge) + static_cast<double>(RING);
        const bool inside = a >= 0.0 && a < static_cast<double>(nx + 2 * RING) && b >= 0.0 &&
                            b < static_cast<double>(columns);
        return inside ? static_cast<i64>(a) * columns + static_cast<i64>(b) : -1;
    }
};

// The seeds that can be the cheapest within `around` of the middle of a cell. With f the form and
// s the square root of its largest eigenvalue, inside the circle
//
//     max(0, sqrt(f) - s around)^2 + m <= q <= (sqrt(f) + s around)^2 + m.
struct Candidates {
    i64 near[MOST];
    int count;

    void find(const View<const double, 2> &rows, const SeedGrid &grid, i64 a, i64 b, double x,
              double y, double around) {
        double upper = INFINITE;
        for (i64 c = a + RING - 1; c < a + RING + 2; ++c) {  // the nearest cells first: a low bound
            const i64 start = c * grid.columns + b + RING;
            for (i64 k = grid.first[start - 1]; k < grid.first[start + 2]; ++k) {
                const PlaneSeed &seed = plane_seed(rows, grid.order[k]);
                if (!(seed.least < upper)) continue;
                const double root = std::sqrt(seed.form(x - seed.x, y - seed.y));
                const double reach = root + seed.steepest * around;
                upper = least(upper, seed.least + reach * reach);
            }
        }
        double bound[MOST];
        int found = 0;
        for (i64 c = a; c < a + 2 * RING + 1; ++c) {
            const i64 start = c * grid.columns + b;
            for (i64 k = grid.first[start]; k < grid.first[start + 2 * RING + 1]; ++k) {
                const PlaneSeed &seed = plane_seed(rows, grid.order[k]);
                if (seed.least > upper) continue;
                const double root = std::sqrt(seed.form(x - seed.x, y - seed.y));
                const double change = seed.steepest * around;
                const double inner = most(0.0, root - change), outer = root + change;
                const double lower = seed.least + inner * inner;
                if (lower > upper || found == MOST) continue;
                upper = least(upper, seed.least + outer * outer);
                near[found] = grid.order[k];
                bound[found++] = lower;
            }
        }
        count = 0;
        for (int k = 0; k < found; ++k)
            if (bound[k] <= upper) near[count++] = near[k];
    }

    // The cheapest of them at a place, the first among equals; -1 if there is none.
    i32 cheapest(const View<const double, 2> &rows, double x, double y) const {
        double best = INFINITE;
        i64 label = -1;
        for (int k = 0; k < count; ++k) {
            const PlaneSeed &seed = plane_seed(rows, near[k]);
            const double q = seed.form(x - seed.x, y - seed.y) + seed.least;
            if (q < best) {
                best = q;
                label = near[k];
            }
        }
        return static_cast<i32>(label);
    }
};

// Pixels along one axis that a cell has: [first, last).
struct Stretch {
    i64 first, last;

    Stretch(i64 cell, i64 pixels) : first(cell * CELL), last((cell + 1) * CELL) {
        if (last > pixels) last = pixels;
    }
};

bool any(const View<const bool, 2> &mask, Stretch along, Stretch across) {
    for (i64 i = along.first; i < along.last; ++i)
        for (i64 j = across.first; j < across.last; ++j)
            if (mask(i, j)) return true;
    return false;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_planar_rows(const f64_2 *seeds_, const f64_1 *turns_, const f64_2 *diagonals_,
                    const f64_1 *offsets_, own_f64_2 *rows_) {
    const auto seeds = in(*seeds_), diagonals = in(*diagonals_);
    const auto turns = in(*turns_), offsets = in(*offsets_);
    Buffer<double> rows(7 * seeds.length());
    if (!rows.ok()) return NMC_NO_MEMORY;
    for (i64 i = 0; i < seeds.length(); ++i) {
        const Vec place{seeds(i, 0), seeds(i, 1), seeds(i, 2)};
        const Frame frame = frame_of(place, turns[i]);
        const Vec &e = frame.axis[0], &f = frame.axis[1], &g = frame.axis[2];
        const double p = diagonals(i, 0), q = diagonals(i, 1), r = diagonals(i, 2);
        const auto entry = [&](int k, int j) {
            return p * e[k] * e[j] + (q * f[k] * f[j] + r * g[k] * g[j]);
        };
        const double m00 = entry(0, 0), m01 = entry(0, 1), m11 = entry(1, 1);
        const double m02 = entry(0, 2), m12 = entry(1, 2), m22 = entry(2, 2);
        // The minimum in the plane, at the height `up` over the seed.
        const double up = -seeds(i, 3);
        const double det = m00 * m11 - m01 * m01;
        const double u = -up * (m11 * m02 - m01 * m12) / det;
        const double v = -up * (m00 * m12 - m01 * m02) / det;
        const double half = 0.5 * (m00 - m11);
        double *row = rows.data() + 7 * i;
        row[0] = place.x + u;
        row[1] = place.y + v;
        row[2] = m00;
        row[3] = m01;
        row[4] = m11;
        row[5] = m22 * up * up + up * (m02 * u + m12 * v) - offsets[i];
        row[6] = std::sqrt(0.5 * (m00 + m11) + std::sqrt(half * half + m01 * m01));
    }
    rows.give(rows_, seeds.length(), 7);
    return NMC_OK;
}

int nmc_label_mask(const f64_2 *rows_, double pixel, double x0, double y0, const b8_2 *wide_,
                   i32_2 *labels_) {
    const auto rows = in(*rows_);
    const auto wide = in(*wide_);
    const auto labels = out(*labels_);
    const double edge = static_cast<double>(CELL) * pixel;
    const i64 nx = (labels.shape[0] + CELL - 1) / CELL, ny = (labels.shape[1] + CELL - 1) / CELL;
    const SeedGrid grid(rows, edge, x0 - 0.5 * pixel, y0 - 0.5 * pixel, nx, ny);
    if (!grid.ok()) return NMC_NO_MEMORY;
    Candidates candidates;
    for (i64 i = 0; i < labels.size(); ++i) labels.data[i] = -1;
    for (i64 a = 0; a < nx; ++a)
        for (i64 b = 0; b < ny; ++b) {
            const Stretch along(a, labels.shape[0]), across(b, labels.shape[1]);
            if (!any(wide, along, across)) continue;
            const double x = x0 + pixel * (static_cast<double>(a) + 0.5) * CELL;
            const double y = y0 + pixel * (static_cast<double>(b) + 0.5) * CELL;
            // 0.8 edges: more than half a diagonal, as the pixels lie half a pixel off the middle.
            candidates.find(rows, grid, a, b, x, y, 0.8 * edge);
            for (i64 i = along.first; i < along.last; ++i)
                for (i64 j = across.first; j < across.last; ++j)
                    if (wide(i, j))
                        labels(i, j) =
                            candidates.cheapest(rows, x0 + pixel * static_cast<double>(i),
                                                y0 + pixel * static_cast<double>(j));
        }
    return NMC_OK;
}

int nmc_plane_moments(const i32_2 *labels_, int64_t count, own_f64_2 *total_) {
    const auto labels = in(*labels_);
    Buffer<double> total(6 * count, 0.0);
    if (!total.ok()) return NMC_NO_MEMORY;
    for (i64 i = 0; i < labels.shape[0]; ++i)
        for (i64 j = 0; j < labels.shape[1]; ++j) {
            const i64 label = labels(i, j);
            if (label < 0) continue;
            NMC_CHECK(label < count);
            double *row = total.data() + 6 * label;
            row[0] += 1.0;
            row[1] += static_cast<double>(i);
            row[2] += static_cast<double>(j);
            row[3] += static_cast<double>(i * i);
            row[4] += static_cast<double>(j * j);
            row[5] += static_cast<double>(i * j);
        }
    total.give(total_, count, 6);
    return NMC_OK;
}

int nmc_plane_chords(const i32_2 *labels_, const b8_2 *core_, bool first, own_f64_1 *lengths_) {
    const auto labels = in(*labels_);
    const auto core = in(*core_);
    Buffer<double> lengths;
    const auto label = [&](i64 a, i64 b) { return first ? labels(b, a) : labels(a, b); };
    const i64 lines = labels.shape[first ? 1 : 0], points = labels.shape[first ? 0 : 1];
    for (i64 a = 0; a < lines; ++a) {
        i64 start = 0;
        i32 before = -1;  // the run before; the border counts as a negative label
        for (i64 b = 1; b <= points; ++b) {
            const i32 one = label(a, start), two = b < points ? label(a, b) : -1;
            if (b < points && one == two) continue;
            const i64 middle = (start + b - 1) / 2;
            const bool seen = first ? core(middle, a) : core(a, middle);
            if (seen && one >= 0 && before >= 0 && two >= 0)
                if (!lengths.push(static_cast<double>(b - start))) return NMC_NO_MEMORY;
            start = b;
            before = one;
        }
    }
    lengths.give(lengths_, lengths.size());
    return NMC_OK;
}
