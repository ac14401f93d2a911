// Edges and faces of a graded lattice, numbered where they may be cut.
//
// Edges and faces are told apart by their vertices: those with the same lowest vertex are put
// together by counting, and each such handful is sorted by the others. So numbers follow the
// vertices, whatever the order of the tetrahedra.
#include "graded.hpp"

#include <algorithm>

namespace nmc {
namespace {

// An edge or a face of a tetrahedron: its vertices but the lowest, and where its number belongs.
struct Side {
    i32 middle, highest;
    i32 tet, slot;
};

bool is_before(const Side &one, const Side &other) {
    return one.middle != other.middle ? one.middle < other.middle : one.highest < other.highest;
}

bool is_mixed(const View<i32, 2> &tets, const View<const i32, 1> &labels, i64 t) {
    const i32 first = labels[tets(t, 0)];
    return labels[tets(t, 1)] != first || labels[tets(t, 2)] != first || labels[tets(t, 3)] != first;
}

// The tetrahedra that may be cut: those whose vertices differ in labels and, as edges within a
// domain boundary are cut too, those beyond one that touch them. None of that matters but where a
// vertex of a tetrahedron at a grain is.
bool mark_mixed(const View<i32, 2> &tets, const View<const i32, 1> &labels, Buffer<u8> &mixed) {
    Buffer<u8> near(labels.length(), 0);
    if (!near.ok() || !mixed.ok()) return false;
    for (i64 t = 0; t < tets.length(); ++t) {
        bool at_grain = false;
        for (int n = 0; n < 4; ++n) at_grain = at_grain || labels[tets(t, n)] > 0;
        for (int n = 0; at_grain && n < 4; ++n) near[tets(t, n)] = 1;
    }
    for (i64 t = 0; t < tets.length(); ++t) {
        mixed[t] = 0;
        if (is_mixed(tets, labels, t) || labels[tets(t, 0)] < 0)
            for (int n = 0; n < 4; ++n) mixed[t] |= near[tets(t, n)];
    }
    return true;
}

// Call visit(lowest, side) for the edges, or the faces, of the tetrahedra that may be cut.
template <class Visit>
void for_sides(const View<i32, 2> &tets, const Buffer<u8> &mixed, bool faces, Visit &&visit) {
    for (i64 t = 0; t < tets.length(); ++t) {
        if (!mixed[t]) continue;
        const i32 tet = static_cast<i32>(t);
        if (faces) {
            for (int n = 0; n < 4; ++n) {
                i64 a = tets(t, (n + 1) % 4), b = tets(t, (n + 2) % 4), c = tets(t, (n + 3) % 4);
                sort_three(a, b, c);
                visit(a, Side{static_cast<i32>(b), static_cast<i32>(c), tet, 10 + n});
            }
            continue;
        }
        for (int i = 0; i < 3; ++i)
            for (int j = i + 1; j < 4; ++j) {
                const i32 v = tets(t, i), w = tets(t, j);
                visit(std::min(v, w),
                      Side{std::max(v, w), 0, tet, 4 + edge_slot(i, j)});
            }
    }
}

// Number the edges, or the faces, from 1 on; call visit(lowest, side) once for each. Returns the
// next number, or 0 where memory does not suffice.
template <class Visit>
i64 number_sides(const View<i32, 2> &tets, const Buffer<u8> &mixed, i64 count, bool faces,
                 Visit &&visit) {
    Buffer<i64> start(count + 1, 0);
    if (!start.ok()) return 0;
    for_sides(tets, mixed, faces, [&](i64 lowest, const Side &) { ++start[lowest + 1]; });
    for (i64 v = 0; v < count; ++v) start[v + 1] += start[v];
    Buffer<Side> sides(start[count]);
    Buffer<i64> end(count);
    if (!sides.ok() || !end.ok()) return 0;
    for (i64 v = 0; v < count; ++v) end[v] = start[v];
    for_sides(tets, mixed, faces,
              [&](i64 lowest, const Side &side) { sides[end[lowest]++] = side; });
    i64 number = 0;
    for (i64 v = 0; v < count; ++v) {
        std::sort(sides.data() + start[v], sides.data() + start[v + 1], is_before);
        for (i64 n = start[v]; n < start[v + 1]; ++n) {
            const bool is_new = n == start[v] || is_before(sides[n - 1], sides[n]);
            if (is_new) visit(v, sides[n]);
            number += is_new;
            tets(sides[n].tet, sides[n].slot) = static_cast<i32>(number);
        }
    }
    return number + 1;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_number_graded(i32_2 *tets_, const i32_1 *labels_, int64_t *edges, int64_t *faces,
                      own_i64_1 *start_, own_i32_1 *near_) {
    const auto tets = out(*tets_);
    const auto labels = in(*labels_);
    const i64 count = labels.length();
    Buffer<i64> start(count + 1, 0);
    Buffer<i32> ends;  // of the edges whose ends have different labels, two by two
    Buffer<u8> mixed(tets.length());
    if (!start.ok() || !mark_mixed(tets, labels, mixed)) return NMC_NO_MEMORY;
    *edges = number_sides(tets, mixed, count, false, [&](i64 v, const Side &edge) {
        if (labels[v] == labels[edge.middle]) return;
        ends.push(static_cast<i32>(v));
        ends.push(edge.middle);
        ++start[v + 1];
        ++start[edge.middle + 1];
    });
    *faces = number_sides(tets, mixed, count, true, [](i64, const Side &) {});
    for (i64 v = 0; v < count; ++v) start[v + 1] += start[v];
    Buffer<i32> near(start[count]);
    Buffer<i64> next(count);
    if (*edges == 0 || *faces == 0 || !ends.ok() || !near.ok() || !next.ok()) return NMC_NO_MEMORY;
    for (i64 v = 0; v < count; ++v) next[v] = start[v];
    for (i64 n = 0; n < ends.size(); n += 2) {
        near[next[ends[n]]++] = ends[n + 1];
        near[next[ends[n + 1]]++] = ends[n];
    }
    start.give(start_, count + 1);
    near.give(near_, near.size());
    return NMC_OK;
}
