// Where the closed surface of a grain has a hole, or touches itself along an edge.
#include "csr.hpp"

namespace nmc {
namespace {

using Corners = View<const i32, 1>;
using Table = View<const i32, 2>;

// The edges from one vertex to higher ones, once for every grain beside every triangle there:
// (higher end << 32 | grain), sorted. A turn is +1 where the triangle, seen from outside the grain,
// runs from the vertex to the higher end, and -1 where it runs back: on a closed surface the turns
// of an edge add up to 0.
struct Edges {
    Buffer<i64> keys, turns;
    i64 size = 0;

    explicit Edges(i64 room) : keys(room), turns(room) {}
    void insert(i64 key, i64 turn) {
        i64 i = size++;
        for (; i > 0 && keys[i - 1] > key; --i) {
            keys[i] = keys[i - 1];
            turns[i] = turns[i - 1];
        }
        keys[i] = key;
        turns[i] = turn;
    }
};

void gather_edges(i64 vertex, const View<const i64, 1> &starts, const Corners &corners,
                  const Table &triangles, const Table &grains, Edges &edges) {
    edges.size = 0;
    for (i64 p = starts[vertex]; p < starts[vertex + 1]; ++p) {
        const i64 t = corners[p] / 3, k = corners[p] % 3;
        for (int step = 1; step < 3; ++step) {
            const i64 other = triangles(t, (k + step) % 3);
            if (other <= vertex) continue;
            for (int side = 0; side < 2; ++side)
                if (grains(t, side) > 0)
                    edges.insert((other << 32) | grains(t, side),
                                 (step == 1) == (side == 0) ? 1 : -1);
        }
    }
}

bool push_edge(Buffer<i32> &rows, i64 key, i64 vertex) {
    return rows.push(static_cast<i32>(key & 0xFFFFFFFF)) && rows.push(static_cast<i32>(vertex)) &&
           rows.push(static_cast<i32>(key >> 32));
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_rims(int64_t first, int64_t last, const i64_1 *starts_, const i32_1 *corners_,
             const i32_2 *triangles_, const i32_2 *grains_, own_i32_2 *open, own_i32_2 *pinched) {
    const auto starts = in(*starts_);
    const auto corners = in(*corners_);
    const auto triangles = in(*triangles_), grains = in(*grains_);
    Edges edges(4 * longest_list(starts, first, last));  // two edges of two sides per triangle
    Buffer<i32> holes, pinches;
    if (!edges.keys.ok() || !edges.turns.ok()) return NMC_NO_MEMORY;
    for (i64 vertex = first; vertex < last; ++vertex) {
        gather_edges(vertex, starts, corners, triangles, grains, edges);
        for (i64 i = 0, end; i < edges.size; i = end) {
            i64 total = 0;
            for (end = i; end < edges.size && edges.keys[end] == edges.keys[i]; ++end)
                total += edges.turns[end];
            if (total != 0 && !push_edge(holes, edges.keys[i], vertex)) return NMC_NO_MEMORY;
            if (end - i > 2 && !push_edge(pinches, edges.keys[i], vertex)) return NMC_NO_MEMORY;
        }
    }
    holes.give(open, holes.size() / 3, 3);
    pinches.give(pinched, pinches.size() / 3, 3);
    return NMC_OK;
}
