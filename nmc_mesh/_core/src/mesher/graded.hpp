// The graded lattice: the body-centred cubic lattice of an octree, whose tetrahedra are listed.
//
//     +-------+---+---+     Vertices are the corners and centres of leaves, tetrahedra those of
//     |       |   |   |     Labelle & Shewchuk, doi 10.1145/1275808.1276448: between centres of
//     |   x   +---+---+     equal leaves as in lattice.hpp, in two where an edge has a vertex in
//     |       |   |   |     its middle; where a leaf meets smaller ones, every quarter of its face
//     +-------+---+---+     is two triangles, each with a tetrahedron on either side.
//
// Row t of `tets` holds the vertices of a tetrahedron, positively oriented, the numbers of its edges
// 01, 02, 03, 12, 13, 23 and those of its faces opposite vertices 0 to 3. Only tetrahedra whose
// vertices differ in labels are ever cut: all others have edge 0 and face 0, which stay whole.
#pragma once

#include "a15.hpp"
#include "shape.hpp"

namespace nmc {

class Graded {
public:
    static constexpr int TETS = 1;  // per cell: here a cell is a tetrahedron

    static constexpr double REACH = Lattice::REACH;

    explicit Graded(const nmc_lattice &raw)
        : places_(in(raw.places)), tets_(in(raw.tets)), start_(in(raw.start)), near_(in(raw.near)) {}

    Vec vertex_place(i64 v) const { return {places_(v, 0), places_(v, 1), places_(v, 2)}; }

    // The edge of the smallest leaf at a vertex.
    double edge_at(i64 v) const { return places_(v, 3); }

    // The octree is larger than what is meshed, so what lies on its rim is never active.
    bool is_inner(i64) const { return true; }

    int degree(i64 v) const { return static_cast<int>(start_[v + 1] - start_[v]); }
    i64 neighbour(i64 v, int n) const { return near_[start_[v] + n]; }
    double too_close(i64 v, int n) const {
        const Vec way = vertex_place(neighbour(v, n)) - vertex_place(v);
        const double slight = 1e-6 * edge_at(v);
        const bool is_short =
            std::fabs(way.x) > slight && std::fabs(way.y) > slight && std::fabs(way.z) > slight;
        return is_short ? CLOSE_ON_SHORT : CLOSE_ON_LONG;
    }
    double length_of(i64 v, int n) const {
        return norm(vertex_place(neighbour(v, n)) - vertex_place(v)) / edge_at(v);
    }

    double share_of_volume(double share, i64 t) const {
        const Corners v = tet_vertices(t);
        return share * volume(vertex_place(v[0]), vertex_place(v[1]), vertex_place(v[2]),
                              vertex_place(v[3]));
    }

    i64 edge_number(i64 t, i64 v, i64 w) const {
        int i = 0, j = 0;
        while (tets_(t, i) != v) ++i;
        while (tets_(t, j) != w) ++j;
        return tets_(t, 4 + edge_slot(i < j ? i : j, i < j ? j : i));
    }
    Corners tet_vertices(i64 t) const {
        return {tets_(t, 0), tets_(t, 1), tets_(t, 2), tets_(t, 3)};
    }
    i64 tet_face(i64 t, int n) const { return tets_(t, 10 + n); }

private:
    View<const double, 2> places_;  // with the edge of the smallest leaf
    View<const i32, 2> tets_;
    View<const i64, 1> start_;
    View<const i32, 1> near_;
};

// Call work(lattice) with the lattice in its own type.
template <class Work>
auto with_lattice(const nmc_lattice &raw, Work &&work) {
    if (in(raw.tets).length() > 0) return work(Graded(raw));
    if (raw.a15) return work(A15(raw));
    return work(Lattice(raw));
}

}  // namespace nmc
