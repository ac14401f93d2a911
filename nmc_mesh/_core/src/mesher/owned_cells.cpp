// How far from the facets of its label a place of a cell can be that the label does not own: the way
// back, from the exact boundaries to the mesh.
//
// Let h = F_C - F_A over a cell of label A, for a rival C, and let d(x) be the distance from the facets
// of A. Where h > 0 for every rival, A owns the place; so all exact boundaries in the cell lie where
// some h <= 0. Let W be a convex part of the facets, a triangle say. The distance from W is a convex
// function, so on the cell it is at most sum_i l_i d_i: d_i at the corners, l_i barycentric.
//
//             d_3            For every s >= 0, where h <= 0:
//            /   \                d(x) <= sum_i l_i d_i - s h(x)
//           /  A  \                    <= max_ij (d_i + d_j) / 2 - s h_ij
//          /- - - -\  h = 0  for h_ij are the Bernstein coefficients of h, and (d_i + d_j) / 2 those of
//         0 ------- 0        the first term. The least of the right hand over s is that of a convex,
//              W             piecewise linear function, and is sharp where h is nearly linear.
//
// A cell whose bound is not sharp is halved across its longest edge.
#include "nearby.hpp"
#include "triangle.hpp"

namespace nmc {

constexpr double FINE = 0.2;    // edge lengths: bounds below are sharp enough,
constexpr double ENOUGH = 1.3;  // and those within this factor of what is real beyond them
constexpr int HALVINGS = 9;     // of a cell at most
constexpr int MOST_PARTS = 60;  // of a cell that are looked at
constexpr int MOST_FACETS = 96;  // about a cell that are looked at

template <class F>
class CellJudge {
public:
    struct Mesh {
        View<const double, 2> points;
        View<const i32, 2> cells;
        View<const i32, 1> labels;
        View<const i32, 2> facets, pairs;
        View<const i64, 1> start;
        View<const i32, 1> facets_at;
    };

    CellJudge(const F &field, const ShellBounds &shell, double size, const Mesh &mesh)
        : field_(field), shell_(shell), size_(size), mesh_(mesh), nearby_(field, size, size) {}

    bool ok() const { return nearby_.ok() && rivals_.ok() && names_.ok(); }

    double judge(i64 cell) {
        label_ = mesh_.labels[cell];
        Part whole;
        for (int i = 0; i < 4; ++i) whole.corner[i] = point(mesh_.points, mesh_.cells(cell, i));
        whole.depth = 0;
        const bool small = known_ = find_rivals(whole.corner, true);
        if (!ok()) return NEVER;
        if (small && rivals_.size() == 0) return 0.0;
        double far[4];
        if (small && far_from_simplex(cell, whole.corner, far)) {
            const double bound = beyond(far);
            if (bound <= FINE * size_) return most(bound, 0.0);
        }
        collect_facets(cell);
        return refine(whole);
    }

private:
    struct Part {
        Vec corner[4];
        int depth;
    };
    struct Rival {
        double h[10];  // 00, 01, 02, 03, 11, 12, 13, 22, 23, 33
    };
    struct Triangle {
        Vec a, b, c;
        Vec middle;
        double radius;
    };

    const F &field_;
    const ShellBounds shell_;
    const double size_;
    const Mesh mesh_;
    Nearby<F> nearby_;
    Label label_ = EMPTY;
    Buffer<Rival> rivals_;
    Buffer<Label> names_;  // of the rivals in the whole cell
    bool known_ = false;   // whether these are all
    Triangle facets_[MOST_FACETS];
    int facet_count_ = 0;

    // Fill rivals_ with those that may be as cheap as the label somewhere in a part; false: it is too
    // large for the lists. What is no rival in the whole cell is none in its parts.
    bool find_rivals(const Vec *corner, bool whole) {
        rivals_.resize(0);
        Piece<4> piece;
        for (int i = 0; i < 4; ++i) piece.control[i] = corner[i];
        piece.close();
        if (!(piece.radius <= nearby_.reach())) return false;
        const Seed &base = field_.seed(label_);
        const Sample amid = quadric(base, piece.centre);
        const Spread<4> own = spread(base, piece);
        const bool listed = !whole && known_;
        const Span<const Label> labels =
            listed ? Span<const Label>{names_.data(), names_.size()} : nearby_.at(piece.centre);
        if (whole) names_.resize(0);
        for (i64 n = 0; n < labels.length; ++n) {
            const Label label = labels.data[n];
            if (label == label_) continue;
            const Seed &seed = field_.seed(label);
            if (!listed && dearer(seed, base, amid, piece.centre, piece.radius)) continue;
            const Spread<4> its = spread(seed, piece);
            const double guard = ROUNDING * (its.terms + own.terms);
            Rival rival;
            double low = NEVER;
            for (int k = 0; k < 10; ++k) {
                rival.h[k] = its.coefficient[k] - own.coefficient[k] - guard;
                low = least(low, rival.h[k]);
            }
            if (low > 0.0) continue;
            rivals_.push(rival);
            if (whole) names_.push(label);
        }
        if constexpr (F::BOUNDED) add_shell(piece);
        return true;
    }

