// Bounds, for every facet of a mesh, of the distance of its places from the exact boundary of its
// two grains: see covering.hpp for why they hold.
//
//        x_0 ----------- x_1      A piece of a facet is moved onto the boundary by its corners: Newton
//         :               :       says where to, x + v. How far a place of the moved piece is from
//        y_0 --.     .-- y_1      the boundary, rho, is the theorem's to say, and
//     boundary  '---'
//                                     distance <= max |v| + rho.
//
// Nothing need be known of v for that; a good one makes rho small. A facet is halved along its sides
// as long as that can sharpen its bound: what the middle of a piece alone is off tells how much of it
// is real, and a middle without a bound stays without one however small the pieces.
#include "nearby.hpp"
#include "project.hpp"

namespace nmc {

constexpr double CLOSE = 0.35;   // of the reach: looked at first, for most facets are that near
constexpr double SHARP = 0.03;   // of the reach: by so much a bound may exceed what is real,
constexpr double NEAR = 1.1;     // beyond this factor
constexpr double AROUND = 0.1;   // of the reach: least distance in which other labels are looked at
constexpr int DEPTH = 6;         // halvings of a side at most
constexpr int MOST_NEAR = 32;    // labels beside a piece of the outer surface, at most
constexpr int PIECES = 400;      // of a facet that are looked at, at most

// What came of a facet, and of its worst place.
struct Verdict {
    double quadric;   // greatest distance to where F_A = F_B, whoever is cheaper there
    double boundary;  // greatest distance to the boundary itself
};

template <class F, int N>
class FacetJudge {
    static constexpr Label FAILED = EMPTY + 1;

public:
    FacetJudge(const F &field, const ShellBounds &shell, double reach)
        : field_(field), shell_(shell), full_(reach), reach_(reach), nearby_(field, reach, reach) {}

    bool ok() const { return near_.ok() && gaps_.ok() && nearby_.ok(); }

    Verdict judge(const Piece<N> &facet, Label first, Label second) {
        whole_ = facet;
        grain_ = first;
        other_ = second;
        double bound = NEVER;
        for (const double reach : {CLOSE * full_, full_}) {
            reach_ = reach;
            find_near();
            if (reach < full_) bound = at_once();
            if (bound == NEVER) bound = refine(true);
            if (bound < NEVER) break;
        }
        return {bound < NEVER ? bound : refine(false), bound};
    }

private:
    struct Triangle {
        Vec corner[3];  // barycentric
        Vec way[3];     // v of the corners
        int depth;
    };

    const F &field_;
    const ShellBounds shell_;
    const double full_;
    double reach_;  // how far is looked
    Piece<N> whole_;
    Label grain_, other_;
    Buffer<Label> near_;  // labels that may be cheaper than the grain within reach of the facet
    Buffer<Gap> gaps_;
    Nearby<F> nearby_;

    // The bound of a facet as it lies, where that is sharp; else NEVER. Most facets need no more.
    double at_once() {
        const Vec still[N] = {};
        const double rho = bound_of(whole_, still, true);
        const bool sharp = rho <= SHARP * full_ || (rho < NEVER && rho <= SHARP * full_ + NEAR * off());
        return sharp ? rho : NEVER;
    }

    // About how far the middle of the facet and its sides are off, to first order.
    double off() const {
        const Label partner = other_ == 0 ? outside_at(whole_.centre) : other_;
        if (partner == 0 || (F::BOUNDED && partner < 0)) return 0.0;
        double off = 0.0;
        const Vec third = {1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0};
        for (const Vec at : {third, Vec{0.5, 0.5, 0.0}, Vec{0.0, 0.5, 0.5}, Vec{0.5, 0.0, 0.5},
                             Vec{1.0, 0.0, 0.0}, Vec{0.0, 1.0, 0.0}, Vec{0.0, 0.0, 1.0}}) {
            const Vec p = blossom(at, at);
            const Sample own = quadric(field_.seed(grain_), p), its = quadric(field_.seed(partner), p);
            off = most(off, std::fabs(its.value - own.value) / norm(its.gradient - own.gradient));
        }
        return off;
    }

    void find_near() {
        near_.resize(0);
        const Vec c = whole_.centre;
        const Seed &base = field_.seed(grain_);
        const Sample own = quadric(base, c);
        const double t = whole_.radius + reach_;
        const auto visit = [&](Label label) {
            if (label == grain_ || label == other_) return;
            if (!dearer(field_.seed(label), base, own, c, t)) near_.push(label);
        };
        if (!(t <= nearby_.reach())) {
            field_.for_candidates(c, visit);
            return;
        }
        const Span<const Label> labels = nearby_.at(c);
        for (i64 n = 0; n < labels.length; ++n) visit(labels.data[n]);
    }

