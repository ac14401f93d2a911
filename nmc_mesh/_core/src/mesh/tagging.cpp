// Facets between the cells of a mesh, and the triple lines and quadruple points between the facets.
//
// Both go through the vertices one by one and look only at what has its lowest vertex there, so a
// chunk of vertices is independent of all others, and the order of what comes out is theirs.
#include "face_lists.hpp"

namespace nmc {
namespace {

using Starts = View<const i64, 1>;
using Places = View<const i32, 1>;
using Table = View<const i32, 2>;

// Facets, and the grains and the cells on their two sides; three arrays that grow together.
struct Facets {
    Buffer<i32> vertices, grains, cells;

    bool push_side(i32 grain, i32 other_grain, i64 cell, i64 other_cell) {
        return grains.push(grain) && grains.push(other_grain) &&
               cells.push(static_cast<i32>(cell)) && cells.push(static_cast<i32>(other_cell));
    }
};

// Append the vertices of a face, seen from outside its cell, from the lowest on.
bool push_turned(Buffer<i32> &vertices, const Table &cells, i64 face, i64 lowest) {
    const i64 cell = face >> 2, corner = face & 3;
    int shift = 0;
    for (int k = 1; k < 3; ++k)
        if (cells(cell, FACES[corner][k]) == lowest) shift = k;
    bool pushed = true;
    for (int k = 0; k < 3; ++k)
        pushed = pushed && vertices.push(cells(cell, FACES[corner][(k + shift) % 3]));
    return pushed;
}

// Append the facet that `count` equal faces make; two cells of one grain make none.
bool push_facet(Facets &facets, const i32 *faces, i64 count, const Table &cells,
                const Places &labels, i64 vertex) {
    i64 lower = faces[0];
    i32 label = labels[lower >> 2], other_label = 0;
    i64 other_cell = count == 1 ? -1 : -2;  // -2: more than two cells, which the caller refuses
    if (count == 2) {
        i64 higher = faces[1];
        if (labels[higher >> 2] < label) {
            higher = faces[0];
            lower = faces[1];
            label = labels[lower >> 2];
        }
        other_label = labels[higher >> 2];
        other_cell = higher >> 2;
    }
    if (label == other_label) return true;
    return push_turned(facets.vertices, cells, lower, vertex) &&
           facets.push_side(label, other_label, lower >> 2, other_cell);
}

// Count the different values in a sorted stretch.
i64 distinct(const i64 *keys, i64 size) {
    i64 count = 1;
    for (i64 i = 1; i < size; ++i) count += keys[i] != keys[i - 1];
    return count;
}

// Keys of one vertex, sorted, with values that nobody needs.
struct Keys {
    Buffer<i64> keys;
    Buffer<i32> values;
    i64 size = 0;

    explicit Keys(i64 room) : keys(room), values(room, 0) {}
    bool ok() const { return keys.ok() && values.ok(); }
    void add(i64 key) { keys[size++] = key; }
    void sort() { sort_pairs(keys.data(), values.data(), size); }
};

bool is_quadruple_point(i64 vertex, const Starts &starts, const Places &corners,
                        const Table &grains, Keys &keys) {
    keys.size = 0;
    for (i64 i = starts[vertex]; i < starts[vertex + 1]; ++i)
        for (int side = 0; side < 2; ++side) keys.add(grains(corners[i] / 3, side));
    keys.sort();
    return keys.size && distinct(keys.keys.data(), keys.size) >= 4;
}

// Append the triple lines from a vertex to higher ones: edges at which three or more grains meet.
bool push_triple_lines(i64 vertex, const Starts &starts, const Places &corners, const Table &facets,
                       const Table &grains, Keys &keys, Buffer<i32> &edges) {
    keys.size = 0;
    for (i64 i = starts[vertex]; i < starts[vertex + 1]; ++i) {
        const i64 facet = corners[i] / 3;
        for (int k = 0; k < 3; ++k) {
            const i64 other = facets(facet, k);
            if (other <= vertex) continue;
            for (int side = 0; side < 2; ++side) keys.add((other << 32) | grains(facet, side));
        }
    }
    keys.sort();
    for (i64 i = 0, end; i < keys.size; i = end) {
        const i64 other = keys.keys[i] >> 32;
        for (end = i + 1; end < keys.size && keys.keys[end] >> 32 == other;) ++end;
        if (distinct(keys.keys.data() + i, end - i) < 3) continue;
        if (!edges.push(static_cast<i32>(vertex)) || !edges.push(static_cast<i32>(other)))
            return false;
    }
    return true;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_match_faces(int64_t first, int64_t last, const i32_2 *spans_, const i32_2 *cells_,
                    const i32_1 *labels_, own_i32_2 *facets_, own_i32_2 *grains_,
                    own_i32_2 *sides_) {
    const auto labels = in(*labels_);
    const auto cells = in(*cells_);
    FaceLists lists(in(*spans_), cells, first, last);
    Buffer<i64> keys(lists.longest());
    Buffer<i32> around(lists.longest());
    Facets facets;
    if (!lists.ok() || !keys.ok() || !around.ok()) return NMC_NO_MEMORY;
    for (i64 vertex = first; vertex < last; ++vertex) {
        const View<i32, 1> list = lists.at(vertex);
        const i64 size = list.length();
        for (i64 i = 0; i < size; ++i) {
            around[i] = list[i];
            const SortedFace face = sorted_face(cells, around[i]);
            keys[i] = (face.b << 32) | face.c;
        }
        sort_pairs(keys.data(), around.data(), size);
        for (i64 i = 0, end; i < size; i = end) {
            for (end = i + 1; end < size && keys[end] == keys[i];) ++end;
            if (!push_facet(facets, around.data() + i, end - i, cells, labels, vertex))
                return NMC_NO_MEMORY;
        }
    }
    const i64 count = facets.vertices.size() / 3;
    facets.vertices.give(facets_, count, 3);
    facets.grains.give(grains_, count, 2);
    facets.cells.give(sides_, count, 2);
    return NMC_OK;
}

int nmc_meet_facets(int64_t first, int64_t last, const i64_1 *starts_, const i32_1 *corners_,
                    const i32_2 *facets_, const i32_2 *grains_, own_i32_2 *edges_,
                    own_i32_1 *vertices_) {
    const auto starts = in(*starts_);
    const auto corners = in(*corners_);
    const auto facets = in(*facets_), grains = in(*grains_);
    Keys keys(4 * longest_list(starts, first, last));  // two edges of two sides per facet
    Buffer<i32> edges, vertices;
    if (!keys.ok()) return NMC_NO_MEMORY;
    for (i64 vertex = first; vertex < last; ++vertex) {
        if (is_quadruple_point(vertex, starts, corners, grains, keys))
            if (!vertices.push(static_cast<i32>(vertex))) return NMC_NO_MEMORY;
        if (!push_triple_lines(vertex, starts, corners, facets, grains, keys, edges))
            return NMC_NO_MEMORY;
    }
    edges.give(edges_, edges.size() / 2, 2);
    vertices.give(vertices_, vertices.size());
    return NMC_OK;
}
