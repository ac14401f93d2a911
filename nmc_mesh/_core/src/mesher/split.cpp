// Tetrahedra split along the boundaries through them.
//
//     no cut        one cut        two cuts              three cuts
//
//        c             c              c                     c
//       / \           /|\            / \                   /|\ .
//      /   \         / | \         ca---\               ca  |  bc      + the triple point:
//     /     \       /  |  \        / `.  \               /`.|.'  \       a fan of six
//    a-------b     a---*---b      a---*---b             a---*+----b
//                                     ab
//
// The subdivision of a face depends on that face alone, so neighbours agree without talking: with
// two cuts the shorter diagonal, the lower number first. A tetrahedron is the cone over its faces'
// triangles from one point on its surface, if one sees all the others, else from its centre; warped
// tetrahedra are convex, so every cone is valid, whatever labels meet.
#include "graded.hpp"
#include "marks.hpp"
#include "sets.hpp"
#include "shape.hpp"

namespace nmc {

// Under this quality a cone from a point on the surface is compared with that from the centre,
// which costs a vertex.
constexpr double POOR = 0.04;

// Share of the way from one side of a domain boundary to the other that a centre on it keeps off
// the ends.
constexpr double CENTRE_MARGIN = 0.15;

// Pieces of one tetrahedron at most: no face has more than six triangles.
constexpr int MOST = 24;

struct Triangle {
    i64 a, b, c;  // numbers of points
    int side;     // the face of the tetrahedron that it lies on

    bool has(i64 p) const { return a == p || b == p || c == p; }
};

// The triangles of the four faces of a tetrahedron.
struct Surface {
    Triangle triangles[MOST];
    int count = 0;

    void add(int side, i64 a, i64 b, i64 c) {
        NMC_CHECK(count < MOST);
        triangles[count++] = {a, b, c, side};
    }
    const Triangle *begin() const { return triangles; }
    const Triangle *end() const { return triangles + count; }
};

// What a cleaving has made so far.
template <class L>
struct Cleft {
    const L &lattice;
    Sets sets;
    Marks cut, triple;               // the points of edges and faces, -1 where there is none
    View<const double, 2> points;    // the lattice's vertices, then cuts and triple points

