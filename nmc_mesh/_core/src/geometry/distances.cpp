// How far nodes of a grid are from a surface: where some cells of a diagram end, or a shell.
//
//      o    o    o         Every edge of the grid between a node inside and one outside gives a
//        \               place p on the surface, between the cells A (inside) and B there. A node
//      ---p---p---p--     x takes the nearest of them, and follows the quadric F_A = F_B to its foot:
//      o    o    o        q = x - ((x - p) . n) n, back onto the quadric, again. Where that leaves
//                          the part of the quadric that is surface, it goes over to the quadric of
//                          the cells there; where that is no nearer, the way is halved. A shell is
//                          one such function, d(x) = |x| - X(x / |x|), and all of d = 0 is surface.
#include "../vec.hpp"
#include "cost.hpp"
#include "grid_spline.hpp"
#include "shell_boundary.hpp"

namespace nmc {

constexpr int TURNS = 8;        // of the foot: each leaves a share of distance over radius
constexpr int HALVES = 5;       // of the way to a foot beyond a crease
constexpr int NEWTON = 3;       // steps back onto a quadric that is left by little
constexpr int ROOT_STEPS = 40;  // of bisection: to 1e-12 of an edge

struct Foot {
    Vec place;
    i32 in, out;  // seeds
};

// Where cells inside end: between the cheapest seeds inside and outside, by boxes of candidates.
class CellSurface {
public:
    CellSurface(View<const double, 2> rows, View<const bool, 1> inside, Vec corner, double box,
                View<const i64, 1> shape, View<const i64, 1> start, View<const i32, 1> seeds)
        : rows_(rows), inside_(inside), corner_(corner), box_(box), shape_(shape), start_(start),
          seeds_(seeds) {}

    bool is_inside(Vec p) const {
        const Pair here = at(p);
        return here.low < here.high;
    }

    // Take the cells at a place as those of its foot; false if no seed of one side is near.
    bool settle(Foot &foot) const {
        const Pair there = at(foot.place);
        foot.in = there.in;
        foot.out = there.out;
        return there.in >= 0 && there.out >= 0;
    }

    // F_in - F_out and its gradient.
    Slope across(const Foot &foot, Vec p) const {
        Slope all = {};
        const i32 both[2] = {foot.in, foot.out};
        for (int k = 0; k < 2; ++k) {
            const Seed &seed = seed_at(rows_, both[k]);
            const double sign = k == 0 ? 1.0 : -1.0;
            const Vec d = {p.x - seed.s0, p.y - seed.s1, p.z - seed.s2};
            const Vec half = {seed.m00 * d.x + seed.m01 * d.y + seed.m02 * d.z,
                              seed.m01 * d.x + seed.m11 * d.y + seed.m12 * d.z,
                              seed.m02 * d.x + seed.m12 * d.y + seed.m22 * d.z};
            all.value += sign * (dot(d, half) - seed.r);
            all.gradient = all.gradient + (2.0 * sign) * half;
        }
        return all;
    }

    // Whether a place on the quadric of a foot is on the surface.
    bool holds(const Foot &foot, Vec p) const {
        const Pair best = at(p);
        if (best.in == foot.in && best.out == foot.out) return true;
        const double in_ = cost(rows_, foot.in, p), out_ = cost(rows_, foot.out, p);
        const double slack = 1e-9 * (std::fabs(in_) + std::fabs(out_) + 1e-3);
        return in_ <= best.low + slack && out_ <= best.high + slack;
    }

private:
    struct Pair {
        i32 in, out;
        double low, high;  // their costs
    };

    View<const double, 2> rows_;
    View<const bool, 1> inside_;
    Vec corner_;
    double box_;
    View<const i64, 1> shape_, start_;
    View<const i32, 1> seeds_;

    Pair at(Vec p) const {
        Pair best = {-1, -1, INFINITY, INFINITY};
        const i64 entry = (step(p.x - corner_.x, 0) * shape_[1] + step(p.y - corner_.y, 1)) *
                              shape_[2] + step(p.z - corner_.z, 2);
        for (i64 n = start_[entry]; n < start_[entry + 1]; ++n) {
            const i32 seed = seeds_[n];
            const double here = cost(rows_, seed, p);
            if (inside_[seed]) {
                if (here < best.low) best.in = seed, best.low = here;
            } else if (here < best.high) {
                best.out = seed, best.high = here;
            }
        }
        return best;
    }

