// Cuts of lattice edges and triple points of lattice faces: the new points of a cleaving.
//
//            w                      An edge is cut where its ends have no label in common, at
//           / \.                    min F(S(v)) = min F(S(w)). A face with three cut edges gets a
//          *   *                    triple point, where the least F of its three corners agree.
//         /  +  \.                  Either depends on its edge or face alone, so all tetrahedra
//        u---*---v                  round it compute the same point.
#include <algorithm>

#include "graded.hpp"
#include "marks.hpp"
#include "sets.hpp"

namespace nmc {

// Share of an edge that a cut is kept off its ends: no vertex was near enough to be warped, but
// the two grains compared here need not be those that were compared then.
constexpr double CUT_MARGIN = 0.08;

// Least barycentric coordinate of a triple point, before the three are made to sum up to 1.
constexpr double TRIPLE_MARGIN = 0.12;

template <Field F>
static Vec cut_of_edge(const F &field, const Sets &sets, const View<double, 2> &points, i64 v,
                       i64 w) {
    constexpr int ROOT_STEPS = 30;  // as many as halving would take; Illinois takes six or so
    const Vec p = point(points, v), way = point(points, w) - p;
    const bool bare = is_bare(field, sets, v, w);
    const auto gap_at = [&](Vec at) { return gap(field, sets, v, w, bare, at); };
    const double low = gap_at(p), high = gap_at(p + way);
    double t = low >= 0.0 ? 0.0 : 1.0;
    if (low < 0.0 && 0.0 < high)
        t = illinois(
            low, high, ROOT_STEPS, [&](double at) { return gap_at(p + at * way); },
            [](double now, double a, double b, double at) {
                return now == 0.0 || b - a < 1e-6 || least(at - a, b - at) < 1e-7;
            });
    t = least(most(t, CUT_MARGIN), 1.0 - CUT_MARGIN);
    return p + t * way;
}

// A place in a face u v w: u + s (v - u) + t (w - u).
struct InFace {
    double s, t;
};

// Move a triple point onto the domain boundary that one vertex is beyond, on the line to that
// vertex.
//
//        far  outside              The line from `far` through the point ends on the opposite edge;
//        /.\                       from there on it goes beyond the domain boundary at a share
//     --/-.-\--- domain boundary   `part`.
//      p-----q
template <BoundedField F>
static InFace onto_domain_boundary_of_face(const F &field, const Sets &sets,
                                           const View<double, 2> &points, i64 u, i64 v, i64 w,
                                           InFace at) {
    const double r = 1.0 - at.s - at.t;
    i64 far = w, p = u, q = v;
    double part = at.t, share_p = r;
    Label boundary = only_domain_boundary(field, sets, w);
    if (boundary == 0) {
        far = v, p = w, q = u;
        part = at.s, share_p = at.t;
        boundary = only_domain_boundary(field, sets, v);
    }
    if (boundary == 0) {
        far = u, p = v, q = w;
        part = r, share_p = at.s;
        boundary = only_domain_boundary(field, sets, u);
    }
    if (boundary == 0 || only_domain_boundary(field, sets, p) != 0 ||
        only_domain_boundary(field, sets, q) != 0)
        return at;
    share_p = share_p / (1.0 - part);
    double share_q = 1.0 - share_p;
    const Vec foot = share_p * point(points, p) + share_q * point(points, q);
    part = reach_domain_boundary(field, boundary, foot, point(points, far) - foot);
    part = least(most(part, CUT_MARGIN), 1.0 - CUT_MARGIN);
    share_p = share_p * (1.0 - part);
    share_q = share_q * (1.0 - part);
    if (far == w) return {share_q, part};
    if (far == v) return {part, share_p};
    return {share_p, share_q};
}

// The point of the face u v w where the three least F agree, by Newton in the face:
//
//     (F_v - F_u)(s, t) = 0, (F_w - F_u)(s, t) = 0, steps of at most 0.3;
//
// the middle of the face where that does not converge.
template <Field F>
static Vec triple_point(const F &field, const Sets &sets, const View<double, 2> &points, i64 u,
                        i64 v, i64 w) {
    constexpr int NEWTON_STEPS = 10;
    const Vec o = point(points, u), a = point(points, v) - o, b = point(points, w) - o;
    const bool bare = is_bare(field, sets, u, v) && before_domain_boundary(field, sets, w);
    double s = 1.0 / 3.0, t = 1.0 / 3.0;
    bool converged = false;
    for (int turn = 0; turn < NEWTON_STEPS; ++turn) {
        const Vec p = o + s * a + t * b;
        const Label host = host_at(field, sets, std::array<i64, 3>{u, v, w}, p);
        const Sample at_u = least_sample(field, sets, u, bare, host, p);
        const Sample at_v = least_sample(field, sets, v, bare, host, p);
        const Sample at_w = least_sample(field, sets, w, bare, host, p);
        const Vec one = at_v.gradient - at_u.gradient, two = at_w.gradient - at_u.gradient;
        const double r = at_v.value - at_u.value, q = at_w.value - at_u.value;
        const double m00 = dot(one, a), m01 = dot(one, b), m10 = dot(two, a), m11 = dot(two, b);
        const double det = m00 * m11 - m01 * m10;
        if (std::fabs(det) <= 1e-12 * (std::fabs(m00 * m11) + std::fabs(m01 * m10))) break;
        double ds = -(r * m11 - q * m01) / det;
        double dt = -(q * m00 - r * m10) / det;
        const double far = most(std::fabs(ds), std::fabs(dt));
        if (far > 0.3) {
            ds *= 0.3 / far;
            dt *= 0.3 / far;
        }
        s += ds;
        t += dt;
        if (std::fabs(s) > 3.0 || std::fabs(t) > 3.0) break;
        if (far < 1e-7) {
            converged = true;
            break;
        }
    }
    if (!converged) s = t = 1.0 / 3.0;
    const double r = most(1.0 - s - t, TRIPLE_MARGIN);
    s = most(s, TRIPLE_MARGIN);
    t = most(t, TRIPLE_MARGIN);
    const double total = r + s + t;
    InFace at = {s / total, t / total};
    if constexpr (F::BOUNDED) at = onto_domain_boundary_of_face(field, sets, points, u, v, w, at);
    return o + at.s * a + at.t * b;
}

// Mark the cut edges of a tetrahedron, and its faces with three cuts.
template <Field F, class L>
static void mark_cuts(const F &field, const L &lattice, const Sets &sets, i64 t,
                      const View<bool, 1> &cut, const View<bool, 1> &triple) {
    const Corners v = lattice.tet_vertices(t);
    bool parted[4][4] = {};
    for (int i = 0; i < 3; ++i)
        for (int j = i + 1; j < 4; ++j) {
            parted[i][j] = parted[j][i] = !share(field, sets, v[i], v[j]);
            if (parted[i][j]) agree(cut[lattice.edge_number(t, v[i], v[j])], true);
        }
    for (int n = 0; n < 4; ++n) {
        const int i = (n + 1) % 4, j = (n + 2) % 4, k = (n + 3) % 4;
        if (parted[i][j] && parted[j][k] && parted[k][i]) agree(triple[lattice.tet_face(t, n)], true);
    }
}

static void agree_on_point(const View<double, 2> &points, i64 p, Vec place) {
    for (int axis = 0; axis < 3; ++axis) agree(points(p, axis), place[axis]);
}

// Whether the place of a point was written: all are 0 before. One that is, or is just being written
// by another thread, is at worst written again.
static bool is_placed(const View<double, 2> &points, i64 p) {
    double x;
    __atomic_load(&points(p, 0), &x, __ATOMIC_RELAXED);
    return x != 0.0;
}

// Write the places of the cuts and triple points of a tetrahedron that are not written. Its
// neighbours would write the same bytes: each computation reads its edge or face in one fixed order,
// ascending.
template <Field F, class L>
static void place_cuts(const F &field, const L &lattice, const Sets &sets, i64 t,
                       const Marks &cut, const Marks &triple,
                       const View<double, 2> &points) {
    const Corners c = lattice.tet_vertices(t);
    for (int i = 0; i < 3; ++i)
        for (int j = i + 1; j < 4; ++j) {
            const i64 p = cut[lattice.edge_number(t, c[i], c[j])];
            if (p < 0 || is_placed(points, p)) continue;
            const i64 v = std::min(c[i], c[j]), w = std::max(c[i], c[j]);
            agree_on_point(points, p, cut_of_edge(field, sets, points, v, w));
        }
    for (int n = 0; n < 4; ++n) {
        const i64 p = triple[lattice.tet_face(t, n)];
        if (p < 0 || is_placed(points, p)) continue;
        i64 u = c[(n + 1) % 4], v = c[(n + 2) % 4], w = c[(n + 3) % 4];
        sort_three(u, v, w);
        agree_on_point(points, p, triple_point(field, sets, points, u, v, w));
    }
}

}  // namespace nmc

