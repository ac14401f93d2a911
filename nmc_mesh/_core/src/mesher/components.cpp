// Face-connected pieces of a label, and to whom a fragment goes.
//
//     +-----+-----+-----+      A in two pieces: the smaller one, a fragment, goes to the label that
//     |  A  |  B     B  |      it has most surface in common with, here B. Fragments do not count
//     +-----+     +-----+      as neighbours of fragments: else two of them could swap labels.
//     |  A     A  | (A) |
//     +-----------+-----+
#include "../mesh/union.hpp"
#include "label.hpp"
#include "shape.hpp"

namespace nmc {

// Labels round a fragment, and the area that it has in common with each. More than MOST labels are
// never seen; those that come last would be left out.
struct Surroundings {
    static constexpr int MOST = 64;
    Label names[MOST];
    double areas[MOST];
    int count = 0;

    void add(Label name, double area) {
        int k = 0;
        while (k < count && names[k] != name) ++k;
        if (k == count) {
            if (count == MOST) return;
            names[k] = name;
            areas[k] = 0.0;
            ++count;
        }
        areas[k] += area;
    }

    // The label with the largest area, the lower one among equals, with `inner` of the grains if
    // there are any; EMPTY if nothing is there.
    Label largest(bool inner) const {
        int best = -1;
        for (int k = 0; k < count; ++k) {
            if (inner && best >= 0 && (names[k] > 0) != (names[best] > 0)) {
                if (names[k] > 0) best = k;
            } else if (best < 0 || areas[k] > areas[best] ||
                       (areas[k] == areas[best] && names[k] < names[best])) {
                best = k;
            }
        }
        return best >= 0 ? names[best] : EMPTY;
    }
};

}  // namespace nmc

using namespace nmc;

int nmc_give_away(const i32_1 *labels_, const i32_2 *across_, const b8_1 *fragment_,
                  const f64_2 *area_, const i64_1 *start_, const i32_1 *cells_, bool inner,
                  i32_1 *offer_) {
    const auto labels = in(*labels_), cells = in(*cells_);
    const auto across = in(*across_);
    const auto fragment = in(*fragment_);
    const auto area = in(*area_);
    const auto start = in(*start_);
    const auto offer = out(*offer_);
    for (i64 n = 0; n < offer.length(); ++n) {
        Surroundings around;
        for (i64 p = start[n]; p < start[n + 1]; ++p) {
            const i64 t = cells[p];
            for (int i = 0; i < 4; ++i) {
                const i64 s = across(t, i);
                if (s >= 0 && !fragment[s]) around.add(labels[s], area(p, i));
            }
        }
        offer[n] = around.largest(inner);
    }
    return NMC_OK;
}

int nmc_cell_volumes(const f64_2 *points_, const i32_2 *cells_, int64_t first, int64_t last,
                     f64_1 *volumes_) {
    const auto points = in(*points_);
    const auto cells = in(*cells_);
    const auto volumes = out(*volumes_);
    for (i64 t = first; t < last; ++t)
        volumes[t] = volume(point(points, cells(t, 0)), point(points, cells(t, 1)),
                            point(points, cells(t, 2)), point(points, cells(t, 3)));
    return NMC_OK;
}

int nmc_unite_cells(const i32_1 *labels_, const i32_2 *across_, bool alike, i32_1 *parent_) {
    const auto labels = in(*labels_);
    const auto across = in(*across_);
    const auto parent = out(*parent_);
    const i64 count = labels.length();
    for (i64 t = 0; t < count; ++t) {
        if (labels[t] <= 0) continue;
        i32 p = find_root(parent, static_cast<i32>(t));
        for (int i = 0; i < 4; ++i) {
            const i64 s = across(t, i);  // each pair once, from its lower cell; -1 is lower too
            if (s < t || labels[s] <= 0 || (!alike && labels[s] != labels[t])) continue;
            if (parent[s] == p) continue;
            const i32 q = find_root(parent, static_cast<i32>(s));
            parent[p < q ? q : p] = p < q ? p : q;  // the same where p == q
            p = p < q ? p : q;
        }
    }
    for (i64 t = 0; t < count; ++t) parent[t] = find_root(parent, static_cast<i32>(t));
    return NMC_OK;
}