    i64 step(double way, int axis) const {
        const double place = way / box_;
        if (!(place > 0.0)) return 0;
        const i64 last = shape_[axis] - 1;
        return place >= static_cast<double>(last) ? last : static_cast<i64>(place);
    }
};

// Where a shell ends; it has no seeds.
class ShellSurface {
public:
    explicit ShellSurface(const nmc_radius_table &raw) : shell_(raw) {}

    bool is_inside(Vec p) const { return !(shell_.past(p) > 0.0); }
    bool settle(Foot &) const { return true; }
    bool holds(const Foot &, Vec) const { return true; }
    Slope across(const Foot &, Vec p) const { return shell_.beyond(p); }

private:
    ShellBoundary shell_;
};

// Where the segment from p, inside or not, to q crosses the surface; false if it has no foot there.
template <class Surface>
static bool crossing(const Surface &surface, Vec p, Vec q, bool starts_in, Foot &foot) {
    double low = 0.0, high = 1.0;
    for (int turn = 0; turn < ROOT_STEPS; ++turn) {
        const double t = 0.5 * (low + high);
        (surface.is_inside(p + t * (q - p)) == starts_in ? low : high) = t;
    }
    const double t = 0.5 * (low + high);
    foot = {p + t * (q - p), -1, -1};
    return surface.settle(foot);
}

template <class Surface>
static Vec onto(const Surface &surface, const Foot &foot, Vec p) {
    for (int turn = 0; turn < NEWTON; ++turn) {
        const Slope gap = surface.across(foot, p);
        const double steep = square(gap.gradient);
        if (!(steep > 0.0)) break;
        p = p - (gap.value / steep) * gap.gradient;
    }
    return p;
}

// The distance of a node from the surface near a place on it.
template <class Surface>
static double distance(const Surface &surface, Foot foot, Vec x, double step) {
    double best = norm(x - foot.place);
    for (int turn = 0; turn < TURNS; ++turn) {
        const Slope gap = surface.across(foot, foot.place);
        const double steep = norm(gap.gradient);
        if (!(steep > 0.0)) break;
        const Vec n = (1.0 / steep) * gap.gradient;
        Vec way = x - foot.place;
        way = way - dot(way, n) * n;
        const double length = norm(way);
        if (length > step) way = (step / length) * way;
        Foot next = foot;
        for (int half = 0; half < HALVES; ++half) {
            Foot candidate = foot;
            candidate.place = onto(surface, foot, foot.place + way);
            if (!surface.holds(candidate, candidate.place)) {
                if (!surface.settle(candidate)) break;
                candidate.place = onto(surface, candidate, candidate.place);
            }
            if (norm(x - candidate.place) < best && surface.holds(candidate, candidate.place)) {
                next = candidate;
                break;
            }
            way = 0.5 * way;
        }
        const double moved = norm(next.place - foot.place);
        foot = next;
        best = norm(x - next.place);
        if (!(moved > 1e-6 * step)) break;
    }
    return best;
}

// What a grid's nodes are away from a surface, up to `reach`, and where its edges cross it.
template <class Surface>
static int write_distances(const Surface &surface, const Buffer<bool> &inside,
                           View<const double, 1> lower, double step, double reach,
                           View<double, 3> distances, own_f64_2 *places_, own_f64_2 *normals_) {
    const i64 count[3] = {distances.shape[0], distances.shape[1], distances.shape[2]};
    const i64 stride[3] = {count[1] * count[2], count[2], 1};
    const i64 total = distances.size();
    const auto place_of = [&](i64 i, i64 j, i64 k) {
        return Vec{lower[0] + step * static_cast<double>(i), lower[1] + step * static_cast<double>(j),
                   lower[2] + step * static_cast<double>(k)};
    };
    // 1: places on the surface, and for every node the nearest of them.
    Buffer<Foot> feet(0);
    Buffer<Vec> normals(0), places(0);
    Buffer<i32> nearest(total, -1);
    if (!nearest.ok()) return NMC_NO_MEMORY;
    const i64 wide = static_cast<i64>(reach / step) + 1;
    for (i64 n = 0; n < total; ++n) distances.data[n] = reach * reach;
    for (i64 i = 0; i < count[0]; ++i)
        for (i64 j = 0; j < count[1]; ++j)
            for (i64 k = 0; k < count[2]; ++k)
                for (int axis = 0; axis < 3; ++axis) {
                    const i64 here[3] = {i, j, k};
                    if (here[axis] + 1 == count[axis]) continue;
                    const i64 n = (i * count[1] + j) * count[2] + k;
                    if (inside[n] == inside[n + stride[axis]]) continue;
                    const Vec p = place_of(i, j, k);
                    const Vec q = place_of(i + (axis == 0), j + (axis == 1), k + (axis == 2));
                    Foot foot;
                    if (!crossing(surface, p, q, inside[n], foot)) continue;
                    const Slope gap = surface.across(foot, foot.place);
                    const double steep = norm(gap.gradient);
                    const i32 number = static_cast<i32>(feet.size());
                    if (!feet.push(foot) || !places.push(foot.place) ||
                        !normals.push(steep > 0.0 ? (1.0 / steep) * gap.gradient : Vec{}))
                        return NMC_NO_MEMORY;
                    const auto low = [&](int a) { return here[a] > wide ? here[a] - wide : 0; };
                    const auto high = [&](int a) {
                        return here[a] + wide + 2 < count[a] ? here[a] + wide + 2 : count[a];
                    };
                    for (i64 a = low(0); a < high(0); ++a)
                        for (i64 b = low(1); b < high(1); ++b)
                            for (i64 c = low(2); c < high(2); ++c) {
                                const double away = square(place_of(a, b, c) - foot.place);
                                const i64 m = (a * count[1] + b) * count[2] + c;
                                if (away < distances.data[m]) {
                                    distances.data[m] = away;
                                    nearest[m] = number;
                                }
                            }
                }
    // 2: the way from there to the foot.
    for (i64 i = 0; i < count[0]; ++i)
        for (i64 j = 0; j < count[1]; ++j)
            for (i64 k = 0; k < count[2]; ++k) {
                const i64 n = (i * count[1] + j) * count[2] + k;
                double away = reach;
                if (nearest[n] >= 0)
                    away = distance(surface, feet[nearest[n]], place_of(i, j, k), 2.0 * step);
                distances.data[n] = inside[n] ? -away : away;
            }
    const i64 found = places.size();
    places.give(places_, found, i64{3});
    normals.give(normals_, found, i64{3});
    return NMC_OK;
}

}  // namespace nmc