    // The greatest bound of the pieces; `among`: of the boundary, not of the quadric alone.
    double refine(bool among) {
        Triangle stack[3 * DEPTH + 4];
        int top = 0;
        Triangle &all = stack[top++];
        all = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {}, 0};
        for (int i = 0; i < 3; ++i) all.way[i] = way_from(all.corner[i], among);
        double bound = 0.0, sample = 0.0;
        int looked = 0;
        while (top > 0) {
            const Triangle part = stack[--top];
            const double found = bound_of(part, among);
            ++looked;
            for (int i = 0; i < 3; ++i) sample = most(sample, norm(part.way[i]));
            bool sharp = found <= most(bound, SHARP * full_ + NEAR * sample);
            if (!sharp) {
                const Vec p = (1.0 / 3.0) * (part.corner[0] + part.corner[1] + part.corner[2]);
                const Vec way = way_from(p, among);
                Piece<1> middle;
                middle.control[0] = blossom(p, p);
                if (bound_of(middle, &way, among) == NEVER) return NEVER;
                sample = most(sample, norm(way));
                sharp = found <= SHARP * full_ + NEAR * sample;
            }
            if (sharp || part.depth == DEPTH || looked >= PIECES) {
                bound = most(bound, found);
                if (bound == NEVER) return NEVER;
                continue;
            }
            const Vec *p = part.corner, *v = part.way;
            const Vec m[3] = {0.5 * (p[1] + p[2]), 0.5 * (p[2] + p[0]), 0.5 * (p[0] + p[1])};
            Vec w[3];
            for (int i = 0; i < 3; ++i) w[i] = way_from(m[i], among);
            const int deep = part.depth + 1;
            stack[top++] = {{p[0], m[2], m[1]}, {v[0], w[2], w[1]}, deep};
            stack[top++] = {{m[2], p[1], m[0]}, {w[2], v[1], w[0]}, deep};
            stack[top++] = {{m[1], m[0], p[2]}, {w[1], w[0], v[2]}, deep};
            stack[top++] = {{m[0], m[1], m[2]}, {w[0], w[1], w[2]}, deep};
        }
        return bound;
    }

    // The facet's polar form: its place at x where x = y.
    Vec blossom(Vec x, Vec y) const {
        const Vec *b = whole_.control;
        if constexpr (N == 3) return x.x * b[0] + x.y * b[1] + x.z * b[2];
        else {
            const Vec corners = x.x * y.x * b[0] + x.y * y.y * b[1] + x.z * y.z * b[2];
            const Vec sides = (x.x * y.y + x.y * y.x) * b[3] + (x.y * y.z + x.z * y.y) * b[4] +
                              (x.x * y.z + x.z * y.x) * b[5];
            return corners + sides;
        }
    }

    // v of a place of the facet.
    Vec way_from(Vec at, bool among) const {
        const Vec from = blossom(at, at);
        Vec to = from;
        onto_boundary(to, among);
        return to - from;
    }

    // The bound of a part: its control points, and those of v.
    double bound_of(const Triangle &part, bool among) {
        Piece<N> piece;
        Vec way[N];
        for (int i = 0; i < 3; ++i) {
            const Vec p = part.corner[i], next = part.corner[(i + 1) % 3];
            piece.control[i] = blossom(p, p);
            way[i] = part.way[i];
            if constexpr (N == 6) {
                const Vec ends = part.way[i] + part.way[(i + 1) % 3];
                piece.control[3 + i] = blossom(p, next);
                way[3 + i] = 2.0 * way_from(0.5 * (p + next), among) - 0.5 * ends;
            }
        }
        return bound_of(piece, way, among);
    }

    // max |v| + rho of a piece.
    template <int K>
    double bound_of(Piece<K> piece, const Vec *way, bool among) {
        Label partner = other_;
        double moved = 0.0;
        for (int i = 0; i < K; ++i) moved = most(moved, norm(way[i]));
        if (!(moved <= reach_)) return NEVER;
        for (int i = 0; i < K; ++i) piece.control[i] = piece.control[i] + way[i];
        piece.close();
        if (partner == 0) partner = outside_at(piece.centre);
        if (partner == 0) return NEVER;
        const Seed &base = field_.seed(grain_);
        const Spread<K> own = spread(base, piece);
        gaps_.resize(0);
        add(piece, base, own, partner);
        double rho = covering(gaps_.data(), 1, 1);
        if (among && rho < NEVER) {
            const double around = most(4.0 * rho, AROUND * full_);
            const Sample amid = quadric(base, piece.centre);
            for (i64 n = 0; n < near_.size(); ++n)
                if (near_[n] != partner && !dearer(field_.seed(near_[n]), base, amid, piece.centre,
                                                   piece.radius + around))
                    add(piece, base, own, near_[n]);
            if constexpr (F::BOUNDED)
                if (partner != -1) add(piece, base, own, -1);
            if (!ok()) return NEVER;
            const int count = static_cast<int>(gaps_.size());
            if (!F::BOUNDED && other_ == 0) rho = least(rest_of_surface(count, around),
                                                       covering_among(gaps_.data(), count, 1, around));
            else rho = covering_among(gaps_.data(), count, 1, around);
        }
        return moved + rho <= reach_ ? moved + rho : NEVER;
    }