    // -d is at least its expansion at the centre less what the second derivatives allow.
    void add_shell(const Piece<4> &piece) {
        const Gap gap = gap_to_domain_boundary(field_, shell_, piece, 0.0);
        if (gap.low > 0.0) return;
        Rival rival;
        const double slack = 0.5 * gap.bend * piece.radius * piece.radius + shell_.error;
        double at[4];
        const bool known = gap.high < NEVER;
        const double amid = known ? -field_.beyond(-1, piece.centre).value - slack : gap.low;
        for (int i = 0; i < 4; ++i)
            at[i] = amid + (known ? dot(gap.slope, piece.control[i] - piece.centre) : 0.0);
        int next = 0;
        for (int i = 0; i < 4; ++i)
            for (int j = i; j < 4; ++j) rival.h[next++] = 0.5 * (at[i] + at[j]);
        rivals_.push(rival);
    }

    // Distances of the corners from the vertex, edge or face that the cell has in common with the
    // facets of its label, or more; false: that is not one of these.
    bool far_from_simplex(i64 cell, const Vec *corner, double *far) const {
        int on[4], count = 0;
        bool held[4];
        for (int i = 0; i < 4; ++i) {
            const i64 v = mesh_.cells(cell, i);
            held[i] = mesh_.start[v + 1] > mesh_.start[v];
            if (held[i]) on[count++] = i;
        }
        if (count == 0 || count == 4 || (count > 1 && !is_facet(cell, on, count))) return false;
        Vec mean = {};
        for (int n = 0; n < count; ++n) mean = mean + (1.0 / count) * corner[on[n]];
        for (int i = 0; i < 4; ++i) {
            double far2 = held[i] ? 0.0 : square(corner[i] - mean);
            for (int n = 0; n < count && !held[i]; ++n)
                far2 = least(far2, square(corner[i] - corner[on[n]]));
            far[i] = std::sqrt(far2);
        }
        return true;
    }

    // Whether a facet of the label has these corners of a cell.
    bool is_facet(i64 cell, const int *on, int count) const {
        const i64 v = mesh_.cells(cell, on[0]);
        for (i64 n = mesh_.start[v]; n < mesh_.start[v + 1]; ++n) {
            const i64 facet = mesh_.facets_at[n];
            if (!of_label(facet)) continue;
            int held = 1;
            for (int k = 1; k < count; ++k)
                for (int i = 0; i < 3; ++i)
                    held += mesh_.facets(facet, i) == mesh_.cells(cell, on[k]);
            if (held == count) return true;
        }
        return false;
    }

    bool of_label(i64 facet) const {
        return mesh_.pairs(facet, 0) == label_ || mesh_.pairs(facet, 1) == label_;
    }

    // The facets of the label at the vertices of a cell.
    void collect_facets(i64 cell) {
        facet_count_ = 0;
        for (int i = 0; i < 4; ++i) {
            const i64 v = mesh_.cells(cell, i);
            for (i64 n = mesh_.start[v]; n < mesh_.start[v + 1]; ++n) {
                const i64 facet = mesh_.facets_at[n];
                if (!of_label(facet) || facet_count_ == MOST_FACETS) continue;
                Vec x[3];
                for (int k = 0; k < 3; ++k) x[k] = point(mesh_.points, mesh_.facets(facet, k));
                const Vec middle = (1.0 / 3.0) * (x[0] + x[1] + x[2]);
                const double radius =
                    most(norm(x[0] - middle), most(norm(x[1] - middle), norm(x[2] - middle)));
                facets_[facet_count_++] = {x[0], x[1], x[2], middle, radius};
            }
        }
    }

    // The greatest bound of the parts of a cell.
    double refine(const Part &whole) {
        Part stack[HALVINGS + 2];
        int top = 0, looked = 0;
        stack[top++] = whole;
        double bound = 0.0, real = 0.0;
        while (top > 0) {
            const Part part = stack[--top];
            const bool small = find_rivals(part.corner, false);
            if (!ok()) return NEVER;
            if (small && rivals_.size() == 0) continue;
            double found = NEVER, far[4];
            double amid;
            if (small && far_from_nearest(part.corner, far, amid)) {
                found = most(beyond(far), 0.0);
                if (amid > real && middle_is_lost()) real = amid;
            }
            ++looked;
            if (found <= most(bound, FINE * size_ + ENOUGH * real) || part.depth == HALVINGS ||
                looked >= MOST_PARTS) {
                bound = most(bound, found);
                if (bound == NEVER) return NEVER;
                continue;
            }
            halve(part, stack[top], stack[top + 1]);
            top += 2;
        }
        return bound;
    }

