// Which octants of an octree are larger than the edge lengths that are asked for.
//
// What a boundary asks for holds at the distance d too, and slope d more. Of the cells A and B of a
// diagram, f = F_B - F_A is a quadric, so at a place where A is the cell
//
//     f(x + r) >= f - g |r| - k |r|^2,   g = |grad f|,
//
// where -k bounds the eigenvalues of M_B - M_A = D + t I, tr D = 0, from below: those of D are at
// most sqrt(2/3) |D| (Frobenius) in size. So no place of B is nearer than d = 2 f / (g + sqrt(g^2 +
// 4 k f)): a bound, not an estimate.
#include "domain_boundary.hpp"

namespace nmc {
namespace {

// An octant's edge may be so much longer than what is asked for at its centre (ours): edges are then
// 0.6 to 1.2 of that.
constexpr double LONGER = 1.2;

// Octants that are larger than what a boundary asks for at itself keep off it, so many edges from
// their centre to it. Half an edge is the nearest face; where a boundary comes near a corner beyond
// that, smaller ones are mostly next to it (ours: as many facets come out as with 0.9, where none is
// reached, of a sixth less cells).
constexpr double CLEAR = 0.55;

// How much of the first-order distance from a shell is taken for sure (ours).
constexpr double SURE_OF_SHELL = 0.7;

// What is asked for at boundaries, by the labels that they part.
class Lengths {
public:
    explicit Lengths(const nmc_lengths &raw)
        : slope(raw.slope), of_label_(in(raw.of_label)), inner_(raw.inner), outer_(raw.outer),
          boundaries_(raw.boundaries), around_(raw.around) {}

    double slope;

    // Inside a label, away from its boundaries.
    double inside(Label label) const { return boundaries_ ? INF : length(merged(label)); }

    // On the boundary of two labels; infinite where it is none.
    double between(Label one, Label two) const {
        one = merged(one), two = merged(two);
        if (one == two || (one <= 0 && two <= 0)) return INF;
        const double asked = least(length(one), length(two));
        return one <= 0 || two <= 0 ? least(asked, outer_) : asked;
    }

private:
    static constexpr double INF = std::numeric_limits<double>::infinity();

    View<const double, 1> of_label_;
    double inner_, outer_;
    bool boundaries_;
    i64 around_;

    Label merged(Label label) const {
        return label > around_ ? static_cast<Label>(around_) : label;
    }
    double length(Label label) const {
        if (label <= 0) return INF;
        return of_label_.length() > 0 ? of_label_[label] : inner_;
    }
};

// A lower bound of the distance from a place of a cell to the cell of another.
double least_distance(const Seed &own, const Seed &other, Vec p) {
    const Sample here = quadric(own, p), there = quadric(other, p);
    const double f = there.value - here.value;
    if (!(f > 0.0)) return 0.0;
    const double x = other.m00 - own.m00, y = other.m11 - own.m11, z = other.m22 - own.m22;
    const double u = other.m01 - own.m01, v = other.m02 - own.m02, w = other.m12 - own.m12;
    const double t = (x + y + z) / 3.0;
    const double deviator = (x - t) * (x - t) + (y - t) * (y - t) + (z - t) * (z - t) +
                            2.0 * (u * u + v * v + w * w);
    const double k = most(std::sqrt(deviator * (2.0 / 3.0)) - t, 0.0);
    const double g = norm(there.gradient - here.gradient);
    return 2.0 * f / (g + std::sqrt(g * g + 4.0 * k * f));
}

// Whether an octant is too large for what a boundary at a distance asks for.
bool is_too_large(double edge, double asked, double slope, double distance) {
    if (edge > LONGER * (asked + slope * distance)) return true;
    return edge > LONGER * asked && distance < CLEAR * edge;
}

template <Field F>
bool is_large(const F &field, const Lengths &lengths, Vec p, double edge) {
    const Label own = field.cell_at(p).label;
    Label here = own;
    if constexpr (BoundedField<F>) {
        const Pick past = field.nearest_domain_boundary(p);
        const double distance = SURE_OF_SHELL * std::fabs(past.value);
        if (is_too_large(edge, lengths.between(own, past.label), lengths.slope, distance))
            return true;
        if (past.value > 0.0) here = past.label;
    }
    if (here > 0 && edge > LONGER * lengths.inside(here)) return true;
    bool large = false;
    field.for_candidates(p, [&](Label other) {
        if (large || other == own) return;
        const double asked = lengths.between(here, other);
        // Most boundaries are asked no more than this of: the rest costs a square root.
        if (edge <= LONGER * asked) return;
        const double distance = least_distance(field.seed(own), field.seed(other), p);
        large = is_too_large(edge, asked, lengths.slope, distance);
    });
    return large;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_mark_large(const nmc_field *raw, const nmc_lengths *raw_lengths, const f64_2 *points_,
                   double edge, int64_t first, int64_t last, b8_1 *large_) {
    const Lengths lengths(*raw_lengths);
    const auto points = in(*points_);
    const auto large = out(*large_);
    return with_particle_field(*raw, [&](const auto &field) {
        for (i64 n = first; n < last; ++n)
            large[n] = is_large(field, lengths, point(points, n), edge);
        return NMC_OK;
    });
}