    Vec place(i64 p) const { return point(points, p); }
};

// Append the triangles of a face with the vertices a < b < c.
template <Field F, class L>
static void split_face(const F &field, const Cleft<L> &cleft, i64 tet, int side, i64 a, i64 b,
                       i64 c, Surface &surface) {
    i64 ab = cleft.cut[cleft.lattice.edge_number(tet, a, b)];
    i64 bc = cleft.cut[cleft.lattice.edge_number(tet, b, c)];
    i64 ca = cleft.cut[cleft.lattice.edge_number(tet, a, c)];
    const int cuts = (ab >= 0) + (bc >= 0) + (ca >= 0);
    if (cuts == 0) return surface.add(side, a, b, c);
    if (cuts == 3) {
        const i64 apex = cleft.triple[cleft.lattice.tet_face(tet, side)];
        const i64 ring[] = {a, ab, b, bc, c, ca};
        for (int n = 0; n < 6; ++n) surface.add(side, apex, ring[n], ring[(n + 1) % 6]);
        return;
    }
    // Turn until edge a b is cut and, with two cuts, edge b c is not.
    for (int turn = 0; turn < 3 && !(ab >= 0 && (cuts == 1 || ca >= 0)); ++turn) {
        const i64 corner = a, edge = ab;
        a = b, b = c, c = corner;
        ab = bc, bc = ca, ca = edge;
    }
    if (cuts == 1) {
        surface.add(side, a, ab, c);
        surface.add(side, ab, b, c);
        return;
    }
    double to_c = square(cleft.place(ab) - cleft.place(c));
    double to_b = square(cleft.place(ca) - cleft.place(b));
    if constexpr (F::BOUNDED) {
        const bool inside_b = only_domain_boundary(field, cleft.sets, b) == 0;
        const bool inside_c = only_domain_boundary(field, cleft.sets, c) == 0;
        if (inside_b != inside_c) {
            // The cell at the vertex beyond the domain boundary ends there, not at a boundary
            // inside.
            to_c = inside_b ? 1.0 : 0.0;
            to_b = inside_b ? 0.0 : 1.0;
        }
    }
    surface.add(side, a, ab, ca);
    if (to_c < to_b || (to_c == to_b && ab < ca)) {
        surface.add(side, ab, b, c);
        surface.add(side, ab, c, ca);
    } else {
        surface.add(side, ab, b, ca);
        surface.add(side, b, c, ca);
    }
}

struct Cone {
    i64 apex;
    double worst;  // quality of its cells
};

// The cone from a point of the surface, or none (-1): a face that has the point on one of its
// triangles must have it on all of them, else a cell would be flat.
template <class L>
static Cone cone_from(const Cleft<L> &cleft, const Surface &surface, i64 p) {
    unsigned on = 0, off = 0;  // sides with a triangle at p, sides with a triangle apart from it
    for (const Triangle &t : surface) (t.has(p) ? on : off) |= 1u << t.side;
    if (on & off) return {-1, 0.0};
    double worst = 1.0;
    for (const Triangle &t : surface)
        if ((off >> t.side) & 1)
            worst = least(worst, std::fabs(quality(cleft.place(p), cleft.place(t.a),
                                                   cleft.place(t.b), cleft.place(t.c))));
    return {p, worst};
}

// The cone with the best worst quality, the first one among equals.
template <class L>
static Cone best_cone(const Cleft<L> &cleft, const Surface &surface) {
    Cone best = {-1, 0.0};
    i64 seen[4 + 6 + 4];  // corners, cuts, triple points
    int count = 0;
    for (const Triangle &t : surface)
        for (const i64 p : {t.a, t.b, t.c}) {
            bool known = false;
            for (int i = 0; i < count; ++i) known = known || seen[i] == p;
            if (known) continue;
            seen[count++] = p;
            const Cone cone = cone_from(cleft, surface, p);
            if (cone.apex >= 0 && (best.apex < 0 || cone.worst > best.worst)) best = cone;
        }
    return best;
}

// The worst quality of the cells between the surface and an inner point.
template <class L>
static double quality_from(const Cleft<L> &cleft, const Surface &surface, Vec centre) {
    double worst = 1.0;
    for (const Triangle &t : surface)
        worst = least(worst, std::fabs(quality(cleft.place(t.a), cleft.place(t.b),
                                               cleft.place(t.c), centre)));
    return worst;
}

static Vec divided(Vec p, double count) { return {p.x / count, p.y / count, p.z / count}; }

// The centre of a tetrahedron that one domain boundary passes through: where the line from the mean
// of the vertices inside to the mean of those beyond goes beyond it. Else what it was.
template <BoundedField F, class L>
static Vec centre_on_domain_boundary(const F &field, const Cleft<L> &cleft, const Corners &corners,
                                     Vec centre) {
    Label boundary = 0;
    int beyond = 0;
    for (const i64 v : corners) {
        const Label here = only_domain_boundary(field, cleft.sets, v);
        if (here == 0) continue;
        if (boundary != 0 && here != boundary) return centre;
        boundary = here;
        ++beyond;
    }
    if (boundary == 0 || beyond == 4) return centre;
    Vec from = {}, to = {};
    for (const i64 v : corners) {
        if (only_domain_boundary(field, cleft.sets, v) != 0)
            to = to + divided(cleft.place(v), beyond);
        else
            from = from + divided(cleft.place(v), 4 - beyond);
    }
    const Vec way = to - from;
    const double t = reach_domain_boundary(field, boundary, from, way);
    return from + least(most(t, CENTRE_MARGIN), 1.0 - CENTRE_MARGIN) * way;
}

// Pieces, their labels and new inner points; inner point i is named -1 - i in the pieces.
struct Pieces {
    Buffer<std::array<i32, 4>> cells;
    Buffer<Label> labels;
    Buffer<Vec> inner;

