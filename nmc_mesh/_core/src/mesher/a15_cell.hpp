// The cell of the A15 lattice: its vertices, and how its edges, faces and tetrahedra hang together.
//
//     |       o   |       |    o       Eight vertices: two sites of a body-centred cubic lattice
//     |   o       |   o   |            (0 and 1), and pairs that stand a quarter before and behind
//     x-----------x-------x--          the middle of every face, along x, y and z in turn (2 to 7).
//
// Two vertices are joined where they are at most sqrt(6) / 4 of a cell apart: 2, sqrt(5) or sqrt(6)
// quarters. Three that are joined two by two are a face, four a tetrahedron, and these are the
// Delaunay tetrahedra of the vertices: 54 edges, 92 faces and 46 tetrahedra per cell, with dihedral
// angles of 53.1 to 78.5 degrees (body-centred cubic: 60 and 90). So the compiler finds them all.
// After Williams (thesis, UBC 2008) and Doran (thesis, UBC 2013: Isosurface stuffing improved,
// acute lattices and feature matching).
#pragma once

namespace nmc {

namespace a15 {

constexpr int SITES = 8, EDGES = 54, FACES = 92, TETS = 46;  // per cell
constexpr int DEGREE = 14;                                    // edges at a vertex at most

// Places of the sites in quarters of a cell.
constexpr int SITE[SITES][3] = {{0, 0, 0}, {2, 2, 2}, {1, 2, 0}, {3, 2, 0},
                                {0, 1, 2}, {0, 3, 2}, {2, 0, 1}, {2, 0, 3}};

// A vertex: its site and how many cells it is off along each axis.
struct Node {
    int site, off[3];

    constexpr int quarters(int axis) const { return 4 * off[axis] + SITE[site][axis]; }
    constexpr Node moved(const int *by, int sign) const {
        return {site, {off[0] + sign * by[0], off[1] + sign * by[1], off[2] + sign * by[2]}};
    }
};

constexpr int apart2(const Node &a, const Node &b) {
    int sum = 0;
    for (int axis = 0; axis < 3; ++axis) {
        const int way = b.quarters(axis) - a.quarters(axis);
        sum += way * way;
    }
    return sum;
}
constexpr bool is_joined(const Node &a, const Node &b) {
    const int far2 = apart2(a, b);
    return 0 < far2 && far2 <= 6;
}
// As vertices are numbered.
constexpr bool is_before(const Node &a, const Node &b) {
    for (int axis = 0; axis < 3; ++axis)
        if (a.off[axis] != b.off[axis]) return a.off[axis] < b.off[axis];
    return a.site < b.site;
}
constexpr bool is_same(const Node &a, const Node &b) {
    return !is_before(a, b) && !is_before(b, a);
}

// Something of a lattice: which of its cell, and how far off that cell is.
struct Part {
    int number, off[3];
};

// What the cells have in common, found once by the compiler.
struct Tables {
    int degree[SITES] = {};
    Node near[SITES][DEGREE] = {};  // the vertices at the other ends of edges, ascending
    Node tets[TETS][4] = {};        // positive; with off 0 or 1
    Part edges[TETS][6] = {};       // 01, 02, 03, 12, 13, 23
    Part faces[TETS][4] = {};       // opposite vertices 0 to 3
    int six[TETS] = {};             // six volumes, in quarters: 8 or 9
    int n_edges = 0, n_faces = 0, n_tets = 0;
};

constexpr int six_volumes(const Node (&v)[4]) {
    int e[3][3] = {};
    for (int n = 0; n < 3; ++n)
        for (int axis = 0; axis < 3; ++axis)
            e[n][axis] = v[n + 1].quarters(axis) - v[0].quarters(axis);
    return e[0][0] * (e[1][1] * e[2][2] - e[1][2] * e[2][1]) -
           e[0][1] * (e[1][0] * e[2][2] - e[1][2] * e[2][0]) +
           e[0][2] * (e[1][0] * e[2][1] - e[1][1] * e[2][0]);
}

// Edges, or faces, as their lowest vertex in the cell (0, 0, 0) comes first, and where those of a
// site begin.
template <int N>
struct List {
    Node all[128][N] = {};
    int start[SITES + 1] = {};
    int count = 0;

