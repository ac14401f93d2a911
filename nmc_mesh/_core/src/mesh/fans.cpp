// Fans of cells around a node: those that a chain of faces joins which hold the node and are not
// closed. Around a corner a face is known by its two other corners, around the middle of an edge
// by its third corner:
//
//        c --- d           Cells (n b c) and (n c d) of the node n lie in one fan unless
//       / \   /            the face n c between them is closed.
//      b --- n
#include "csr.hpp"
#include "union.hpp"

namespace nmc {
namespace {

// The two corners that are not on the edge of a middle, in VTK's order of the middles.
constexpr int OFF_EDGE[6][2] = {{2, 3}, {0, 3}, {1, 3}, {1, 2}, {0, 2}, {0, 1}};

// The cells around one node, and the faces between them as sorted (key, cell).
class Fans {
public:
    Fans(i64 cells, i64 faces) : keys_(faces), owners_(faces), parent_(cells), rank_(cells) {}
    bool ok() const { return keys_.ok() && owners_.ok() && parent_.ok() && rank_.ok(); }

    void clear() { size_ = 0; }
    void insert(i64 key, i32 cell) {
        i64 i = size_++;
        for (; i > 0 && keys_[i - 1] > key; --i) {
            keys_[i] = keys_[i - 1];
            owners_[i] = owners_[i - 1];
        }
        keys_[i] = key;
        owners_[i] = cell;
    }
    // Unite the cells that have a face in common; roots are lowest.
    void join(i64 cells) {
        const View<i32, 1> parent = parent_.view();
        for (i64 i = 0; i < cells; ++i) parent[i] = static_cast<i32>(i);
        for (i64 j = 1; j < size_; ++j) {
            if (keys_[j] != keys_[j - 1]) continue;
            const i32 p = find_root(parent, owners_[j]), q = find_root(parent, owners_[j - 1]);
            parent[p > q ? p : q] = p < q ? p : q;
        }
    }
    // Write the fan of every cell, numbered by their lowest cells; return how many there are.
    i32 number(i64 cells, const View<const i32, 1> &places, i64 begin,
               const View<i32, 1> &ranks) {
        const View<i32, 1> parent = parent_.view();
        i32 count = 0;
        for (i64 i = 0; i < cells; ++i) {
            const i32 root = find_root(parent, static_cast<i32>(i));
            if (root == i) rank_[i] = count++;
            ranks[places[begin + i]] = rank_[root];
        }
        return count;
    }

private:
    Buffer<i64> keys_;
    Buffer<i32> owners_, parent_, rank_;
    i64 size_ = 0;
};

i64 most_cells(const View<const i32, 1> &nodes, const View<const i64, 1> &starts) {
    i64 most = 0;
    for (i64 n = 0; n < nodes.length(); ++n) {
        const i64 cells = longest_list(starts, nodes[n], nodes[n] + 1);
        if (cells > most) most = cells;
    }
    return most;
}

// The two corners of a cell besides its corners `own` and `face`: the key of a face at `own`.
i64 pair_of(const View<const i32, 2> &cells, i64 cell, i64 own, i64 face) {
    i64 one = -1, two = -1;
    for (int k = 0; k < 4; ++k) {
        if (k == own || k == face) continue;
        one = two;
        two = cells(cell, k);
    }
    return one < two ? (one << 32) | two : (two << 32) | one;
}

// Number the fans of cells at every node. `insert(fans, place, i)` enters, under a key that two
// neighbours share, the open faces at the node of the i-th cell around it; a cell has at most
// `most_faces` of them.
template <class Insert>
int number_fans(const i32_1 &nodes_, const i64_1 &starts_, const i32_1 &places_, i32_1 &ranks_,
                i32_1 &copies_, i64 most_faces, const Insert &insert) {
    const auto nodes = in(nodes_), places = in(places_);
    const auto starts = in(starts_);
    const auto ranks = out(ranks_), copies = out(copies_);
    const i64 most = most_cells(nodes, starts);
    Fans fans(most, most_faces * most);
    if (!fans.ok()) return NMC_NO_MEMORY;
    for (i64 n = 0; n < nodes.length(); ++n) {
        const i64 begin = starts[nodes[n]], degree = starts[nodes[n] + 1] - begin;
        fans.clear();
        for (i64 i = 0; i < degree; ++i) insert(fans, places[begin + i], static_cast<i32>(i));
        fans.join(degree);
        copies[nodes[n]] = fans.number(degree, places, begin, ranks);
    }
    return NMC_OK;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_corner_fans(const i32_1 *nodes, const i64_1 *starts, const i32_1 *places,
                    const i32_2 *cells_, const b8_2 *closed_, i32_1 *ranks, i32_1 *copies) {
    const auto cells = in(*cells_);
    const auto closed = in(*closed_);
    const auto insert = [&](Fans &fans, i64 place, i32 i) {
        const i64 cell = place >> 2, own = place & 3;
        for (int face = 0; face < 4; ++face)
            if (face != own && !closed(cell, face))
                fans.insert(pair_of(cells, cell, own, face), i);
    };
    return number_fans(*nodes, *starts, *places, *ranks, *copies, 3, insert);
}

int nmc_middle_fans(const i32_1 *nodes, const i64_1 *starts, const i32_1 *places,
                    const i32_2 *cells_, const b8_2 *closed_, i32_1 *ranks, i32_1 *copies) {
    const auto cells = in(*cells_);
    const auto closed = in(*closed_);
    const auto insert = [&](Fans &fans, i64 place, i32 i) {
        const i64 cell = place / 6, edge = place % 6;
        for (int side = 0; side < 2; ++side)
            if (!closed(cell, OFF_EDGE[edge][side]))
                fans.insert(cells(cell, OFF_EDGE[edge][1 - side]), i);
    };
    return number_fans(*nodes, *starts, *places, *ranks, *copies, 2, insert);
}
