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
#include "contacts.hpp"
#include "corner_bounds.hpp"
#include "cubes.hpp"
#include "nearby.hpp"
#include "triangle.hpp"

namespace nmc {

constexpr double FINE = 0.2;    // edge lengths: bounds below are sharp enough,
constexpr double TOUCH = 1e-6;  // of the greatest coefficient: a corner with less is on the boundary
constexpr double ENOUGH = 1.3;  // and those within this factor of what is real beyond them
constexpr int HALVINGS = 9;     // of a cell at most
constexpr double FAR = 16.0;    // edge lengths: facets farther off are not looked for
constexpr int MOST_PARTS = 60;  // of a cell that are looked at
constexpr int MANY_PARTS = 500;  // the same as long as their bounds are beyond
constexpr double COARSE = 0.7;   // edge lengths
constexpr int MOST_FACETS = 96;  // about a cell that are looked at
constexpr i64 SPLIT = 2;        // cubes of cells that share a list, per edge of a box
constexpr int MOST_NAMES = 32;  // contacts of a cell, at most

// The Bernstein coefficients over a cell of what a label costs more than the cell's.
struct Rival {
    double h[10];
    bool wall;  // the domain boundary: parts bound it anew
};

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
        Cubes cubes;
        Contacts contacts;
    };

    CellJudge(const F &field, const ShellBounds &shell, double size, const Mesh &mesh)
        : field_(field), shell_(shell), size_(size), mesh_(mesh), nearby_(field, SPLIT, LISTED * size) {}

    bool ok() const { return nearby_.ok() && rivals_.ok() && above_.ok() && names_.ok(); }

    double judge(i64 cell) {
        label_ = mesh_.labels[cell];
        Part whole;
        for (int i = 0; i < 4; ++i) whole.corner[i] = point(mesh_.points, mesh_.cells(cell, i));
        whole.depth = 0;
        if (!find_rivals(cell, whole)) return NEVER;
        if (whole.count == 0) return 0.0;
        const double bound = settle(cell, whole);
        if (whole.count == 0) return bound;
        collect_facets(cell);
        const double found = most(bound, refine(whole));
        if (found < NEVER || !ok()) return found;
        // No facet at its vertices, and too much that may be as cheap: some facet is not far.
        if (!find_rivals(cell, whole)) return NEVER;
        collect_around(whole.corner[0]);
        return refine(whole);
    }

