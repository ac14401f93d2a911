#include "work.hpp"

#include <utility>

namespace nmc {

void Work::remove_from_star(i64 v, i64 t) const {
    const View<i32, 1> list = cells_at(v);
    i64 i = 0;
    while (list[i] != t) ++i;
    for (; i < list.length() - 1; ++i) list[i] = list[i + 1];
    --degree[v];
}

void Work::widen(i64 v) const {
    const i64 place = __atomic_fetch_add(taken.data, static_cast<i64>(most[v]), __ATOMIC_RELAXED);
    NMC_CHECK(place + most[v] <= pool.length());
    std::memcpy(pool.data + place, pool.data + start[v],
                static_cast<std::size_t>(degree[v]) * sizeof(i32));
    start[v] = place;
}

void Work::put_cell(i64 t, i64 a, i64 b, i64 c, i64 d, i32 label) const {
    const i64 corners[] = {a, b, c, d};
    labels[t] = label;
    for (int i = 0; i < 4; ++i) {
        cells(t, i) = static_cast<i32>(corners[i]);
        add_to_star(corners[i], t);
        touched[corners[i]] = true;
    }
}

void Work::take_cell(i64 t) const {
    for (int i = 0; i < 4; ++i) remove_from_star(cells(t, i), t);
    labels[t] = DEAD;
}

// The other two vertices p, q of a cell with the edge a b, so that (a, b, p, q) is positive. False
// if it does not have both a and b.
static bool other_two(const i32 *cell, i64 a, i64 b, i64 &p, i64 &q) {
    int i = -1, j = -1;
    for (int k = 0; k < 4; ++k) {
        if (cell[k] == a) {
            i = k;
        } else if (cell[k] == b) {
            j = k;
        }
    }
    if (i < 0 || j < 0) return false;
    int k = 0;
    while (k == i || k == j) ++k;
    const int m = 6 - i - j - k;
    // (i, j, k, m) is an even permutation of the cell's corners if it has an even number of
    // inversions; then it turns like the cell, which is positive.
    const int swaps = (i > j) + (i > k) + (i > m) + (j > k) + (j > m) + (k > m);
    p = cell[swaps % 2 == 0 ? k : m];
    q = cell[swaps % 2 == 0 ? m : k];
    return true;
}

void Work::find_ring(i64 a, i64 b, Ring &ring) const {
    i64 nexts[RING];  // cell i has the vertices (a, b, ring.vertices[i], nexts[i])
    int n = 0;
    ring.count = 0;
    const View<i32, 1> list = cells_at(a);
    for (i64 place = 0; place < list.length(); ++place) {
        i64 p, q;
        if (!other_two(corners(list[place]), a, b, p, q)) continue;
        if (n == RING) return;
        ring.cells[n] = list[place];
        ring.vertices[n] = p;
        nexts[n] = q;
        ++n;
    }
    for (int i = 1; i < n; ++i) {
        int k = i;
        while (k < n && ring.vertices[k] != nexts[i - 1]) ++k;
        if (k == n) return;
        std::swap(ring.cells[i], ring.cells[k]);
        std::swap(ring.vertices[i], ring.vertices[k]);
        std::swap(nexts[i], nexts[k]);
    }
    if (n < 3 || nexts[n - 1] != ring.vertices[0]) return;
    ring.count = n;
}

}  // namespace nmc

using namespace nmc;

int nmc_count_stars(const i32_2 *cells_, i32_1 *count_) {
    const auto cells = in(*cells_);
    const auto count = out(*count_);
    for (i64 t = 0; t < cells.length(); ++t)
        for (int i = 0; i < 4; ++i) ++count[cells(t, i)];
    return NMC_OK;
}

int nmc_fill_stars(const i32_2 *cells_, const i64_1 *start_, i32_1 *count_, i32_1 *pool_) {
    const auto cells = in(*cells_);
    const auto start = in(*start_);
    const auto count = out(*count_);
    const auto pool = out(*pool_);
    for (i64 t = 0; t < cells.length(); ++t) {
        for (int i = 0; i < 4; ++i) {
            const i32 v = cells(t, i);
            pool[start[v] + count[v]] = static_cast<i32>(t);
            ++count[v];
        }
    }
    return NMC_OK;
}