    // Distances of the corners of a part from the facet nearest to its middle, and that of the middle.
    bool far_from_nearest(const Vec *x, double *far, double &best) const {
        const Vec c = 0.25 * (x[0] + x[1] + (x[2] + x[3]));
        best = NEVER;
        int nearest = -1;
        for (int n = 0; n < facet_count_; ++n) {
            const double least_away = best + facets_[n].radius;
            if (square(c - facets_[n].middle) > least_away * least_away) continue;
            const double away = distance_from_triangle(c, facets_[n].a, facets_[n].b, facets_[n].c);
            if (away < best) {
                best = away;
                nearest = n;
            }
        }
        if (nearest < 0) return false;
        const Triangle &w = facets_[nearest];
        for (int i = 0; i < 4; ++i) far[i] = distance_from_triangle(x[i], w.a, w.b, w.c);
        return true;
    }

    // Whether a rival is as cheap at the middle of a part.
    bool middle_is_lost() const {
        for (i64 n = 0; n < rivals_.size(); ++n) {
            const double *h = rivals_[n].h;
            const double value = h[0] + h[4] + h[7] + h[9] +
                                 2.0 * (h[1] + h[2] + h[3] + (h[5] + h[6] + h[8]));
            if (value <= 0.0) return true;
        }
        return false;
    }

    static void halve(const Part &part, Part &one, Part &two) {
        int from = 0, to = 1;
        double longest = -1.0;
        for (int i = 0; i < 4; ++i)
            for (int j = i + 1; j < 4; ++j) {
                const double length2 = square(part.corner[i] - part.corner[j]);
                if (length2 > longest) {
                    longest = length2;
                    from = i;
                    to = j;
                }
            }
        const Part given = part;
        one = two = given;
        one.depth = two.depth = given.depth + 1;
        one.corner[from] = two.corner[to] = 0.5 * (given.corner[from] + given.corner[to]);
    }

    // The greatest bound of all rivals.
    double beyond(const double *far) const {
        double m[10];
        int next = 0;
        for (int i = 0; i < 4; ++i)
            for (int j = i; j < 4; ++j) m[next++] = 0.5 * (far[i] + far[j]);
        double bound = -NEVER;
        for (i64 n = 0; n < rivals_.size(); ++n) bound = most(bound, least_line(m, rivals_[n].h));
        return bound;
    }

    // The least of max_k m_k - s h_k over s >= 0, or a little more: the lines that fall and rise
    // there are approached in turn.
    static double least_line(const double *m, const double *h) {
        const auto greatest = [&](double s, double &value) {
            int at = 0;
            value = m[0] - s * h[0];
            for (int k = 1; k < 10; ++k)
                if (m[k] - s * h[k] > value) {
                    value = m[k] - s * h[k];
                    at = k;
                }
            return at;
        };
        double bound, value;
        int falls = greatest(0.0, bound), rises = 0;
        if (!(h[falls] > 0.0)) return bound;
        for (int k = 1; k < 10; ++k)
            if (h[k] < h[rises]) rises = k;
        for (int turn = 0; turn < 5; ++turn) {
            const double steep = h[falls] - h[rises];
            if (!(steep > 0.0)) break;
            const double s = (m[falls] - m[rises]) / steep;
            if (!(s >= 0.0 && s < NEVER)) break;
            const int top = greatest(s, value);
            bound = least(bound, value);
            if (value <= m[falls] - s * h[falls] + 0.02 * m[falls]) break;
            if (h[top] > 0.0) falls = top;
            else rises = top;
        }
        return bound;
    }
};

}  // namespace nmc

using namespace nmc;

int nmc_bound_owned(const nmc_field *raw, const f64_1 *shell_, double size, const f64_2 *points,
                    const i32_2 *cells, const i32_1 *labels, const i32_2 *facets,
                    const i32_2 *pairs, const i64_1 *start, const i32_1 *facets_at, int64_t first,
                    int64_t last, f64_1 *bounds_) {
    const auto numbers = in(*shell_);
    const ShellBounds shell = {numbers[0], numbers[1], numbers[2], numbers[3]};
    const auto bounds = out(*bounds_);
    return with_particle_field(*raw, [&]<class F>(const F &field) {
        CellJudge<F> judge(field, shell, size,
                           {in(*points), in(*cells), in(*labels), in(*facets), in(*pairs),
                            in(*start), in(*facets_at)});
        for (i64 cell = first; cell < last; ++cell) {
            const double bound = judge.judge(cell);
            if (!judge.ok()) return NMC_NO_MEMORY;
            bounds[cell] = bound * (1.0 + 1e-9);  // for the rounding of distances
        }
        return NMC_OK;
    });
}
