// Labels of the lattice vertices, and vertices moved onto boundaries that pass close by.
//
//          B                            B
//     v----*----------w       ==>   v'--------------w      v' = {A, B}: no sliver is cut off at v
//       A  |                        |
//
// Vertex v with label A also gets the labels B of those of its edges that the boundary F_A = F_B
// cuts closer than a share of their length: at most three others, so it is moved onto a surface, a
// triple line or a quadruple point. Only original labels are read, so the result does not depend on
// any order.
#include "graded.hpp"
#include "project.hpp"
#include "sets.hpp"
#include "shape.hpp"

namespace nmc {

// The least volume of a warped tetrahedron, as a share of the lattice's: flatter ones are undone.
constexpr double FLAT = 0.05;

// t in [0, 1] where F_first = F_second on the segment p q, or 2 if they do not cross.
template <Field F>
static double crossing(const F &field, Label first, Label second, Vec p, Vec q) {
    constexpr int ROOT_STEPS = 30;  // as many as halving would take; Illinois takes six or so
    const Label host = first > second ? first : second;
    const auto difference = [&](Vec at) {
        return field.value(first, host, at) - field.value(second, host, at);
    };
    const double low = difference(p), high = difference(q);
    if (!(low <= 0.0 && 0.0 <= high)) return 2.0;
    return illinois(
        low, high, ROOT_STEPS, [&](double t) { return difference(p + t * (q - p)); },
        [](double now, double a, double b, double t) {
            const double moves = now < 0.0 ? std::fabs(t - a) : std::fabs(b - t);
            return b - a < 1e-6 || now == 0.0 || moves < 1e-7;
        });
}

// Labels whose boundary passes too close, nearest first.
struct Violators {
    static constexpr int MOST = 32;  // labels that are kept: a vertex has 14 edges, or some more where graded

    Label label[MOST];
    double distance[MOST];  // along the edge, in cell edges
    int count = 0;

    // Keep the least distance of each label; the lower label first among equals.
    void add(Label other, double along) {
        int slot = 0;
        while (slot < count && label[slot] != other) ++slot;
        if (slot == count) {
            if (count == MOST) return;
            label[slot] = other;
            distance[slot] = along;
            ++count;
        } else if (along < distance[slot]) {
            distance[slot] = along;
        }
        for (; slot > 0 && is_before(slot, slot - 1); --slot) {
            std::swap(distance[slot], distance[slot - 1]);
            std::swap(label[slot], label[slot - 1]);
        }
    }

private:
    bool is_before(int one, int two) const {
        return distance[one] < distance[two] ||
               (distance[one] == distance[two] && label[one] < label[two]);
    }
};

template <Field F, class L>
static Violators violators(const F &field, const L &lattice,
                           const View<const Label, 1> &labels, i64 v, Vec here) {
    Violators close;
    for (int n = 0; n < lattice.degree(v); ++n) {
        const i64 w = lattice.neighbour(v, n);
        if (labels[w] == labels[v]) continue;
        const double t = crossing(field, labels[v], labels[w], here, lattice.vertex_place(w));
        if (t >= lattice.too_close(v, n)) continue;
        close.add(labels[w], t * lattice.length_of(v, n));
    }
    // Three others make a quadruple point; there are no points of five.
    if (close.count > 3) close.count = 3;
    return close;
}

// Whether no label is clearly smaller than `label` at a place: by more than 1e-5 um or so.
template <Field F>
static bool is_smallest(const F &field, Label label, Label host, Vec p) {
    const Sample own = field.sample(label, host, p);
    const double best = field.label_at(p).value;
    const double size = std::fabs(own.value) + std::fabs(own.gradient.x) +
                        std::fabs(own.gradient.y) + std::fabs(own.gradient.z);
    return own.value - best <= 1e-5 * size + 1e-12;
}

// What is known of a vertex: its place and its set.
struct Vertex {
    Vec place;
    Label set[4];
};

// Put a vertex on a domain boundary among its violators even if a grain that it does not know is
// there. Then the grain goes without a vertex here, which moves a boundary inside; the domain
// boundary stays.
template <BoundedField F>
static void warp_onto_domain_boundary(const F &field, const Violators &close, double reach,
                                      Vertex &vertex) {
    const Label label = vertex.set[0];
    Label boundary = label;
    for (int i = 0; i < close.count; ++i)
        if (!is_domain_boundary(field, boundary)) boundary = close.label[i];
    if (!is_domain_boundary(field, boundary)) return;
    const Vec on = field.onto_domain_boundary(boundary, vertex.place);
    if (!(square(on - vertex.place) <= reach * reach)) return;
    const Label grain = boundary == label ? field.cell_at(on).label : label;
    if (grain <= 0) return;
    vertex.place = on;
    vertex.set[1] = boundary == label ? grain : boundary;
}

// Of the violators the largest set that a point is found for: else the farthest goes.
template <Field F, class L>
static Vertex warp_vertex(const F &field, const L &lattice,
                          const View<const Label, 1> &labels, i64 v) {
    const Vec here = lattice.vertex_place(v);
    const double reach = L::REACH * lattice.edge_at(v);
    const Violators close = violators(field, lattice, labels, v, here);
    Vertex vertex = {here, {labels[v], EMPTY, EMPTY, EMPTY}};
    Label names[4] = {labels[v]};
    for (int i = 0; i < close.count; ++i) names[i + 1] = close.label[i];
    for (int count = close.count; count > 0; --count) {
        Vec place = here;
        if (project(field, names, count + 1, place, reach) &&
            is_smallest(field, names[0], host_of(field, names, count + 1), place)) {
            vertex.place = place;
            for (int i = 1; i <= count; ++i) vertex.set[i] = names[i];
            return vertex;
        }
    }
    if constexpr (F::BOUNDED) warp_onto_domain_boundary(field, close, reach, vertex);
    return vertex;
}

static double tet_volume(const View<const double, 2> &points, const Corners &v) {
    return volume(point(points, v[0]), point(points, v[1]), point(points, v[2]),
                  point(points, v[3]));
}

static bool touches_grain(const Sets &sets, i64 v) {
    return sets(v, 0) > 0 || sets(v, 1) > 0 || sets(v, 2) > 0 || sets(v, 3) > 0;
}

}  // namespace nmc

