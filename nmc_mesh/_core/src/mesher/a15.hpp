// The A15 lattice: vertices, edges, faces and tetrahedra by arithmetic alone.
//
// A grid of (nx, ny, nz) cells, see a15_cell.hpp. Vertex 8 c + s is site s of the cell
// c = (i ny + j) nz + k, whose corner is at lower + (i, j, k) step. Edge 54 c + e, face 92 c + f
// and tetrahedron 46 c + t are likewise those of a cell: an edge or face that of its lowest vertex,
// a tetrahedron the one where its least coordinates are.
#pragma once

#include "a15_cell.hpp"
#include "lattice.hpp"

namespace nmc {

struct A15 : Grid {
    static constexpr int TETS = a15::TETS;  // per cell

    // How close to a vertex a boundary has to cross one of its edges for the vertex to be moved
    // onto it, in edges a: about as far along all of them (ours; shares of 0.36 to 0.45).
    static constexpr double CLOSE = 0.35;
    // How far a vertex may move, in edges a: a little more than a violating crossing is away.
    static constexpr double REACH = 0.45;

    explicit A15(const nmc_lattice &raw) : Grid(raw) {
        for (int s = 0; s < a15::SITES; ++s)
            for (int n = 0; n < a15::TABLES.degree[s]; ++n) {
                const a15::Node &node = a15::TABLES.near[s][n];
                near_[s][n] = a15::SITES * cells_off(node.off) + node.site;
                length_[s][n] = norm(way_of(node) - way_of({s, {0, 0, 0}})) / edge;
            }
        for (int t = 0; t < TETS; ++t) {
            for (int n = 0; n < 4; ++n) {
                const a15::Node &node = a15::TABLES.tets[t][n];
                tets_[t][n] = a15::SITES * cells_off(node.off) + node.site;
                const a15::Part &face = a15::TABLES.faces[t][n];
                faces_[t][n] = a15::FACES * cells_off(face.off) + face.number;
            }
            for (int n = 0; n < 6; ++n) {
                const a15::Part &part = a15::TABLES.edges[t][n];
                edges_[t][n] = a15::EDGES * cells_off(part.off) + part.number;
            }
        }
    }

    Vec vertex_place(i64 v) const {
        const i64 c = v / a15::SITES;
        const int *site = a15::SITE[v % a15::SITES];
        const i64 i = c / stride[0], j = (c / shape[2]) % shape[1], k = c % shape[2];
        return {lower.x + step.x * (static_cast<double>(i) + 0.25 * site[0]),
                lower.y + step.y * (static_cast<double>(j) + 0.25 * site[1]),
                lower.z + step.z * (static_cast<double>(k) + 0.25 * site[2])};
    }

    // The number of edges at a vertex, and the vertex at the other end of edge n.
    int degree(i64 v) const { return a15::TABLES.degree[v % a15::SITES]; }
    i64 neighbour(i64 v, int n) const {
        return v - v % a15::SITES + near_[v % a15::SITES][n];
    }
    // The length of edge n in edges a, and which part of it a crossing is too close within.
    double length_of(i64 v, int n) const { return length_[v % a15::SITES][n]; }
    double too_close(i64 v, int n) const { return least(0.5, CLOSE / length_of(v, n)); }

    // A share of the volume that a tetrahedron has before anything is moved.
    double share_of_volume(double share, i64 t) const {
        return share * a15::TABLES.six[t % TETS] * (step.x * step.y * step.z) / 384.0;
    }

    // The number of the edge between two vertices of a tetrahedron.
    i64 edge_number(i64 t, i64 v, i64 w) const {
        const i64 c = t / TETS, first = a15::SITES * c;
        const i64 *near = tets_[t % TETS];
        int i = 0, j = 0;
        while (first + near[i] != v) ++i;
        while (first + near[j] != w) ++j;
        return a15::EDGES * c + edges_[t % TETS][edge_slot(i < j ? i : j, i < j ? j : i)];
    }

    // The vertices of tetrahedron t of cell t / 46, positively oriented.
    Corners tet_vertices(i64 t) const {
        const i64 first = a15::SITES * (t / TETS);
        const i64 *near = tets_[t % TETS];
        return {first + near[0], first + near[1], first + near[2], first + near[3]};
    }

    // The number of the face of tetrahedron t opposite its vertex n.
    i64 tet_face(i64 t, int n) const { return a15::FACES * (t / TETS) + faces_[t % TETS][n]; }

private:
    i64 near_[a15::SITES][a15::DEGREE];  // numbers from the first vertex of the cell on
    double length_[a15::SITES][a15::DEGREE];
    i64 tets_[TETS][4], edges_[TETS][6], faces_[TETS][4];

    Vec way_of(const a15::Node &node) const {
        return {0.25 * step.x * node.quarters(0), 0.25 * step.y * node.quarters(1),
                0.25 * step.z * node.quarters(2)};
    }
    i64 cells_off(const int *off) const {
        return off[0] * stride[0] + off[1] * stride[1] + off[2] * stride[2];
    }
};

}  // namespace nmc
