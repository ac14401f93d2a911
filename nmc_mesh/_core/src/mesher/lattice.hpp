// The body-centred cubic lattice: vertices, edges, faces and tetrahedra by arithmetic alone.
//
//       +-------+     A grid of (nx, ny, nz) cells of edge a. Vertex 2 c + s of the cell
//      /|      /|     c = (i ny + j) nz + k is its corner (s = 0, at lower + a (i, j, k)) or
//     +-------+ |     its centre (s = 1, half a cell on). Every vertex has 14 edges: 6 long ones
//     | | x   | |     of length a to its own kind, 8 short ones of a sqrt(3)/2 to the other kind.
//     | +-----|-+     Two adjacent centres and an edge of their common face make a tetrahedron:
//     |/      |/      12 per cell.
//     +-------+
//
// Edge 14 c + e: e < 3 corner to next corner along axis e; 3 <= e < 6 centre to next centre along
// e - 3; e >= 6 corner to the centre of the cell (i, j, k) - bits(e - 6).
// Face 24 c + f: f < 12 two centres (cell c, axis f / 4) with corner f % 4 of their common face;
// f >= 12 corner edge (cell c, axis (f - 12) / 4) with one of the four centres round it.
#pragma once

#include <array>
#include <utility>

#include "label.hpp"

namespace nmc {

using Corners = std::array<i64, 4>;

// Shares of the edges that a crossing is too close within: Labelle & Shewchuk, isosurface stuffing,
// doi 10.1145/1275808.1276448.
constexpr double CLOSE_ON_SHORT = 0.41, CLOSE_ON_LONG = 0.25;

// The place of an edge between corners i < j of a tetrahedron among its six.
constexpr int edge_slot(int i, int j) { return i == 0 ? j - 1 : i + j; }

// What even lattices have in common: a grid of cells that are alike.
struct Grid {
    Vec lower;         // the corner of the first cell in um
    double edge;       // a in um
    Vec step;          // edges of cells along the axes
    i64 shape[3];      // cells
    i64 stride[3];     // the distance in cell numbers of two neighbours along an axis

    explicit Grid(const nmc_lattice &raw) : edge(raw.a) {
        const auto corner = in(raw.lower), edges = in(raw.step);
        lower = {corner[0], corner[1], corner[2]};
        step = {edges[0], edges[1], edges[2]};
        for (int axis = 0; axis < 3; ++axis) shape[axis] = in(raw.shape)[axis];
        stride[0] = shape[1] * shape[2];
        stride[1] = shape[2];
        stride[2] = 1;
    }

    // The edge a at a vertex.
    double edge_at(i64) const { return edge; }

    // Whether a cell is not on the rim: then all of its tetrahedra and their neighbours are there.
    bool is_inner(i64 c) const {
        const i64 i = c / stride[0], j = (c / shape[2]) % shape[1], k = c % shape[2];
        return 0 < i && i < shape[0] - 2 && 0 < j && j < shape[1] - 2 && 0 < k && k < shape[2] - 2;
    }
};

struct Lattice : Grid {
    static constexpr int TETS = 12;  // per cell

    // How far a vertex may move, in cell edges: a little more than a violating crossing is away.
    static constexpr double REACH = 0.42;

    using Grid::Grid;

    Vec vertex_place(i64 v) const {
        const i64 c = v / 2;
        const double half = 0.5 * static_cast<double>(v % 2);
        const i64 i = c / stride[0], j = (c / shape[2]) % shape[1], k = c % shape[2];
        return {lower.x + step.x * (static_cast<double>(i) + half),
                lower.y + step.y * (static_cast<double>(j) + half),
                lower.z + step.z * (static_cast<double>(k) + half)};
    }

    // The vertex at the other end of edge n = 0..13 of vertex v (n < 6: long).
    i64 neighbour(i64 v, int n) const {
        const i64 c = v / 2, s = v % 2;
        if (n < 6) return 2 * (n % 2 ? c + stride[n / 2] : c - stride[n / 2]) + s;
        const i64 offset = bit_offset(n - 6);
        return s == 0 ? 2 * (c - offset) + 1 : 2 * (c + offset);
    }

