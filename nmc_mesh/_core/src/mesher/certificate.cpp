// Bounds, for every facet of a mesh, of the distance of its places from the exact boundary of its two
// labels: each alone first, then those that nothing is proved of with the help of their neighbours.
#include "cubes.hpp"
#include "facet_judge.hpp"

namespace nmc {
namespace {

constexpr int MOST_FACETS = 256;  // of a label beside a facet that are looked at

struct Mesh {
    View<const double, 2> points;
    View<const i32, 2> facets, pairs;
};

// The control points of a facet: its corners, and 2 x_ij - (x_i + x_j) / 2 of its sides.
template <int N>
Piece<N> piece_of(const Mesh &mesh, i64 f) {
    Piece<N> piece;
    for (int i = 0; i < 3; ++i) piece.control[i] = point(mesh.points, mesh.facets(f, i));
    if constexpr (N == 6)
        for (int i = 0; i < 3; ++i)
            piece.control[3 + i] = 2.0 * point(mesh.points, mesh.facets(f, 3 + i)) -
                                   0.5 * (piece.control[i] + piece.control[(i + 1) % 3]);
    piece.close();
    return piece;
}

// The facets near one that something is proved of: of the same two labels, and of each of them.
class Neighbours {
public:
    Neighbours(const Mesh &mesh, const Cubes &cubes, View<const double, 1> proven, double reach)
        : mesh_(mesh), cubes_(cubes), proven_(proven), reach_(reach) {}

    bool ok() const { return both_.ok() && of_[0].ok() && of_[1].ok(); }
    Span<const Proven> both() const { return both_.span(); }
    Span<const Proven> of(int side) const { return of_[side].span(); }

    void look(i64 facet, Vec centre) {
        both_.resize(0);
        of_[0].resize(0);
        of_[1].resize(0);
        cubes_.for_near(centre, reach_, [&](i64 f) {
            if (!(proven_[f] < NEVER)) return;
            const bool first = holds(f, mesh_.pairs(facet, 0)), second = holds(f, mesh_.pairs(facet, 1));
            if (first && second) add(f, both_);
            if (first) add(f, of_[0]);
            if (second) add(f, of_[1]);
        });
    }

private:
    const Mesh mesh_;
    const Cubes cubes_;
    const View<const double, 1> proven_;
    const double reach_;
    Buffer<Proven> both_, of_[2];

    bool holds(i64 f, Label label) const {
        return mesh_.pairs(f, 0) == label || mesh_.pairs(f, 1) == label;
    }

    // Of a curved facet only the corners: the others of its flat triangle are not on it.
    void add(i64 f, Buffer<Proven> &list) const {
        if (list.size() >= MOST_FACETS) return;
        Vec x[3];
        for (int i = 0; i < 3; ++i) x[i] = point(mesh_.points, mesh_.facets(f, i));
        if (mesh_.facets.shape[1] == 3) list.push({x[0], x[1], x[2], proven_[f], false});
        else
            for (const Vec place : x) list.push(Proven::at(place, proven_[f]));
    }
};

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_bound_distances(const nmc_field *raw, const f64_1 *shell_, double size, double reach,
                        const f64_2 *points_, const i32_2 *facets_, const i32_2 *pairs_,
                        const nmc_contacts *contacts_, const i32_1 *order_, int64_t first, int64_t last,
                        f64_1 *bounds_) {
    const Contacts contacts(*contacts_);
    const auto numbers = in(*shell_);
    const ShellBounds shell = {numbers[0], numbers[1], numbers[2], numbers[3]};
    const Mesh mesh = {in(*points_), in(*facets_), in(*pairs_)};
    const auto order = in(*order_);
    const auto bounds = out(*bounds_);
    const auto work = [&]<int N, class F>(FacetJudge<F, N> &&judge) {
        for (i64 n = first; n < last; ++n) {
            const i64 f = order[n];
            const i32 corners[3] = {mesh.facets(f, 0), mesh.facets(f, 1), mesh.facets(f, 2)};
            bounds[f] =
                judge.judge(piece_of<N>(mesh, f), mesh.pairs(f, 0), mesh.pairs(f, 1), corners, contacts);
            if (!judge.ok()) return NMC_NO_MEMORY;
        }
        return NMC_OK;
    };
    return with_particle_field(*raw, [&]<class F>(const F &field) {
        return mesh.facets.shape[1] == 3 ? work(FacetJudge<F, 3>(field, shell, size, reach))
                                         : work(FacetJudge<F, 6>(field, shell, size, reach));
    });
}

int nmc_bound_by_neighbours(const nmc_field *raw, const f64_1 *shell_, double size, double reach,
                            const f64_2 *points_, const i32_2 *facets_, const i32_2 *pairs_,
                            const nmc_cubes *cubes_, const f64_1 *proven_, const i64_1 *which_,
                            int64_t first, int64_t last, f64_2 *bounds_) {
    const auto numbers = in(*shell_);
    const ShellBounds shell = {numbers[0], numbers[1], numbers[2], numbers[3]};
    const Mesh mesh = {in(*points_), in(*facets_), in(*pairs_)};
    const Cubes cubes(*cubes_);
    const auto which = in(*which_);
    const auto bounds = out(*bounds_);
    const auto work = [&]<int N, class F>(FacetJudge<F, N> &&judge) {
        Neighbours near(mesh, cubes, in(*proven_), 1.5 * reach);
        for (i64 n = first; n < last; ++n) {
            const i64 f = which[n];
            const Piece<N> facet = piece_of<N>(mesh, f);
            near.look(f, facet.centre);
            if (!near.ok()) return NMC_NO_MEMORY;
            const double both =
                judge.judge(facet, mesh.pairs(f, 0), mesh.pairs(f, 1), near.both());
            bounds(n, 0) = least(both, judge.judge(facet, {near.of(0), near.of(1)}));
            bounds(n, 1) = both;
            if (!judge.ok()) return NMC_NO_MEMORY;
        }
        return NMC_OK;
    };
    return with_particle_field(*raw, [&]<class F>(const F &field) {
        return mesh.facets.shape[1] == 3 ? work(FacetJudge<F, 3>(field, shell, size, reach))
                                         : work(FacetJudge<F, 6>(field, shell, size, reach));
    });
}