using namespace nmc;

int nmc_label_vertices(const nmc_field *raw, const nmc_lattice *raw_lattice, int64_t first,
                       int64_t last, i32_1 *labels_) {
    const auto labels = out(*labels_);
    return with_field(*raw, [&](const auto &field) {
        return with_lattice(*raw_lattice, [&](const auto &lattice) {
            for (i64 v = first; v < last; ++v)
                labels[v] = field.label_at(lattice.vertex_place(v)).label;
            return NMC_OK;
        });
    });
}

int nmc_mark_tets(const nmc_lattice *raw_lattice, const i32_1 *labels_, int64_t first, int64_t last,
                  b8_1 *active_) {
    const auto labels = in(*labels_);
    const auto active = out(*active_);
    return with_lattice(*raw_lattice, [&](const auto &lattice) {
        for (i64 c = first; c < last; ++c) {
            if (!lattice.is_inner(c)) continue;
            for (i64 t = lattice.TETS * c; t < lattice.TETS * (c + 1); ++t) {
                const Corners v = lattice.tet_vertices(t);
                active[t] =
                    labels[v[0]] > 0 || labels[v[1]] > 0 || labels[v[2]] > 0 || labels[v[3]] > 0;
            }
        }
        return NMC_OK;
    });
}

int nmc_mark_touching(const nmc_lattice *raw_lattice, const i32_2 *sets_, const b8_1 *wanted_,
                      int64_t first, int64_t last, b8_1 *active_) {
    const Sets sets = in(*sets_);
    const auto wanted = in(*wanted_);
    const auto active = out(*active_);
    return with_lattice(*raw_lattice, [&](const auto &lattice) {
        for (i64 c = first; c < last; ++c) {
            if (!lattice.is_inner(c)) continue;
            for (i64 t = lattice.TETS * c; t < lattice.TETS * (c + 1); ++t) {
                if (active[t]) continue;
                for (const i64 v : lattice.tet_vertices(t))
                    if (wanted[v] && touches_grain(sets, v)) active[t] = true;
            }
        }
        return NMC_OK;
    });
}

int nmc_mark_vertices(const nmc_lattice *raw_lattice, const b8_1 *active_, int64_t first,
                      int64_t last, b8_1 *wanted_) {
    const auto active = in(*active_);
    const auto wanted = out(*wanted_);
    return with_lattice(*raw_lattice, [&](const auto &lattice) {
        for (i64 t = first; t < last; ++t)
            if (active[t])
                for (const i64 v : lattice.tet_vertices(t)) agree(wanted[v], true);
        return NMC_OK;
    });
}

int nmc_warp_vertices(const nmc_field *raw, const nmc_lattice *raw_lattice, const i32_1 *labels_,
                      const b8_1 *wanted_, int64_t first, int64_t last, f64_2 *points_,
                      i32_2 *sets_) {
    const auto labels = in(*labels_);
    const auto wanted = in(*wanted_);
    const auto points = out(*points_);
    const auto sets = out(*sets_);
    return with_field(*raw, [&](const auto &field) {
        return with_lattice(*raw_lattice, [&](const auto &lattice) {
            for (i64 v = first; v < last; ++v) {
                if (!wanted[v]) continue;
                const Vertex vertex = warp_vertex(field, lattice, labels, v);
                set_point(points, v, vertex.place);
                for (int i = 0; i < 4; ++i) sets(v, i) = vertex.set[i];
            }
            return NMC_OK;
        });
    });
}

int nmc_mark_flat(const nmc_lattice *raw_lattice, const b8_1 *active_, const f64_2 *points_,
                  const i32_2 *sets_, int64_t first, int64_t last, b8_1 *flat_) {
    const auto active = in(*active_);
    const auto points = in(*points_);
    const Sets sets = in(*sets_);
    const auto flat = out(*flat_);
    return with_lattice(*raw_lattice, [&](const auto &lattice) {
        for (i64 t = first; t < last; ++t) {
            if (!active[t]) continue;
            const Corners corners = lattice.tet_vertices(t);
            if (!(tet_volume(points, corners) < lattice.share_of_volume(FLAT, t))) continue;
            for (const i64 v : corners)
                if (sets(v, 1) != EMPTY) agree(flat[v], true);
        }
        return NMC_OK;
    });
}

int nmc_unwarp(const nmc_lattice *raw_lattice, b8_1 *flat_, f64_2 *points_, i32_2 *sets_) {
    const auto flat = out(*flat_);
    const auto points = out(*points_);
    const auto sets = out(*sets_);
    return with_lattice(*raw_lattice, [&](const auto &lattice) {
        for (i64 v = 0; v < flat.length(); ++v) {
            if (!flat[v]) continue;
            set_point(points, v, lattice.vertex_place(v));
            for (int i = 1; i < 4; ++i) sets(v, i) = EMPTY;
            flat[v] = false;
        }
        return NMC_OK;
    });
}