    // The number of edges at a vertex; which part of edge n from v on a crossing is too close
    // within; its length in cell edges, sqrt(3) / 2 of a short one.
    int degree(i64) const { return 14; }
    double too_close(i64, int n) const { return n < 6 ? CLOSE_ON_LONG : CLOSE_ON_SHORT; }
    double length_of(i64, int n) const { return n < 6 ? 1.0 : 0.8660254037844386; }

    // A share of the volume that a tetrahedron has before anything is moved.
    double share_of_volume(double share, i64) const { return share * edge * edge * edge / 12.0; }

    // The number of the edge between two vertices of a tetrahedron.
    i64 edge_number(i64, i64 v, i64 w) const {
        if (v % 2 == w % 2) {
            const i64 low = (v < w ? v : w) / 2, apart = (v < w ? w - v : v - w) / 2;
            return 14 * low + 3 * (v % 2) + axis_of(apart);
        }
        const i64 corner = v % 2 == 0 ? v : w, centre = v % 2 == 0 ? w : v;
        const i64 offset = (corner - (centre - 1)) / 2;
        int bits = 0;
        for (int trial = 1; trial < 8; ++trial)
            if (bit_offset(trial) == offset) bits = trial;
        return 14 * (corner / 2) + 6 + bits;
    }

    // The vertices of tetrahedron t = 12 c + 4 axis + q, positively oriented: centre, next centre,
    // corner q and corner q + 1 of their common face.
    Corners tet_vertices(i64 t) const {
        const i64 c = t / 12;
        const int axis = static_cast<int>(t % 12) / 4, q = static_cast<int>(t % 4);
        const i64 p = c + stride[axis];
        return {2 * c + 1, 2 * p + 1, 2 * face_corner(p, axis, q),
                2 * face_corner(p, axis, (q + 1) % 4)};
    }

    // The number of the face of tetrahedron t opposite its vertex n.
    i64 tet_face(i64 t, int n) const {
        const i64 c = t / 12;
        const int axis = static_cast<int>(t % 12) / 4, q = static_cast<int>(t % 4);
        if (n == 2) return 24 * c + 4 * axis + (q + 1) % 4;
        if (n == 3) return 24 * c + 4 * axis + q;
        const i64 p = c + stride[axis];
        const i64 first = face_corner(p, axis, q), second = face_corner(p, axis, (q + 1) % 4);
        const i64 low = first < second ? first : second;
        const int along = axis_of(first < second ? second - first : first - second);
        const i64 offset = low - (n == 0 ? p : c);
        const i64 u = stride[(along + 1) % 3], v = stride[(along + 2) % 3];
        const int side = offset == u ? 1 : offset == v ? 2 : offset == u + v ? 3 : 0;
        return 24 * low + 12 + 4 * along + side;
    }

private:
    // The axis along which two neighbouring cells are so far apart.
    int axis_of(i64 apart) const { return apart == stride[0] ? 0 : apart == stride[1] ? 1 : 2; }

    // The offset in cell numbers of (bits & 1, bits >> 1 & 1, bits >> 2 & 1).
    i64 bit_offset(int bits) const {
        return (bits & 1) * stride[0] + ((bits >> 1) & 1) * stride[1] + ((bits >> 2) & 1);
    }

    // The cell of corner q of the square at cell p normal to an axis, in turning order.
    i64 face_corner(i64 p, int axis, int q) const {
        const i64 u = stride[(axis + 1) % 3], v = stride[(axis + 2) % 3];
        return q == 0 ? p : q == 1 ? p + u : q == 2 ? p + u + v : p + v;
    }
};

// Put three numbers in ascending order.
inline void sort_three(i64 &a, i64 &b, i64 &c) {
    if (a > b) std::swap(a, b);
    if (b > c) std::swap(b, c);
    if (a > b) std::swap(a, b);
}

// Write a value that several threads may write at a time, all of them the same.
template <class T>
inline void agree(T &place, T value) {
    __atomic_store(&place, &value, __ATOMIC_RELAXED);
}

}  // namespace nmc