using namespace nmc;

int nmc_spline_at(const nmc_grid_spline *raw, const f64_2 *points_, int64_t first, int64_t last,
                  f64_1 *values_) {
    const GridSpline spline(*raw);
    const auto points = in(*points_);
    const auto values = out(*values_);
    for (i64 n = first; n < last; ++n) values[n] = spline.at(point(points, n)).value;
    return NMC_OK;
}

int nmc_distances_from_cells(const f64_2 *rows_, const b8_1 *inside_, const f64_1 *corner_,
                             double box, const i64_1 *shape_, const i64_1 *start_,
                             const i32_1 *seeds_, const f64_1 *lower_, double step,
                             const i32_3 *nodes_, double reach, f64_3 *distances_,
                             own_f64_2 *places_, own_f64_2 *normals_) {
    const auto inside = in(*inside_);
    const auto corner = in(*corner_);
    const auto nodes = in(*nodes_);
    const CellSurface surface(in(*rows_), inside, {corner[0], corner[1], corner[2]}, box,
                              in(*shape_), in(*start_), in(*seeds_));
    Buffer<bool> within(nodes.size());
    if (!within.ok()) return NMC_NO_MEMORY;
    for (i64 n = 0; n < nodes.size(); ++n) within[n] = inside[nodes.data[n]];
    return write_distances(surface, within, in(*lower_), step, reach, out(*distances_), places_,
                           normals_);
}

int nmc_distances_from_shell(const nmc_radius_table *table, const f64_1 *lower_, double step,
                             double reach, f64_3 *distances_, own_f64_2 *places_,
                             own_f64_2 *normals_) {
    const ShellSurface surface(*table);
    const auto lower = in(*lower_);
    const auto distances = out(*distances_);
    Buffer<bool> within(distances.size());
    if (!within.ok()) return NMC_NO_MEMORY;
    for (i64 i = 0, n = 0; i < distances.shape[0]; ++i)
        for (i64 j = 0; j < distances.shape[1]; ++j)
            for (i64 k = 0; k < distances.shape[2]; ++k, ++n)
                within[n] = surface.is_inside(Vec{lower[0] + step * static_cast<double>(i),
                                                  lower[1] + step * static_cast<double>(j),
                                                  lower[2] + step * static_cast<double>(k)});
    return write_distances(surface, within, lower, step, reach, distances, places_, normals_);
}