using namespace nmc;

int nmc_mark_cuts(const nmc_field *raw, const nmc_lattice *raw_lattice, const b8_1 *active_,
                  const i32_2 *sets_, int64_t first, int64_t last, b8_1 *cut_, b8_1 *triple_) {
    const auto active = in(*active_);
    const Sets sets = in(*sets_);
    const auto cut = out(*cut_), triple = out(*triple_);
    return with_field(*raw, [&](const auto &field) {
        return with_lattice(*raw_lattice, [&](const auto &lattice) {
            for (i64 t = first; t < last; ++t)
                if (active[t]) mark_cuts(field, lattice, sets, t, cut, triple);
            return NMC_OK;
        });
    });
}

int nmc_number_marks(const b8_1 *marked_, int64_t first, i32_1 *before_, int64_t *next) {
    const auto marked = in(*marked_);
    const auto before = out(*before_);
    for (i64 n = 0; n < marked.length(); ++n) {
        if (n % Marks::RUN == 0) before[n / Marks::RUN] = static_cast<i32>(first);
        first += marked[n];
    }
    *next = first;
    return NMC_OK;
}

int nmc_place_cuts(const nmc_field *raw, const nmc_lattice *raw_lattice, const b8_1 *active_,
                   const i32_2 *sets_, const nmc_marks *cut_, const nmc_marks *triple_,
                   int64_t first, int64_t last, f64_2 *points_) {
    const auto active = in(*active_);
    const Sets sets = in(*sets_);
    const Marks cut(*cut_), triple(*triple_);
    const auto points = out(*points_);
    return with_field(*raw, [&](const auto &field) {
        return with_lattice(*raw_lattice, [&](const auto &lattice) {
            for (i64 t = first; t < last; ++t)
                if (active[t]) place_cuts(field, lattice, sets, t, cut, triple, points);
            return NMC_OK;
        });
    });
}
