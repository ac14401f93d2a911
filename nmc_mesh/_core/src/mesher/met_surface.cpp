// How far from the outer facets of a mesh a place of the exact outer surface can be, in the mesh or
// outside it.
//
// A box in which a grain and a cell outside may both be the cheapest, or that the shell may cross, may
// hold some of the surface; all of that is within
//
//     distance of the box's centre from the nearest facet + half the box's diagonal.
//
// Such a box is cut into eight as long as that is not sharp; the others hold none of the surface.
#include "sift.hpp"
#include "triangle.hpp"

namespace nmc {

namespace {

constexpr double SHARP_BOX = 0.4;   // edge lengths: bounds below are sharp enough
constexpr double LEAST_BOX = 0.03;  // edge lengths: half an edge of the smallest boxes, at least

template <class F>
class SurfaceSearch {
public:
    SurfaceSearch(const F &field, const ShellBounds &shell, double size)
        : field_(field), shell_(shell), size_(size) {}

    bool ok() const { return pool_.ok() && facets_.ok(); }

    void clear() { facets_.resize(0); }
    void add(Vec a, Vec b, Vec c) {
        const Vec middle = (1.0 / 3.0) * (a + b + c);
        facets_.push({a, b, c, middle,
                      most(norm(a - middle), most(norm(b - middle), norm(c - middle)))});
    }

    // The bound of a box, of the facets that were added.
    double search(Vec centre, double half) {
        pool_.resize(0);
        field_.for_candidates(centre, [&](Label label) { pool_.push(label); });
        bound_ = 0.0;
        if (ok()) descend(centre, half, 0, pool_.size(), 0, facets_.size());
        return bound_;
    }

private:
    struct Facet {
        Vec a, b, c, middle;
        double radius;
    };

    const F &field_;
    const ShellBounds shell_;
    const double size_;
    Buffer<Label> pool_;    // a stack: labels of the boxes on the way down
    Buffer<Facet> facets_;  // another: facets that may be the nearest to some place of them
    double bound_ = 0.0;

    void descend(Vec c, double half, i64 first, i64 count, i64 first_facet, i64 facet_count) {
        if (bound_ == NEVER) return;
        const i64 labels = pool_.size(), facets = facets_.size();
        const Side side = sift(field_, shell_, c, half, first, count, pool_);
        if (ok() && may_hold(labels, side)) {
            const double radius = 1.7320508075688773 * half;
            const double away = keep_nearest(c, radius, first_facet, facet_count);
            const double found = away + radius;
            if (!ok()) return;
            if (found <= most(bound_, SHARP_BOX * size_) || 0.5 * half < LEAST_BOX * size_)
                bound_ = most(bound_, found);
            else
                for (int corner = 0; corner < 8; ++corner) {
                    const double h = 0.5 * half;
                    const Vec to = {corner & 1 ? h : -h, corner & 2 ? h : -h, corner & 4 ? h : -h};
                    descend(c + to, h, labels, pool_.size() - labels, facets,
                            facets_.size() - facets);
                }
        }
        pool_.resize(labels);
        facets_.resize(facets);
    }

    // Whether some of the outer surface may be in a box.
    bool may_hold(i64 labels, Side side) const {
        if constexpr (F::BOUNDED) return side == ACROSS;
        bool grain = false, outside = false;
        for (i64 n = labels; n < pool_.size(); ++n) {
            grain = grain || pool_[n] > 0;
            outside = outside || pool_[n] < 0;
        }
        return grain && outside;
    }

    // The distance of a place from the nearest of some facets; those that may be nearer to another
    // place within `radius` are pushed.
    double keep_nearest(Vec c, double radius, i64 first, i64 count) {
        const bool coarse = radius > SHARP_BOX * size_;  // no bound yet: the middle will do
        double best = NEVER;
        for (i64 n = first; n < first + count; ++n) {
            const Facet &f = facets_[n];
            const double middle2 = square(c - f.middle), least_away = best + f.radius;
            if (middle2 > least_away * least_away) continue;
            best = least(best, coarse ? std::sqrt(middle2) : distance_from_triangle(c, f.a, f.b, f.c));
        }
        if (best == NEVER) return best;
        for (i64 n = first; n < first + count; ++n) {
            const double most_away = best + 2.0 * radius + facets_[n].radius;
            if (square(c - facets_[n].middle) <= most_away * most_away) {
                const Facet kept = facets_[n];
                facets_.push(kept);
            }
        }
        return best;
    }
};

// Call visit(box) for the boxes of a grid that touch a box, itself among them.
template <class Visit>
void for_neighbours(const View<const i64, 1> &shape, i64 box, Visit &&visit) {
    const i64 at[3] = {box / (shape[1] * shape[2]), box / shape[2] % shape[1], box % shape[2]};
    for (i64 i = at[0] - 1; i <= at[0] + 1; ++i)
        for (i64 j = at[1] - 1; j <= at[1] + 1; ++j)
            for (i64 k = at[2] - 1; k <= at[2] + 1; ++k)
                if (0 <= i && i < shape[0] && 0 <= j && j < shape[1] && 0 <= k && k < shape[2])
                    visit((i * shape[1] + j) * shape[2] + k);
}

}  // namespace

}  // namespace nmc

using namespace nmc;

int nmc_bound_surface(const nmc_field *raw, const f64_1 *shell_, double size, const f64_2 *points_,
                      const i32_2 *facets_, const i64_1 *start_, const i32_1 *facets_in_,
                      int64_t first, int64_t last, f64_1 *bounds_) {
    const auto numbers = in(*shell_);
    const ShellBounds shell = {numbers[0], numbers[1], numbers[2], numbers[3]};
    const auto points = in(*points_);
    const auto facets = in(*facets_);
    const auto start = in(*start_);
    const auto facets_in = in(*facets_in_);
    const auto bounds = out(*bounds_);
    const auto lower = in(raw->lower), step = in(raw->step);
    const auto shape = in(raw->shape);
    return with_particle_field(*raw, [&]<class F>(const F &field) {
        SurfaceSearch<F> search(field, shell, size);
        for (i64 box = first; box < last; ++box) {
            search.clear();
            for_neighbours(shape, box, [&](i64 near) {
                for (i64 n = start[near]; n < start[near + 1]; ++n) {
                    const i64 f = facets_in[n];
                    search.add(point(points, facets(f, 0)), point(points, facets(f, 1)),
                               point(points, facets(f, 2)));
                }
            });
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