    bool ok() const { return cells.ok() && labels.ok() && inner.ok(); }
};

// The label with the least F at a point among those of the vertices; the lower one among equals.
template <Field F>
static Label least_label(const F &field, const Sets &sets, const Corners &corners, Vec p) {
    Pick best = {EMPTY, std::numeric_limits<double>::infinity()};
    const Label host = host_at(field, sets, corners, p);
    for (const i64 v : corners)
        for (int i = 0; i < 4; ++i) {
            const Label label = sets(v, i);
            if (label == EMPTY) continue;
            const double q = field.value(label, host, p);
            if (best.label == EMPTY || q < best.value || (q == best.value && label < best.label))
                best = {label, q};
        }
    return best.label;
}

// Turn a piece the right way round and name it: by a vertex inside one label, else by its middle.
template <Field F, class L>
static void add_piece(const F &field, const Cleft<L> &cleft, i64 vertices, const Corners &corners,
                      std::array<i32, 4> cell, Pieces &pieces) {
    Vec at[4];
    for (int n = 0; n < 4; ++n)
        at[n] = cell[n] >= 0 ? cleft.place(cell[n]) : pieces.inner[-1 - cell[n]];
    if (volume(at[0], at[1], at[2], at[3]) < 0.0) std::swap(cell[0], cell[1]);
    Label label = EMPTY;
    for (int n = 0; n < 4 && label == EMPTY; ++n)
        if (0 <= cell[n] && cell[n] < vertices && cleft.sets(cell[n], 1) == EMPTY)
            label = cleft.sets(cell[n], 0);
    if (label == EMPTY)
        label = least_label(field, cleft.sets, corners, 0.25 * (at[0] + at[1] + at[2] + at[3]));
    pieces.cells.push(cell);
    pieces.labels.push(label);
}

static std::array<i32, 4> cell_of(i64 a, i64 b, i64 c, i64 d) {
    return {static_cast<i32>(a), static_cast<i32>(b), static_cast<i32>(c), static_cast<i32>(d)};
}

template <class L>
static bool is_cut(const Cleft<L> &cleft, i64 t, const Corners &v) {
    for (int i = 0; i < 3; ++i)
        for (int j = i + 1; j < 4; ++j)
            if (cleft.cut.has(cleft.lattice.edge_number(t, v[i], v[j]))) return true;
    return false;
}

template <Field F, class L>
static void split_tet(const F &field, const Cleft<L> &cleft, i64 vertices, i64 t, Pieces &pieces) {
    const Corners v = cleft.lattice.tet_vertices(t);
    if (!is_cut(cleft, t, v))  // as most are
        return add_piece(field, cleft, vertices, v, cell_of(v[0], v[1], v[2], v[3]), pieces);
    Surface surface;
    for (int n = 0; n < 4; ++n) {
        i64 a = v[(n + 1) % 4], b = v[(n + 2) % 4], c = v[(n + 3) % 4];
        sort_three(a, b, c);
        split_face(field, cleft, t, n, a, b, c, surface);
    }
    const Cone cone = best_cone(cleft, surface);
    i64 apex = cone.apex;
    if (apex < 0 || cone.worst < POOR) {
        Vec centre = 0.25 * (cleft.place(v[0]) + cleft.place(v[1]) + cleft.place(v[2]) +
                             cleft.place(v[3]));
        if constexpr (F::BOUNDED) centre = centre_on_domain_boundary(field, cleft, v, centre);
        if (apex < 0 || quality_from(cleft, surface, centre) > cone.worst) {
            if (!pieces.inner.push(centre)) return;
            apex = -pieces.inner.size();
        }
    }
    unsigned at_apex = 0;  // sides that the apex lies on: no cells there
    for (const Triangle &s : surface)
        if (s.has(apex)) at_apex |= 1u << s.side;
    for (const Triangle &s : surface)
        if (!((at_apex >> s.side) & 1))
            add_piece(field, cleft, vertices, v, cell_of(s.a, s.b, s.c, apex), pieces);
}

}  // namespace nmc

using namespace nmc;

int nmc_split_tets(const nmc_field *raw, const nmc_lattice *raw_lattice, const b8_1 *active_,
                   const i32_2 *sets_, const nmc_marks *cut_, const nmc_marks *triple_,
                   const f64_2 *points_, int64_t first, int64_t last, own_i32_2 *cells,
                   own_i32_1 *labels, own_f64_2 *inner) {
    const auto active = in(*active_);
    Pieces pieces;
    with_field(*raw, [&](const auto &field) {
        with_lattice(*raw_lattice, [&](const auto &lattice) {
            const Cleft cleft = {lattice, in(*sets_), Marks(*cut_), Marks(*triple_), in(*points_)};
            for (i64 t = first; t < last && pieces.ok(); ++t)
                if (active[t]) split_tet(field, cleft, cleft.sets.length(), t, pieces);
        });
    });
    if (!pieces.ok()) return NMC_NO_MEMORY;
    const i64 count = pieces.cells.size(), centres = pieces.inner.size();
    pieces.cells.give(cells, count, 4);
    pieces.labels.give(labels, count);
    pieces.inner.give(inner, centres, 3);
    return NMC_OK;
}