    constexpr void add(const Node (&nodes)[N]) {
        for (int i = 0; i < N; ++i) all[count][i] = nodes[i];
        ++count;
    }
};

// The number of an edge or face and the cell of its lowest vertex, which it is numbered by.
template <int N>
constexpr Part numbered(const List<N> &list, const Node *nodes) {
    Node sorted[N] = {};
    for (int i = 0; i < N; ++i) {
        int k = i;
        for (; k > 0 && is_before(nodes[i], sorted[k - 1]); --k) sorted[k] = sorted[k - 1];
        sorted[k] = nodes[i];
    }
    const Node low = sorted[0];
    int n = list.start[low.site];
    for (int i = 1; i < N; ++i)
        while (!is_same(list.all[n][i], sorted[i].moved(low.off, -1))) ++n, i = 1;
    return {n, {low.off[0], low.off[1], low.off[2]}};
}

constexpr void find_neighbours(Tables &made) {
    for (int s = 0; s < SITES; ++s) {
        const Node low = {s, {0, 0, 0}};
        for (int n = 0; n < 27 * SITES; ++n) {
            const int cell = n / SITES;
            const Node node = {n % SITES, {cell / 9 - 1, cell / 3 % 3 - 1, cell % 3 - 1}};
            if (is_joined(low, node)) made.near[s][made.degree[s]++] = node;
        }
    }
}

// Put a tetrahedron into the cell of its least coordinates, turned to be positive.
constexpr void add_tet(Tables &made, const Node *nodes) {
    int low[3] = {nodes[0].off[0], nodes[0].off[1], nodes[0].off[2]};
    for (int n = 1; n < 4; ++n)
        for (int axis = 0; axis < 3; ++axis)
            low[axis] = nodes[n].off[axis] < low[axis] ? nodes[n].off[axis] : low[axis];
    Node(&tet)[4] = made.tets[made.n_tets];
    for (int n = 0; n < 4; ++n) tet[n] = nodes[n].moved(low, -1);
    if (six_volumes(tet) < 0) {
        const Node swapped = tet[2];
        tet[2] = tet[3];
        tet[3] = swapped;
    }
    made.six[made.n_tets++] = six_volumes(tet);
}

// Find what is joined two by two, each by its lowest vertex; of it the edges and faces.
constexpr void find_tets(Tables &made, List<2> &edges, List<3> &faces) {
    for (int s = 0; s < SITES; ++s) {
        const Node low = {s, {0, 0, 0}};
        for (int i = 0; i < made.degree[s]; ++i) {
            const Node a = made.near[s][i];
            if (!is_before(low, a)) continue;
            edges.add({low, a});
            for (int j = i + 1; j < made.degree[s]; ++j) {
                const Node b = made.near[s][j];
                if (!is_joined(a, b)) continue;
                faces.add({low, a, b});
                for (int k = j + 1; k < made.degree[s]; ++k) {
                    const Node tet[4] = {low, a, b, made.near[s][k]};
                    if (is_joined(a, tet[3]) && is_joined(b, tet[3])) add_tet(made, tet);
                }
            }
        }
        edges.start[s + 1] = edges.count;
        faces.start[s + 1] = faces.count;
    }
}

constexpr Tables tables() {
    Tables made;
    List<2> edges;
    List<3> faces;
    find_neighbours(made);
    find_tets(made, edges, faces);
    made.n_edges = edges.count;
    made.n_faces = faces.count;
    for (int t = 0; t < TETS; ++t) {
        const Node *v = made.tets[t];
        int slot = 0;
        for (int i = 0; i < 3; ++i)
            for (int j = i + 1; j < 4; ++j) {
                const Node ends[2] = {v[i], v[j]};
                made.edges[t][slot++] = numbered(edges, ends);
            }
        for (int n = 0; n < 4; ++n) {
            const Node corners[3] = {v[(n + 1) % 4], v[(n + 2) % 4], v[(n + 3) % 4]};
            made.faces[t][n] = numbered(faces, corners);
        }
    }
    return made;
}

constexpr Tables TABLES = tables();

static_assert(TABLES.n_edges == EDGES && TABLES.n_faces == FACES && TABLES.n_tets == TETS);

}  // namespace a15

}  // namespace nmc
