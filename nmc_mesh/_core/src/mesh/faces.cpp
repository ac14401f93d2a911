// Cells matched across their faces, and places sorted by key.
//
// Two cells share a face if the three vertices are the same. Faces with one lowest vertex are few
// (two dozen), so they are looked up by the other two vertices in a small table. Lists of different
// vertices share no face, so threads may take them in any order.
#include "face_lists.hpp"

namespace nmc {

// Which face was seen last with a pair of vertices, of the faces at one vertex.
class Seen {
public:
    explicit Seen(i64 most) {
        while (places_ <= 2 * most) places_ *= 2;
        keys_.resize(places_);
        faces_.resize(places_);
    }

    bool ok() const { return keys_.ok() && faces_.ok(); }
    // Forget all, and be ready for so many faces.
    void clear(i64 count) {
        mask_ = 15;
        while (mask_ < 2 * count) mask_ = 2 * mask_ + 1;
        for (i64 place = 0; place <= mask_; ++place) keys_[place] = -1;
    }
    // Put a face in the place of the one with the same vertices; return that, -1 if there is none.
    i32 replace(const SortedFace &with, i32 face) {
        const i64 key = with.b << 32 | with.c;
        // Knuth's multiplicative hash; numbers of neighbours are close to each other.
        i64 place = static_cast<i64>(static_cast<u64>(key) * 0x9E3779B97F4A7C15 >> 40) & mask_;
        while (keys_[place] != key) {
            if (keys_[place] < 0) {
                keys_[place] = key;
                faces_[place] = face;
                return -1;
            }
            place = (place + 1) & mask_;
        }
        const i32 last = faces_[place];
        faces_[place] = face;
        return last;
    }

private:
    i64 places_ = 16, mask_ = 15;
    Buffer<i64> keys_;
    Buffer<i32> faces_;
};

// Write the cells behind the faces of a list, which have one lowest vertex.
static void pair_faces(const View<i32, 1> &list, const View<const i32, 2> &cells, Seen &seen,
                       const View<i32, 2> &across) {
    seen.clear(list.length());
    for (i64 i = 0; i < list.length(); ++i) {
        const i32 two = list[i], one = seen.replace(sorted_face(cells, two), two);
        if (one < 0) continue;
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
    Seen seen(lists.longest());
    if (!lists.ok() || !seen.ok()) return NMC_NO_MEMORY;
    for (i64 vertex = first; vertex < last; ++vertex)
        pair_faces(lists.at(vertex), cells, seen, across);
    return NMC_OK;
}
