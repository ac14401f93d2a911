// Windows of sections: which seed owns which pixel, exactly.
#include <limits>

#include "../geometry/cost.hpp"
#include "../grains/frame.hpp"

namespace nmc {
namespace {

// Pixels along the edge of a block that shares one list of seeds.
constexpr i64 BLOCK = 8;

constexpr double INFINITE = std::numeric_limits<double>::infinity();

// Where the pixels of a window lie: (i, j) at p + i - (n - 1) / 2 along a direction and
// j - (n - 1) / 2 across it, in the plane z = height.
struct Window {
    double center, cosine, sine, height, middle;

    // Place of a pixel; fractions of i and j are allowed.
    Vec at(double a, double b) const {
        return {cosine * a - sine * b, sine * a + cosine * b, height};
    }
    Vec pixel(i64 i, i64 j) const {
        return at(center + static_cast<double>(i) - middle, static_cast<double>(j) - middle);
    }
};

// Pixels [i, i_end) x [j, j_end) of a window.
struct Block {
    i64 i, j, i_end, j_end;

    Vec center(const Window &window) const {
        return window.at(
            window.center + 0.5 * static_cast<double>(i + i_end - 1) - window.middle,
            0.5 * static_cast<double>(j + j_end - 1) - window.middle);
    }
    // Distance from its centre to its farthest pixel; the last term stands for rounding errors.
    double radius() const {
        const i64 di = i_end - i - 1, dj = j_end - j - 1;
        return 0.5 * std::sqrt(static_cast<double>(di * di + dj * dj)) + 1e-6;
    }
};

// The rows first ... last - 1 that can be cheapest somewhere in a block. With c its centre, b its
// radius and l the largest eigenvalue of a row,
//
//     max(0, sqrt(q + r) - sqrt(l) b)^2 - r <= q <= (sqrt(q + r) + sqrt(l) b)^2 - r
//
// inside it, for q at c.
class PossibleRows {
public:
    explicit PossibleRows(i64 most) : lower_(most), row_(most), seed_(most) {}
    bool ok() const { return lower_.ok() && row_.ok() && seed_.ok(); }

    // `largest` holds sqrt(l).
    void find(const View<const double, 2> &rows, i64 first, i64 last,
              const View<const double, 1> &largest, Vec c, double radius) {
        double upper = INFINITE;
        for (i64 i = first; i < last; ++i) {
            const double q = cost(rows, i, c), r = rows(i, 9);
            const double root = std::sqrt(most(q + r, 0.0)), step = largest[i] * radius;
            const double inner = most(root - step, 0.0);
            lower_[i - first] = inner * inner - r;
            upper = least(upper, (root + step) * (root + step) - r);
        }
        upper += 1e-6 * (1.0 + std::fabs(upper));  // far above the rounding errors of both sides
        count_ = 0;
        for (i64 i = first; i < last; ++i) {
            if (!(lower_[i - first] <= upper)) continue;
            row_[count_] = i;
            seed_[count_++] = seed_at(rows, i);  // side by side, as every pixel runs through them
        }
    }
    // The one of least cost at a place, the lowest among equals; `start` if there is none.
    i64 cheapest(Vec p, i64 start) const {
        double best = INFINITE;
        i64 which = -1;
        for (i64 k = 0; k < count_; ++k) {
            const double q = cost(seed_[k], p);
            which = q < best ? k : which;
            best = least(best, q);
        }
        return which < 0 ? start : row_[which];
    }

private:
    Buffer<double> lower_;
    Buffer<i64> row_;
    Buffer<Seed> seed_;
    i64 count_ = 0;
};

i64 longest_span(const View<const i64, 2> &starts) {
    i64 longest = 0;
    for (i64 w = 0; w < starts.length(); ++w)
        if (starts(w, 1) - starts(w, 0) > longest) longest = starts(w, 1) - starts(w, 0);
    return longest;
}

// The rows that a window shows, most pixels first, the lower row first among equals.
class Ranking {
public:
    Ranking(i64 most) : pixels_(most), order_(most), place_(most) {}
    bool ok() const { return pixels_.ok() && order_.ok() && place_.ok(); }