    // rho where the boundary is that with all cells outside together: so that creases between many
    // small ones need no place where three or more of them agree.
    //
    // Let m be the least h of the cells outside. From a place with m >= 0 on the way to h_B = 0, m
    // comes to 0 somewhere, and there the grain ends: it is enough that other grains stay dearer.
    // Where m < 0, it is h of one of those below 0 somewhere on the piece.
    double rest_of_surface(int count, double around) {
        Gap *gaps = gaps_.data();
        const Gap partner = gaps[0];
        Gap some[MOST_NEAR];
        if (count > MOST_NEAR) return NEVER;
        int grains = 1;
        some[0] = partner;
        for (int i = 1; i < count; ++i) {
            if (gaps[i].label < 0) continue;
            if (gaps[i].low < 0.0) return NEVER;
            some[grains++] = gaps[i];
        }
        double rho = covering_among(some, grains, 1, around);
        for (int k = 0; k < count && rho < NEVER; ++k) {
            if (gaps[k].label > 0 || !(gaps[k].low < 0.0)) continue;
            for (int i = 0; i < count; ++i) some[i] = gaps[i];
            some[0] = gaps[k];
            some[k] = gaps[0];
            some[0].high = 0.0;
            rho = most(rho, covering_among(some, count, 1, around));
        }
        return rho;
    }

    // Move a place to the boundary of its two labels, `among` all others: by Newton to where the two
    // are equal; where another is cheaper there, to a junction with it, and so on. On the outer
    // surface another cell outside serves as well. Where nothing fits, the place stays.
    void onto_boundary(Vec &place, bool among) const {
        if (!by_newton(place, among) && other_ == 0) along_normal(place);
    }

    bool by_newton(Vec &place, bool among) const {
        Label names[4] = {grain_, other_, EMPTY, EMPTY};
        if (other_ == 0) names[1] = outside_at(place);
        if (names[1] == 0) return false;
        Vec target;
        Label third = arrive(place, names, 2, target, among), fourth;
        if (third == EMPTY || third == FAILED) return accept(third, target, place);
        if (other_ == 0 && third < 0) {
            const Label swapped[2] = {grain_, third};
            const Label next = arrive(place, swapped, 2, target, among);
            if (next == EMPTY) return accept(next, target, place);
        }
        for (int turn = 0; turn < 2; ++turn) {
            names[2] = third;
            fourth = arrive(place, names, 3, target, among);
            if (fourth == EMPTY || fourth == FAILED) return accept(fourth, target, place);
            if (turn == 0) {
                names[3] = third;
                third = fourth;
            }
        }
        return accept(arrive(place, names, 4, target, among), target, place);
    }

    static bool accept(Label cheaper, Vec target, Vec &place) {
        if (cheaper == EMPTY) place = target;
        return cheaper == EMPTY;
    }

    // Move a place onto the surface of its grain along one straight line, where the cells outside
    // are too many and small for Newton: h of each is a quadratic along the line, so from inside
    // the first root of all ends the grain; from outside, the last first root of those below 0.
    void along_normal(Vec &place) const {
        const Label partner = outside_at(place);
        if (F::BOUNDED || partner == 0) return;
        const Seed &base = field_.seed(grain_);
        const Sample own = quadric(base, place), its = quadric(field_.seed(partner), place);
        const Vec slope = its.gradient - own.gradient;
        const bool inside = its.value > own.value;
        const double steep = norm(slope);
        if (!(steep > 0.0)) return;
        const Vec way = ((inside ? -1.0 : 1.0) / steep) * slope;
        const Sample own_far = quadric(base, place + way);
        double t = inside ? NEVER : 0.0;
        for (i64 n = 0; n < near_.size(); ++n) {
            if (near_[n] > 0) continue;
            const Seed &seed = field_.seed(near_[n]);
            const Sample at = quadric(seed, place), far = quadric(seed, place + way);
            const double h = at.value - own.value;
            if (inside != (h > 0.0)) continue;
            const double first = dot(at.gradient - own.gradient, way);
            const double second = far.value - own_far.value - h - first;
            const double root = first_root(h, first, second);
            t = inside ? least(t, root) : most(t, root);
        }
        if (t <= reach_) place = place + t * way;
    }

