// How far from the outer facets of a mesh a place of the exact outer surface can be, in the mesh or
// outside it.
//
// A box in which a grain and a cell outside may both be the cheapest, or that the shell may cross, may
// hold some of the surface; all of that is within
//
//     distance of the box's centre from a facet + half the box's diagonal.
//
// Sharper: let d_i be the distances of the corners from the facet, a convex set, and h = F_C - F_A of
// a grain and a cell outside, which is its expansion at the centre, h_i at the corners, up to a slack.
// On the surface h = 0 for some such pair, so for every s, as in owned_cells.cpp,
//
//     d <= max_i d_i - s h_i + |s| slack.
//
// A box whose bound is not sharp is cut into eight; those that hold none of the surface drop out.
#include "cubes.hpp"
#include "least_line.hpp"
#include "sift.hpp"
#include "triangle.hpp"

namespace nmc {

namespace {

constexpr double SHARP_BOX = 0.4;   // sizes: bounds below are sharp enough
constexpr double LEAST_BOX = 0.03;  // sizes: half an edge of the smallest boxes, at least
constexpr double COARSE_BOX = 0.6;  // sizes: half an edge; larger boxes are cut at once
constexpr double TOO_WIDE = 1.2;  // times a sharp bound: boxes with more from centre to corner are cut
constexpr double DIAGONAL = 1.7320508075688773;  // of a cube, in edges
constexpr double FAR = 16.0;        // sizes: facets farther off are not looked for

template <class F>
class SurfaceSearch {
public:
    struct Facets {
        View<const double, 2> points;
        View<const i32, 2> corners;
        Cubes cubes;
    };

    // Bounds of no more than `enough` need not be any sharper.
    SurfaceSearch(const F &field, const ShellBounds &shell, double size, double enough, const Facets &all)
        : field_(field), shell_(shell), size_(size), sharp_(most(SHARP_BOX * size, enough)), all_(all),
          sift_(field, shell) {}

    bool ok() const { return sift_.ok() && facets_.ok(); }

    // The bound of a box.
    double search(Vec centre, double half) {
        bound_ = 0.0;
        descend(centre, half, sift_.begin(centre, norm(centre) + 2.0 * half), true);
        return bound_;
    }

private:
    struct Facet {
        Vec a, b, c, middle;
    };

    const F &field_;
    const ShellBounds shell_;
    const double size_, sharp_;
    const Facets all_;
    Sift<F> sift_;
    Buffer<Facet> facets_;  // near the box that is looked at
    i64 nearest_ = -1;      // facet of that box
    double bound_ = 0.0;

    // Of the boxes on the way down those that lie near a facet as a whole need no look at their labels.
    void descend(Vec c, double half, const Pool &above, bool coarse) {
        if (bound_ == NEVER || !ok()) return;
        double found = coarse ? NEVER : from_nearest(c, half);
        if (found <= most(bound_, sharp_)) {
            bound_ = most(bound_, found);
            return;
        }
        Side side;
        const Pool labels = sift_.narrow(above, c, half, side);
        if (ok() && may_hold(labels, side)) {
            if (coarse && half <= COARSE_BOX * size_) {
                coarse = false;
                collect(c, half);
                found = from_nearest(c, half);
            }
            if (!coarse) found = sharper(c, half, labels, found);
            if (!ok()) return;
            if (found <= most(bound_, sharp_) || 0.5 * half < LEAST_BOX * size_)
                bound_ = most(bound_, found);
            else
                for (int corner = 0; corner < 8; ++corner) {
                    const double h = 0.5 * half;
                    descend(c + corner_of(corner, h), h, labels, coarse);
                }
        }
        sift_.drop(labels);
    }

    static Vec corner_of(int corner, double h) {
        return {corner & 1 ? h : -h, corner & 2 ? h : -h, corner & 4 ? h : -h};
    }

    // Whether some of the outer surface may be in a box.
    bool may_hold(const Pool &labels, Side side) const {
        if constexpr (F::BOUNDED) return side == ACROSS;
        bool grain = false, outside = false;
        for (i64 n = 0; n < labels.count; ++n) {
            grain = grain || sift_.label(labels, n) > 0;
            outside = outside || sift_.label(labels, n) < 0;
        }
        return grain && outside;
    }

