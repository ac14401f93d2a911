// The k nearest points of every point, by a grid of cells.
//
//     +---+---+---+---+     The cells that meet a ball around the point are searched, a row of
//     |   | . |.  |   |     cells along z at a time (by cell, points of a row lie one after the
//     +---+-(-+-)-+---+     other). A row farther than the k-th best so far is left out. Where the
//     | . |(. x ).|   |     ball holds too few points, a ball half as large again is searched.
//     +---+-(-+-)-+---+
#include "../vec.hpp"

namespace nmc {
namespace {

// A hair more than the ball: cells were found by rounded divisions.
constexpr double HAIR = 1e-9;
constexpr double GROWTH = 1.5;

i64 smaller(i64 a, i64 b) { return a < b ? a : b; }
i64 larger(i64 a, i64 b) { return a > b ? a : b; }

struct Cells {
    View<const double, 2> points, by_cell;
    View<const i64, 1> order, starts;
    Vec lower;
    double edge;
    View<const i64, 1> shape;

    explicit Cells(const nmc_cells &raw)
        : points(in(raw.points)), by_cell(in(raw.by_cell)), order(in(raw.order)),
          starts(in(raw.starts)), lower{raw.lower.data[0], raw.lower.data[1], raw.lower.data[2]},
          edge(raw.edge), shape(in(raw.shape)) {}
};

// The nearest points so far, nearest first; of two at the same distance the lower number first.
class Nearest {
public:
    explicit Nearest(i64 count) : square_(count), who_(count), last_(count - 1) {}
    bool ok() const { return square_.ok() && who_.ok(); }

    // Nobody yet, and nobody farther than `square`.
    void clear(double square) {
        for (i64 k = 0; k <= last_; ++k) {
            square_[k] = square;
            who_[k] = NOBODY;
        }
    }
    double farthest() const { return square_[last_]; }
    bool full() const { return who_[last_] < NOBODY; }
    i32 who(i64 k) const { return who_[k] < NOBODY ? static_cast<i32>(who_[k]) : -1; }

    void insert(double square, i64 j) {
        if (square == square_[last_] && j > who_[last_]) return;
        i64 k = last_;
        for (; k > 0 && before(square, j, k - 1); --k) {
            square_[k] = square_[k - 1];
            who_[k] = who_[k - 1];
        }
        square_[k] = square;
        who_[k] = j;
    }

private:
    static constexpr i64 NOBODY = INT64_MAX;

    bool before(double square, i64 j, i64 k) const {
        return square_[k] > square || (square_[k] == square && who_[k] > j);
    }

    Buffer<double> square_;
    Buffer<i64> who_;
    i64 last_;
};

// Search the cells that meet a ball around point i; whether they were all cells.
bool search(const Cells &cells, i64 i, double ball, Nearest &nearest) {
    const View<const i64, 1> &shape = cells.shape;
    const Vec here = point(cells.points, i), p = here - cells.lower;
    const double edge = cells.edge;
    nearest.clear(ball * ball);
    i64 first[3], final[3];
    for (int a = 0; a < 3; ++a) {
        const double low = std::floor((p[a] - ball) / edge - HAIR);
        const double high = std::floor((p[a] + ball) / edge + HAIR);
        first[a] = larger(static_cast<i64>(low), 0);
        final[a] = smaller(static_cast<i64>(high), shape[a] - 1);
    }
    for (i64 a = first[0]; a <= final[0]; ++a) {
        const double x = static_cast<double>(a), u = most(most(x * edge - p.x, p.x - (x + 1) * edge), 0.0);
        for (i64 b = first[1]; b <= final[1]; ++b) {
            const double y = static_cast<double>(b);
            const double v = most(most(y * edge - p.y, p.y - (y + 1) * edge), 0.0);
            if ((u * u + v * v) * (1.0 - HAIR) > nearest.farthest()) continue;
            const i64 row = (a * shape[1] + b) * shape[2];
            const i64 end = cells.starts[row + final[2] + 1];
            for (i64 q = cells.starts[row + first[2]]; q < end; ++q) {
                const double square_ = square(point(cells.by_cell, q) - here);
                if (square_ > nearest.farthest()) continue;
                const i64 j = cells.order[q];
                if (j != i) nearest.insert(square_, j);
            }
        }
    }
    return ball > edge * static_cast<double>(shape[0] + shape[1] + shape[2]);
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_sort_into_cells(const f64_2 *points_, const f64_1 *lower_, double edge,
                        const i64_1 *shape_, own_i64_1 *starts_, own_i64_1 *order_) {
    const auto points = in(*points_);
    const auto lower = in(*lower_);
    const auto shape = in(*shape_);
    const i64 cells = shape[0] * shape[1] * shape[2], n = points.length();
    Buffer<i64> starts(cells + 1, 0), cell(n), place(cells), order(n);
    if (!starts.ok() || !cell.ok() || !place.ok() || !order.ok()) return NMC_NO_MEMORY;
    for (i64 i = 0; i < n; ++i) {
        i64 at[3];
        for (int a = 0; a < 3; ++a)
            at[a] = smaller(static_cast<i64>((points(i, a) - lower[a]) / edge), shape[a] - 1);
        cell[i] = (at[0] * shape[1] + at[1]) * shape[2] + at[2];
        starts[cell[i] + 1] += 1;
    }
    for (i64 c = 0; c < cells; ++c) {
        place[c] = starts[c];
        starts[c + 1] += starts[c];
    }
    for (i64 i = 0; i < n; ++i) order[place[cell[i]]++] = i;
    starts.give(starts_, cells + 1);
    order.give(order_, n);
    return NMC_OK;
}

int nmc_nearest(const nmc_cells *raw, double reach, const i64_1 *asked_, const i64_1 *into_,
                i32_2 *found_) {
    const Cells cells(*raw);
    const auto asked = in(*asked_), into = in(*into_);
    const auto found = out(*found_);
    const i64 count = found.shape[1];
    Nearest nearest(count);
    if (!nearest.ok()) return NMC_NO_MEMORY;
    for (i64 n = 0; n < asked.length(); ++n) {
        double ball = reach;
        while (!search(cells, asked[n], ball, nearest) && !nearest.full()) ball *= GROWTH;
        for (i64 k = 0; k < count; ++k) found(into[n], k) = nearest.who(k);
    }
    return NMC_OK;
}
