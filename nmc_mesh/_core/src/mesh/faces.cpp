// Faces of tetrahedra sorted by their lowest vertex, and matched with those of other cells.
//
// Two cells share a face if the three vertices are the same. Faces with one lowest vertex are few
// (a dozen or two), so their list is sorted by the other two vertices, and partners stand side by
// side. Lists of different vertices share no face, so threads may take them in any order.
#include "face_lists.hpp"

namespace nmc {

// Write the cells behind the faces whose lowest vertex is the list's; keys and around are scratch.
static void pair_faces(const View<i32, 1> &list, const View<const i32, 2> &cells, i64 *keys,
                       i32 *around, const View<i32, 2> &across) {
    const i64 size = list.length();
    for (i64 i = 0; i < size; ++i) {
        const SortedFace face = sorted_face(cells, list[i]);
        around[i] = list[i];
        keys[i] = face.b << 32 | face.c;
    }
    sort_pairs(keys, around, size);
    for (i64 i = 1; i < size; ++i) {
        if (keys[i] != keys[i - 1]) continue;
        const i32 one = around[i - 1], two = around[i];
        across(one >> 2, one & 3) = two >> 2;
        across(two >> 2, two & 3) = one >> 2;
    }
}

}  // namespace nmc

using namespace nmc;

int nmc_bucket(const i32_1 *keys_, int64_t count, own_i64_1 *starts_, own_i32_1 *order_) {
    const auto keys = in(*keys_);
    Buffer<i64> starts(count + 1, 0), cursor(count);
    Buffer<i32> order(keys.length());
    if (!starts.ok() || !cursor.ok() || !order.ok()) return NMC_NO_MEMORY;
    for (i64 place = 0; place < keys.length(); ++place) ++starts[keys[place] + 1];
    for (i64 key = 0; key < count; ++key) starts[key + 1] += starts[key];
    for (i64 key = 0; key < count; ++key) cursor[key] = starts[key];
    for (i64 place = 0; place < keys.length(); ++place)
        order[cursor[keys[place]]++] = static_cast<i32>(place);
    starts.give(starts_, count + 1);
    order.give(order_, keys.length());
    return NMC_OK;
}

int nmc_face_spans(const i32_2 *cells_, int64_t first, int64_t last, i32_2 *spans_) {
    const auto cells = in(*cells_);
    const auto spans = out(*spans_);
    for (i64 b = first; b < last; ++b) {
        i32 least = INT32_MAX, greatest = INT32_MIN;
        const i64 end = std::min((b + 1) * BLOCK, cells.length());
        for (i64 cell = b * BLOCK; cell < end; ++cell)
            for (const i32 vertex : Lowest(cells, cell).of) {
                least = std::min(least, vertex);
                greatest = std::max(greatest, vertex);
            }
        spans(b, 0) = least;
        spans(b, 1) = greatest;
    }
    return NMC_OK;
}

int nmc_pair_faces(const i32_2 *spans_, const i32_2 *cells_, int64_t first, int64_t last,
                   i32_2 *across_) {
    const auto cells = in(*cells_);
    const auto across = out(*across_);
    FaceLists lists(in(*spans_), cells, first, last);
    Buffer<i64> keys(lists.longest());
    Buffer<i32> around(lists.longest());
    if (!lists.ok() || !keys.ok() || !around.ok()) return NMC_NO_MEMORY;
    for (i64 vertex = first; vertex < last; ++vertex)
        pair_faces(lists.at(vertex), cells, keys.data(), around.data(), across);
    return NMC_OK;
}