private:
    struct Part {
        Vec corner[4];
        int depth;
        i64 first, count;  // of its rivals
    };
    struct Triangle {
        Vec a, b, c;
        Vec middle;
    };

    const F &field_;
    const ShellBounds shell_;
    const double size_;
    const Mesh mesh_;
    Nearby<F> nearby_;
    Label label_ = EMPTY;
    Buffer<Rival> rivals_;  // a stack: those of the parts that are left
    Buffer<Rival> above_;
    Buffer<Label> names_;
    bool walled_ = false;   // whether the domain boundary may come into the cell
    Triangle facets_[MOST_FACETS];
    int facet_count_ = 0;

    // Push what may be as cheap as the label somewhere in a cell; false: it is too large for the lists.
    bool find_rivals(i64 cell, Part &whole) {
        whole.first = 0;
        rivals_.resize(0);
        if (!name_rivals(cell, whole.corner)) return false;
        if (names_.size() > 0) push_named(whole.corner);
        whole.count = rivals_.size();
        if constexpr (F::BOUNDED) {
            Piece<4> piece;
            for (int i = 0; i < 4; ++i) piece.control[i] = whole.corner[i];
            piece.close();
            walled_ = gap_to_domain_boundary(field_, shell_, piece, 0.0).low <= 0.0;
            if (walled_) add_shell(whole);
        }
        return true;
    }

    // Name what the corners name; of a cell with a long edge, what may be cheapest near.
    bool name_rivals(i64 cell, const Vec *x) {
        double longest2 = 0.0;
        for (int i = 0; i < 4; ++i)
            for (int j = i + 1; j < 4; ++j) longest2 = most(longest2, square(x[i] - x[j]));
        const double edge = mesh_.contacts.scope.edge;
        if (longest2 <= edge * edge && names_.resize(MOST_NAMES)) {
            const i32 corners[4] = {mesh_.cells(cell, 0), mesh_.cells(cell, 1), mesh_.cells(cell, 2),
                                    mesh_.cells(cell, 3)};
            const int count = mesh_.contacts.join(corners, true, label_, names_.data(), MOST_NAMES);
            names_.resize(count > 0 ? count : 0);
            if (count >= 0) return true;
        }
        names_.resize(0);
        const Vec corners[4] = {x[0], x[1], x[2], x[3]};
        return nearby_.rivals(label_, nearby_.block_of(corners, 0.0), names_);
    }

    // With the polar form q(x, y) = (x - s)^T M (y - s) - r the coefficients of q(x, x) are q(x_i, x_j).
    void push_named(const Vec *x) {
        Piece<4> piece;
        for (int i = 0; i < 4; ++i) piece.control[i] = x[i];
        const Spread<4> own = spread(field_.seed(label_), piece);
        for (i64 n = 0; n < names_.size(); ++n) {
            const Spread<4> its = spread(field_.seed(names_[n]), piece);
            const double guard = ROUNDING * (own.terms + its.terms);
            Rival rival;
            rival.wall = false;
            for (int k = 0; k < 10; ++k) rival.h[k] = its.coefficient[k] - own.coefficient[k] - guard;
            push(rival);
        }
    }

    // Keep a rival unless it is dearer throughout.
    void push(const Rival &rival) {
        double low = rival.h[0];
        for (int k = 1; k < 10; ++k) low = least(low, rival.h[k]);
        if (!(low > 0.0)) rivals_.push(rival);
    }

    // -d is at least its expansion at the centre less what the second derivatives allow.
    void add_shell(Part &part) {
        Piece<4> piece;
        for (int i = 0; i < 4; ++i) piece.control[i] = part.corner[i];
        piece.close();
        const Gap gap = gap_to_domain_boundary(field_, shell_, piece, 0.0);
        Rival rival;
        rival.wall = true;
        const double slack = shell_.slack(gap.bend, piece.radius);
        double at[4];
        const bool known = gap.high < NEVER;
        const double amid = known ? -field_.beyond(-1, piece.centre).value - slack : gap.low;
        for (int i = 0; i < 4; ++i)
            at[i] = amid + (known ? dot(gap.slope, piece.control[i] - piece.centre) : 0.0);
        for (int i = 0; i < 4; ++i)
            for (int j = i; j < 4; ++j) rival.h[ENTRY[i][j]] = 0.5 * (at[i] + at[j]);
        push(rival);
        part.count = rivals_.size() - part.first;
    }

    // The greatest bound of the rivals that need no more than a look at the corners where they are as
    // cheap: W is the vertex, edge or face that these are. Only the others are left.
    double settle(i64 cell, Part &whole) {
        bool held[4];
        for (int i = 0; i < 4; ++i) {
            const i64 v = mesh_.cells(cell, i);
            held[i] = mesh_.start[v + 1] > mesh_.start[v];
        }
        double bound = 0.0;
        i64 left = whole.first;
        for (i64 n = whole.first; n < whole.first + whole.count; ++n) {
            const Rival rival = rivals_[n];
            int on[4], count = 0;
            double steep = 0.0;
            for (int k = 0; k < 10; ++k) steep = most(steep, std::fabs(rival.h[k]));
            for (int i = 0; i < 4; ++i)
                if (held[i] && rival.h[ENTRY[i][i]] <= TOUCH * steep) on[count++] = i;
            double found = NEVER;
            if (count > 0 && count < 4 && (count == 1 || is_facet(cell, on, count))) {
                double m[10];
                means(whole.corner, on, count, m);
                found = steep_line(m, rival.h);
                if (found > FINE * size_) found = most(least_line(m, rival.h), 0.0);
            }
            if (found > FINE * size_) found = least(found, near_held(cell, whole.corner, rival));
            if (found <= FINE * size_) bound = most(bound, found);
            else rivals_[left++] = rival;
        }
        rivals_.resize(left);
        whole.count = left - whole.first;
        return bound;
    }

    // As near_corners, where those corners are on facets of the label.
    double near_held(i64 cell, const Vec *corner, const Rival &rival) const {
        bool lost[4];
        const double bound = near_corners(corner, rival.h, lost);
        for (int i = 0; i < 4 && bound < NEVER; ++i)
            if (lost[i] && !is_facet(cell, &i, 1)) return NEVER;
        return bound;
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

    // The facets of the label around a place, as near as there are any.
    void collect_around(Vec place) {
        facet_count_ = 0;
        for (double reach = size_; facet_count_ == 0 && reach < FAR * size_; reach *= 2.0)
            mesh_.cubes.for_near(place, reach, [&](i64 facet) {
                if (of_label(facet)) add(facet);
            });
    }

    void add(i64 facet) {
        if (facet_count_ == MOST_FACETS) return;
        Vec x[3];
        for (int k = 0; k < 3; ++k) x[k] = point(mesh_.points, mesh_.facets(facet, k));
        facets_[facet_count_++] = {x[0], x[1], x[2], (1.0 / 3.0) * (x[0] + x[1] + x[2])};
    }

    // The facets of the label at the vertices of a cell.
    void collect_facets(i64 cell) {
        facet_count_ = 0;
        for (int i = 0; i < 4; ++i) {
            const i64 v = mesh_.cells(cell, i);
            for (i64 n = mesh_.start[v]; n < mesh_.start[v + 1]; ++n) {
                const i64 facet = mesh_.facets_at[n];
                if (of_label(facet)) add(facet);
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
            NMC_CHECK(part.first + part.count == rivals_.size());
            double found = NEVER, far[4], amid;
            if (far_from_nearest(part.corner, far, amid)) {
                found = most(beyond(part, far), 0.0);
                if (amid > real && middle_is_lost(part)) real = amid;
            }
            ++looked;
            if (part.count == 0 || found <= most(bound, FINE * size_ + ENOUGH * real) ||
                part.depth == HALVINGS || looked >= (found > COARSE * size_ ? MANY_PARTS : MOST_PARTS)) {
                if (part.count > 0) bound = most(bound, found);
                if (bound == NEVER || !ok()) return NEVER;
                rivals_.resize(part.first);
                continue;
            }
            halve(part, stack[top], stack[top + 1]);
            top += 2;
        }
        return bound;
    }

    // Distances of the corners of a part from the nearer of the two facets whose middles are nearest to
    // its middle, and that of its middle.
    bool far_from_nearest(const Vec *x, double *far, double &best) const {
        const Vec c = 0.25 * (x[0] + x[1] + (x[2] + x[3]));
        int nearest = -1, second = -1;
        double least2 = NEVER, second2 = NEVER;
        for (int n = 0; n < facet_count_; ++n) {
            const double away2 = square(c - facets_[n].middle);
            if (away2 < least2) {
                second = nearest;
                second2 = least2;
                nearest = n;
                least2 = away2;
            } else if (away2 < second2) {
                second = n;
                second2 = away2;
            }
        }
        if (nearest < 0) return false;
        best = from_facet(nearest, c);
        if (second >= 0) {
            const double away = from_facet(second, c);
            if (away < best) {
                best = away;
                nearest = second;
            }
        }
        for (int i = 0; i < 4; ++i) far[i] = from_facet(nearest, x[i]);
        return true;
    }

    double from_facet(int n, Vec p) const {
        return distance_from_triangle(p, facets_[n].a, facets_[n].b, facets_[n].c);
    }

    // Whether a rival is as cheap at the middle of a part.
    bool middle_is_lost(const Part &part) const {
        for (i64 n = part.first; n < part.first + part.count; ++n) {
            const double *h = rivals_[n].h;
            const double value = h[0] + h[4] + h[7] + h[9] +
                                 2.0 * (h[1] + h[2] + h[3] + (h[5] + h[6] + h[8]));
            if (value <= 0.0) return true;
        }
        return false;
    }

    // Put two parts in place of the one whose rivals are the last: the coefficients of a quadratic on
    // them are means of those on the whole.
    void halve(const Part &part, Part &one, Part &two) {
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
        above_.resize(0);
        above_.append(rivals_.data() + given.first, given.count);
        if (!above_.ok()) return;
        rivals_.resize(given.first);
        one = two = given;
        one.depth = two.depth = given.depth + 1;
        one.corner[from] = two.corner[to] = 0.5 * (given.corner[from] + given.corner[to]);
        narrow(one, from, to);
        narrow(two, to, from);
    }

    // Push what above_ is on a part of its piece, whose corner `from` has moved halfway to `to`.
    void narrow(Part &part, int from, int to) {
        part.first = rivals_.size();
        for (i64 n = 0; n < above_.size(); ++n) {
            Rival rival = above_[n];
            if (rival.wall) continue;
            const double *h = above_[n].h;
            for (int k = 0; k < 4; ++k)
                rival.h[ENTRY[from][k]] = 0.5 * (h[ENTRY[from][k]] + h[ENTRY[to][k]]);
            rival.h[ENTRY[from][from]] =
                0.25 * (h[ENTRY[from][from]] + 2.0 * h[ENTRY[from][to]] + h[ENTRY[to][to]]);
            push(rival);
        }
        part.count = rivals_.size() - part.first;
        if constexpr (F::BOUNDED)
            if (walled_) add_shell(part);
    }

    // The greatest bound of all rivals of a part.
    double beyond(const Part &part, const double *far) const {
        double m[10];
        for (int i = 0; i < 4; ++i)
            for (int j = i; j < 4; ++j) m[ENTRY[i][j]] = 0.5 * (far[i] + far[j]);
        double bound = -NEVER;
        for (i64 n = part.first; n < part.first + part.count; ++n)
            bound = most(bound, least_line(m, rivals_[n].h));
        return bound;
    }
};

}  // namespace nmc

using namespace nmc;

int nmc_bound_owned(const nmc_field *raw, const f64_1 *shell_, double size, const f64_2 *points,
                    const i32_2 *cells, const i32_1 *labels, const i32_2 *facets, const i32_2 *pairs,
                    const i64_1 *start, const i32_1 *facets_at, const nmc_cubes *cubes,
                    const nmc_contacts *contacts, int64_t first, int64_t last, f64_1 *bounds_) {
    const auto numbers = in(*shell_);
    const ShellBounds shell = {numbers[0], numbers[1], numbers[2], numbers[3]};
    const auto bounds = out(*bounds_);
    return with_particle_field(*raw, [&]<class F>(const F &field) {
        CellJudge<F> judge(field, shell, size,
                           {in(*points), in(*cells), in(*labels), in(*facets), in(*pairs),
                            in(*start), in(*facets_at), Cubes(*cubes), Contacts(*contacts)});
        for (i64 cell = first; cell < last; ++cell) {
            const double bound = judge.judge(cell);
            if (!judge.ok()) return NMC_NO_MEMORY;
            bounds[cell] = bound * (1.0 + 1e-9);  // for the rounding of distances
        }
        return NMC_OK;
    });
}