    // The least t > 0 with h + first t + second t^2 = 0.
    static double first_root(double h, double first, double second) {
        const double under = first * first - 4.0 * h * second;
        if (!(under >= 0.0)) return NEVER;
        const double away = first >= 0.0 ? first + std::sqrt(under) : first - std::sqrt(under);
        const double one = -2.0 * h / away, two = second != 0.0 ? -away / (2.0 * second) : NEVER;
        return least(one > 0.0 ? one : NEVER, two > 0.0 ? two : NEVER);
    }

    // Put `target` where labels are equal near a place; which label is cheaper there: EMPTY if none
    // is, FAILED if Newton does not get there.
    Label arrive(Vec place, const Label *names, int count, Vec &target, bool among) const {
        target = place;
        if (!project(field_, names, count, target, reach_)) return FAILED;
        return among ? cheaper_at(target, names, count) : EMPTY;
    }

    // The label that is most below the grain at a place, beyond rounding; EMPTY if none is.
    Label cheaper_at(Vec p, const Label *names, int count) const {
        const double own = quadric(field_.seed(grain_), p).value;
        Pick best = {EMPTY, own - 1e-11 * (1.0 + std::fabs(own))};
        const auto held = [&](Label label) {
            for (int i = 0; i < count; ++i)
                if (names[i] == label) return true;
            return false;
        };
        for (i64 n = 0; n < near_.size(); ++n) {
            const double q = quadric(field_.seed(near_[n]), p).value;
            if (q < best.value && !held(near_[n])) best = {near_[n], q};
        }
        if constexpr (F::BOUNDED)
            if (best.label == EMPTY && !held(-1) && field_.beyond(-1, p).value > 1e-9) return -1;
        return best.label;
    }

    template <int K>
    void add(const Piece<K> &piece, const Seed &base, const Spread<K> &own, Label label) {
        if constexpr (F::BOUNDED)
            if (label == -1) {
                gaps_.push(gap_to_domain_boundary(field_, shell_, piece, reach_));
                return;
            }
        const Seed &seed = field_.seed(label);
        gaps_.push(gap_between(label, spread(seed, piece), own, bend_of(base, seed)));
    }

    // The cell outside that is cheapest at a place, of those near.
    Label outside_at(Vec p) const {
        if constexpr (F::BOUNDED) return -1;
        Pick best = {0, NEVER};
        for (i64 n = 0; n < near_.size(); ++n) {
            if (near_[n] > 0) continue;
            const double q = quadric(field_.seed(near_[n]), p).value;
            if (q < best.value) best = {near_[n], q};
        }
        return best.label;
    }
};

// The control points of a facet: its corners, and 2 x_ij - (x_i + x_j) / 2 of its sides.
template <int N>
static Piece<N> piece_of(const View<const double, 2> &points, const View<const i32, 2> &facets,
                         i64 f) {
    Piece<N> piece;
    for (int i = 0; i < 3; ++i) piece.control[i] = point(points, facets(f, i));
    if constexpr (N == 6)
        for (int i = 0; i < 3; ++i)
            piece.control[3 + i] = 2.0 * point(points, facets(f, 3 + i)) -
                                   0.5 * (piece.control[i] + piece.control[(i + 1) % 3]);
    piece.close();
    return piece;
}

template <int N, class F>
static int bound_facets(const F &field, const ShellBounds &shell, double reach,
                        const View<const double, 2> &points, const View<const i32, 2> &facets,
                        const View<const i32, 2> &pairs, i64 first, i64 last,
                        const View<double, 2> &bounds) {
    FacetJudge<F, N> judge(field, shell, reach);
    for (i64 f = first; f < last; ++f) {
        const Verdict found =
            judge.judge(piece_of<N>(points, facets, f), pairs(f, 0), pairs(f, 1));
        if (!judge.ok()) return NMC_NO_MEMORY;
        bounds(f, 0) = found.quadric;
        bounds(f, 1) = found.boundary;
    }
    return NMC_OK;
}

}  // namespace nmc

using namespace nmc;

int nmc_bound_distances(const nmc_field *raw, const f64_1 *shell_, double reach,
                        const f64_2 *points_, const i32_2 *facets_, const i32_2 *pairs_,
                        int64_t first, int64_t last, f64_2 *bounds_) {
    const auto numbers = in(*shell_);
    const ShellBounds shell = {numbers[0], numbers[1], numbers[2], numbers[3]};
    const auto points = in(*points_);
    const auto facets = in(*facets_), pairs = in(*pairs_);
    const auto bounds = out(*bounds_);
    return with_particle_field(*raw, [&](const auto &field) {
        return facets.shape[1] == 3
                   ? bound_facets<3>(field, shell, reach, points, facets, pairs, first, last, bounds)
                   : bound_facets<6>(field, shell, reach, points, facets, pairs, first, last, bounds);
    });
}
