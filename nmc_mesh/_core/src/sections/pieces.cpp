// Pieces of a plane: what a map calls a grain is a connected set of pixels, and small ones go to
// their neighbours. Simulated planes are treated as measured maps are, by the same rules.
#include "../mesh/union.hpp"

namespace nmc {
namespace {

constexpr i32 UNKNOWN = -2;

// Number the connected sets of equal label >= 0 by their first pixel; -1 elsewhere. Two pixels
// touch by an edge, and (i, j) touches (i + 1, j - 1) if `six`. Returns how many sets there are,
// or -1 without memory.
i64 number_pieces(const View<const i32, 2> &labels, bool six, const View<i32, 2> &pieces) {
    const i64 nx = labels.shape[0], ny = labels.shape[1];
    Buffer<i32> parents(labels.size());
    if (!parents.ok()) return -1;
    View<i32, 1> parent;
    parent.data = parents.data();
    parent.shape[0] = labels.size();
    for (i64 p = 0; p < labels.size(); ++p) parent[p] = static_cast<i32>(p);
    // The lower pixel is the root, so the root of a set is its first pixel.
    const auto join = [&](i64 p, i64 q) {
        if (labels.data[p] != labels.data[q]) return;
        const i32 a = find_root(parent, static_cast<i32>(p));
        const i32 b = find_root(parent, static_cast<i32>(q));
        if (a < b) parent[b] = a;
        if (b < a) parent[a] = b;
    };
    for (i64 i = 0; i < nx; ++i)
        for (i64 j = 0; j < ny; ++j) {
            const i64 p = i * ny + j;
            if (labels.data[p] < 0) continue;
            if (i > 0) join(p - ny, p);
            if (j > 0) join(p - 1, p);
            if (six && i > 0 && j + 1 < ny) join(p - ny + 1, p);
        }
    i64 count = 0;
    for (i64 p = 0; p < labels.size(); ++p) {
        if (labels.data[p] < 0) {
            pieces.data[p] = -1;
            continue;
        }
        const i32 root = find_root(parent, static_cast<i32>(p));
        pieces.data[p] = root == p ? static_cast<i32>(count++) : pieces.data[root];
    }
    return count;
}

// Give every unknown pixel the label >= 0 that is the fewest steps along edges away, that of the
// lower pixel among equals: rings of pixels, each from the ring before it. False without memory.
bool fill(const View<i32, 2> &labels) {
    const i64 nx = labels.shape[0], ny = labels.shape[1];
    Buffer<i64> left, later, place;
    Buffer<i32> label;
    for (i64 p = 0; p < labels.size(); ++p)
        if (labels.data[p] == UNKNOWN && !left.push(p)) return false;
    if (!place.resize(left.size()) || !label.resize(left.size()) || !later.resize(left.size()))
        return false;
    i64 open = left.size();
    while (open > 0) {
        i64 found = 0, rest = 0;
        for (i64 k = 0; k < open; ++k) {
            const i64 p = left[k], i = p / ny, j = p % ny;
            i32 one = -1;
            if (j + 1 < ny && labels.data[p + 1] >= 0) one = labels.data[p + 1];
            if (i + 1 < nx && labels.data[p + ny] >= 0) one = labels.data[p + ny];
            if (j > 0 && labels.data[p - 1] >= 0) one = labels.data[p - 1];
            if (i > 0 && labels.data[p - ny] >= 0) one = labels.data[p - ny];
            if (one >= 0) {
                place[found] = p;
                label[found++] = one;
            } else {
                later[rest++] = p;
            }
        }
        if (found == 0) break;  // no label can be reached: outside
        for (i64 k = 0; k < found; ++k) labels.data[place[k]] = label[k];
        for (i64 k = 0; k < rest; ++k) left[k] = later[k];
        open = rest;
    }
    for (i64 k = 0; k < open; ++k) labels.data[left[k]] = -1;
    return true;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_plane_pieces(const i32_2 *labels_, bool six, own_i32_2 *pieces_, int64_t *count) {
    const auto labels = in(*labels_);
    Buffer<i32> made(labels.size());
    if (!made.ok()) return NMC_NO_MEMORY;
    View<i32, 2> pieces;
    pieces.data = made.data();
    pieces.shape[0] = labels.shape[0];
    pieces.shape[1] = labels.shape[1];
    *count = number_pieces(labels, six, pieces);
    if (*count < 0) return NMC_NO_MEMORY;
    made.give(pieces_, labels.shape[0], labels.shape[1]);
    return NMC_OK;
}

int nmc_fill_plane(i32_2 *labels_) { return fill(out(*labels_)) ? NMC_OK : NMC_NO_MEMORY; }

int nmc_close_windows(const i32_3 *wide_, const f64_1 *least_, i32_3 *labels_) {
    const auto wide = in(*wide_);
    const auto least = in(*least_);
    const auto labels = out(*labels_);
    const i64 m = wide.shape[1], n = labels.shape[1], margin = (m - n) / 2;
    Buffer<i32> pieces(m * m), closed(m * m);
    Buffer<i64> pixels;
    if (!pieces.ok() || !closed.ok()) return NMC_NO_MEMORY;
    View<i32, 2> piece, plane;
    piece.data = pieces.data();
    plane.data = closed.data();
    piece.shape[0] = piece.shape[1] = plane.shape[0] = plane.shape[1] = m;
    for (i64 w = 0; w < wide.length(); ++w) {
        const View<const i32, 2> window = wide.row(w);
        const i64 count = number_pieces(window, false, piece);
        if (count < 0 || !pixels.resize(count)) return NMC_NO_MEMORY;
        for (i64 k = 0; k < count; ++k) pixels[k] = 0;
        for (i64 i = 0; i < m; ++i)
            for (i64 j = 0; j < m; ++j) {
                // A piece at the border goes on behind it: nobody knows how large it is.
                const bool rim = i == 0 || j == 0 || i == m - 1 || j == m - 1;
                pixels[piece(i, j)] += rim ? m * m : 1;
            }
        for (i64 p = 0; p < window.size(); ++p) {
            const bool small = static_cast<double>(pixels[piece.data[p]]) < least[w];
            plane.data[p] = small ? UNKNOWN : window.data[p];
        }
        if (!fill(plane)) return NMC_NO_MEMORY;
        for (i64 i = 0; i < n; ++i)
            for (i64 j = 0; j < n; ++j) labels(w, i, j) = plane(i + margin, j + margin);
    }
    return NMC_OK;
}