    // Rank the rows first ... last - 1 by their pixels; returns how many are seen.
    i64 rank(const View<const i32, 2> &labels, i64 first, i64 last) {
        for (i64 i = 0; i < last - first; ++i) pixels_[i] = 0;
        for (i64 p = 0; p < labels.size(); ++p) ++pixels_[labels.data[p] - first];
        i64 count = 0;
        for (i64 row = 0; row < last - first; ++row) {
            if (pixels_[row] == 0) continue;
            i64 k = count++;
            for (; k > 0 && pixels_[order_[k - 1]] < pixels_[row]; --k) order_[k] = order_[k - 1];
            order_[k] = row;
        }
        for (i64 k = 0; k < count; ++k) place_[order_[k]] = k;
        return count;
    }
    i64 row(i64 rank) const { return order_[rank]; }
    i64 rank_of(i64 row) const { return place_[row]; }

private:
    Buffer<i64> pixels_, order_, place_;
};

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_label_windows(const f64_2 *rows_, const i64_2 *starts_, const f64_1 *centers_,
                      const f64_2 *turns_, const f64_1 *heights_, const f64_1 *largest_,
                      i32_3 *labels_) {
    const auto rows = in(*rows_), turns = in(*turns_);
    const auto starts = in(*starts_);
    const auto centers = in(*centers_), heights = in(*heights_), largest = in(*largest_);
    const auto labels = out(*labels_);
    const i64 n = labels.shape[1];
    PossibleRows possible(longest_span(starts));
    if (!possible.ok()) return NMC_NO_MEMORY;
    for (i64 w = 0; w < labels.length(); ++w) {
        const i64 first = starts(w, 0), last = starts(w, 1);
        const Window window{centers[w], turns(w, 0), turns(w, 1), heights[w],
                            0.5 * static_cast<double>(n - 1)};
        for (i64 bi = 0; bi < n; bi += BLOCK)
            for (i64 bj = 0; bj < n; bj += BLOCK) {
                const Block block{bi, bj, bi + BLOCK < n ? bi + BLOCK : n,
                                  bj + BLOCK < n ? bj + BLOCK : n};
                possible.find(rows, first, last, largest, block.center(window), block.radius());
                for (i64 i = bi; i < block.i_end; ++i)
                    for (i64 j = bj; j < block.j_end; ++j)
                        labels(w, i, j) =
                            static_cast<i32>(possible.cheapest(window.pixel(i, j), first));
            }
    }
    return NMC_OK;
}

int nmc_rank_windows(const i32_3 *labels_, const i64_2 *starts_, u8_3 *ranks_, i32_2 *visible_,
                     i64_1 *count_) {
    const auto labels = in(*labels_);
    const auto starts = in(*starts_);
    const auto ranks = out(*ranks_);
    const auto visible = out(*visible_);
    const auto count = out(*count_);
    Ranking ranking(longest_span(starts));
    if (!ranking.ok()) return NMC_NO_MEMORY;
    for (i64 w = 0; w < labels.length(); ++w) {
        const i64 first = starts(w, 0);
        const View<const i32, 2> window = labels.row(w);
        count[w] = ranking.rank(window, first, starts(w, 1));
        for (i64 k = 0; k < count[w] && k < visible.shape[1]; ++k)
            visible(w, k) = static_cast<i32>(ranking.row(k) + first);
        const View<u8, 2> ranked = ranks.row(w);
        for (i64 p = 0; p < window.size(); ++p)
            ranked.data[p] = static_cast<u8>(ranking.rank_of(window.data[p] - first));
    }
    return NMC_OK;
}

int nmc_radial_rows(const f64_2 *seeds_, const f64_1 *turns_, const f64_2 *diagonals_,
                    const f64_1 *offsets_, f64_3 *axes_, f64_2 *rows_) {
    const auto seeds = in(*seeds_), diagonals = in(*diagonals_);
    const auto turns = in(*turns_), offsets = in(*offsets_);
    const auto axes = out(*axes_);
    const auto rows = out(*rows_);
    for (i64 m = 0; m < seeds.length(); ++m) {
        const Vec s = point(seeds, m);
        const Frame frame = frame_of(s, turns[m]);
        const View<double, 1> row = rows.row(m);
        row[0] = s.x;
        row[1] = s.y;
        row[2] = s.z;
        for (int c = 3; c < 9; ++c) row[c] = 0.0;
        for (int k = 0; k < 3; ++k) {
            const Vec &q = frame.axis[k];
            const double d = diagonals(m, k);
            row[3] += d * q.x * q.x;
            row[4] += d * q.y * q.y;
            row[5] += d * q.z * q.z;
            row[6] += d * q.x * q.y;
            row[7] += d * q.x * q.z;
            row[8] += d * q.y * q.z;
            for (int c = 0; c < 3; ++c) axes(m, k, c) = q[c];
        }
        row[9] = offsets[m];
    }
    return NMC_OK;
}
