// The k nearest points of every point, by a grid of cells.
//
//     +---+---+---+---+     The cells that meet a ball around the point are searched, a row of
//     |   | . |.  |   |     cells along z at a time: points of a row lie one after the other in
//     +---+-(-+-)-+---+     the order by cell. Where the ball holds too few points, one half as
//     | . |(. x ).|   |     large again is searched. At last the points of the ball are ranked.
//     +---+-(-+-)-+---+
#include "../vec.hpp"

namespace nmc {
namespace {

// A hair more than the ball: cells were found by rounded divisions.
constexpr double HAIR = 1e-9;
// Of the radius of a ball that holds too few: 3.4 times the volume.
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

    // How far a place on an axis, from the lower corner, is from the cells of number n.
    double away(double at, i64 n) const {
        const double number = static_cast<double>(n);
        return most(most(number * edge - at, at - (number + 1) * edge), 0.0);
    }
    // Whether a ball around any point holds all of them.
    bool within(double ball) const {
        return ball > edge * static_cast<double>(shape[0] + shape[1] + shape[2]);
    }
};

// Points in a ball and the squares of their distances.
class Ball {
public:
    i64 size() const { return size_; }

    // Collect the points of the ball around point i; false if memory ran out.
    bool collect(const Cells &cells, i64 i, double radius) {
        const Vec here = point(cells.points, i), at = here - cells.lower;
        const double greatest = radius * radius;
        i64 first[3], final[3];
        for (int a = 0; a < 3; ++a) {
            const double low = std::floor((at[a] - radius) / cells.edge - HAIR);
            const double high = std::floor((at[a] + radius) / cells.edge + HAIR);
            first[a] = larger(static_cast<i64>(low), 0);
            final[a] = smaller(static_cast<i64>(high), cells.shape[a] - 1);
        }
        size_ = 0;
        for (i64 a = first[0]; a <= final[0]; ++a) {
            const double u = cells.away(at.x, a);
            for (i64 b = first[1]; b <= final[1]; ++b) {
                const double v = cells.away(at.y, b);
                if ((u * u + v * v) * (1.0 - HAIR) > greatest) continue;
                const i64 row = (a * cells.shape[1] + b) * cells.shape[2];
                const i64 begin = cells.starts[row + first[2]];
                const i64 end = cells.starts[row + final[2] + 1];
                const i64 room = size_ + end - begin;
                if (room > square_.size() && !grow(room)) return false;
                for (i64 q = begin; q < end; ++q) {  // without branches: they are hard to foresee
                    const double distance = square(point(cells.by_cell, q) - here);
                    const i64 j = cells.order[q];
                    square_[size_] = distance;
                    who_[size_] = j;
                    size_ += (distance <= greatest) & (j != i);
                }
            }
        }
        return true;
    }

    // Write the nearest to `found`, nearest first; the lower number first of two as near as each
    // other. `slots` has two places more than `found`.
    void nearest(View<i32, 1> found, Buffer<i32> &slots) {
        if (size_ > FEW || !rank(found, slots)) sort(found);
    }

private:
    // Comparing all with all is the faster way up to about this many, without a branch to foresee.
    static constexpr i64 FEW = 64;

    // Place every point by the number of those that are nearer; false if two are as near as each
    // other, which leaves a gap behind them.
    bool rank(View<i32, 1> found, Buffer<i32> &slots) const {
        const i64 wanted = found.length(), beyond = wanted + 1;
        for (i64 k = 0; k <= beyond; ++k) slots[k] = -1;
        for (i64 n = 0; n < size_; ++n) {
            const double own = square_[n];
            i64 nearer = 0;
            for (i64 m = 0; m < size_; ++m) nearer += square_[m] < own;
            slots[smaller(nearer, beyond)] = static_cast<i32>(who_[n]);
        }
        for (i64 k = 0; k < smaller(size_, beyond); ++k)
            if (slots[k] < 0) return false;
        for (i64 k = 0; k < wanted; ++k) found[k] = slots[k];
        return true;
    }

    // Sort the nearest to the front, one point after the other.
    void sort(View<i32, 1> found) {
        const i64 wanted = found.length();
        for (i64 n = 0; n < size_; ++n) {
            const double own = square_[n];
            const i64 j = who_[n];
            const auto before = [&](i64 k) {
                return own < square_[k] || (own == square_[k] && j < who_[k]);
            };
            i64 k = n;
            if (n >= wanted) {
                k = wanted - 1;
                if (!before(k)) continue;
            }
            for (; k > 0 && before(k - 1); --k) {
                square_[k] = square_[k - 1];
                who_[k] = who_[k - 1];
            }
            square_[k] = own;
            who_[k] = j;
        }
        for (i64 k = 0; k < wanted; ++k) found[k] = k < size_ ? static_cast<i32>(who_[k]) : -1;
    }

    bool grow(i64 size) { return square_.resize(2 * size) && who_.resize(2 * size); }

    Buffer<double> square_;
    Buffer<i64> who_;
    i64 size_ = 0;
};

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
    Ball ball;
    Buffer<i32> slots(count + 2);
    if (!slots.ok()) return NMC_NO_MEMORY;
    for (i64 n = 0; n < asked.length(); ++n) {
        for (double radius = reach;; radius *= GROWTH) {
            if (!ball.collect(cells, asked[n], radius)) return NMC_NO_MEMORY;
            if (ball.size() >= count || cells.within(radius)) break;
        }
        ball.nearest(found.row(into[n]), slots);
    }
    return NMC_OK;
}