    // Collect the facets near a box, from farther off if there are none.
    void collect(Vec c, double half) {
        facets_.resize(0);
        for (double reach = half + size_; facets_.size() == 0 && reach < FAR * size_; reach *= 2.0)
            all_.cubes.for_near(c, reach, [&](i64 f) {
                Vec x[3];
                for (int i = 0; i < 3; ++i) x[i] = point(all_.points, all_.corners(f, i));
                facets_.push({x[0], x[1], x[2], (1.0 / 3.0) * (x[0] + x[1] + x[2])});
            });
    }

    // The bound of a box from its centre; its nearest facet is found.
    double from_nearest(Vec c, double half) {
        nearest_ = -1;
        double least2 = NEVER;
        for (i64 n = 0; n < facets_.size(); ++n) {
            const double away2 = square(c - facets_[n].middle);
            if (away2 < least2) {
                least2 = away2;
                nearest_ = n;
            }
        }
        if (nearest_ < 0) return NEVER;
        const Facet &w = facets_[nearest_];
        return distance_from_triangle(c, w.a, w.b, w.c) + DIAGONAL * half;
    }

    // The same, sharper: from its corners and where the surface can be.
    double sharper(Vec c, double half, const Pool &labels, double found) const {
        if (nearest_ < 0 || found <= most(bound_, sharp_) || DIAGONAL * half > TOO_WIDE * sharp_)
            return found;
        const Facet &w = facets_[nearest_];
        const double radius = DIAGONAL * half;
        double far[8];
        for (int i = 0; i < 8; ++i)
            far[i] = distance_from_triangle(c + corner_of(i, half), w.a, w.b, w.c);
        double best = 0.0;
        const auto look = [&](double value, Vec slope, double slack) {
            double above[8], below[8];
            for (int i = 0; i < 8; ++i) {
                const double h = value + dot(slope, corner_of(i, half));
                above[i] = h - slack;
                below[i] = -h - slack;
            }
            best = most(best, least(least_line(far, above), least_line(far, below)));
        };
        if constexpr (F::BOUNDED) {
            Piece<1> piece;
            piece.control[0] = c;
            piece.close();
            const Gap gap = gap_to_domain_boundary(field_, shell_, piece, radius);
            if (!(gap.high < NEVER)) return found;
            look(0.5 * (gap.low + gap.high), gap.slope, shell_.slack(gap.bend, radius));
        } else {
            for (i64 i = 0; i < labels.count; ++i)
                for (i64 j = 0; j < labels.count && sift_.label(labels, i) > 0; ++j) {
                    if (sift_.label(labels, j) > 0) continue;
                    const Seed &grain = field_.seed(sift_.label(labels, i));
                    const Seed &out = field_.seed(sift_.label(labels, j));
                    const Sample own = quadric(grain, c), its = quadric(out, c);
                    const double guard = 1e-12 * (std::fabs(own.value) + std::fabs(its.value));
                    look(its.value - own.value, its.gradient - own.gradient,
                         guard + 0.5 * bend_of(grain, out) * radius * radius);
                }
        }
        return least(found, best);
    }
};

}  // namespace

}  // namespace nmc

using namespace nmc;

int nmc_bound_surface(const nmc_field *raw, const f64_1 *shell_, double size, const f64_2 *points,
                      const i32_2 *facets, const nmc_cubes *cubes, double enough, int64_t first,
                      int64_t last, f64_1 *bounds_) {
    const auto numbers = in(*shell_);
    const ShellBounds shell = {numbers[0], numbers[1], numbers[2], numbers[3]};
    const auto bounds = out(*bounds_);
    const auto lower = in(raw->lower), step = in(raw->step);
    const auto shape = in(raw->shape);
    return with_particle_field(*raw, [&]<class F>(const F &field) {
        SurfaceSearch<F> search(field, shell, size, enough,
                                {in(*points), in(*facets), Cubes(*cubes)});
        for (i64 box = first; box < last; ++box) {
            const i64 at[3] = {box / (shape[1] * shape[2]), box / shape[2] % shape[1],
                               box % shape[2]};
            double c[3];
            for (int axis = 0; axis < 3; ++axis)
                c[axis] = lower[axis] + (static_cast<double>(at[axis]) + 0.5) * step[axis];
            const double bound = search.search({c[0], c[1], c[2]}, 0.5 * step[0]);
            if (!search.ok()) return NMC_NO_MEMORY;
            bounds[box] = bound * (1.0 + 1e-9);  // for the rounding of distances
        }
        return NMC_OK;
    });
}
