// Whether the radius of a star shape is positive in many directions, with few looks at them.
//
// By the addition theorem the part of degree l is at most
//
//     r_l = sqrt((2 l + 1) / (4 pi)) |a_l|
//
// in every direction. So once the sum over the degrees up to l is above r_(l+1) + r_(l+2) + ... in a
// direction, the radius is positive there. Most shapes are settled by a_00 alone; for the others the
// sums grow degree by degree, in the directions that are still open.
#include "../lanes.hpp"

namespace nmc {
namespace {

constexpr int GROUP = 4;  // directions that are looked at together
constexpr double FOUR_PI = 12.566370614359172;

class Shapes {
public:
    Shapes(View<const double, 2> columns, i64 degree)
        : columns_(columns), degree_(degree), rest_(degree + 1), open_(groups()),
          sums_(GROUP * groups()) {}
    bool ok() const { return rest_.ok() && open_.ok() && sums_.ok(); }

    // The radius is summed up in ascending order of the columns, as a matrix product does it.
    bool positive(const View<const double, 1> &a) {
        const double mean = columns_(0, 0) * a[0];
        bound(a, std::fabs(mean));
        if (mean > rest_[0]) return true;
        i64 count = groups();
        for (i64 g = 0; g < count; ++g) {
            open_[g] = static_cast<i32>(g);
            for (int lane = 0; lane < GROUP; ++lane) sums_[GROUP * g + lane] = 0.0;
        }
        // Degrees 0, 1 and 2 at one go: the mean and what is most of the roughness.
        i64 first = 0;
        for (i64 l = degree_ < 2 ? degree_ : 2; l <= degree_ && count > 0; ++l) {
            const i64 last = (l + 1) * (l + 1);
            count = add(a, first, last, rest_[l], count);
            first = last;
        }
        return count == 0;
    }

private:
    i64 groups() const { return (columns_.shape[1] + GROUP - 1) / GROUP; }

    // rest_[l] = r_(l+1) + ... + r_degree, and a little more than what rounding does to the sums.
    void bound(const View<const double, 1> &a, double mean) {
        double sum = 0.0;
        for (i64 l = degree_; l >= 0; --l) {
            rest_[l] = sum;
            double square = 0.0;
            for (i64 k = l * l; k < (l + 1) * (l + 1); ++k) square += a[k] * a[k];
            sum += std::sqrt((2.0 * static_cast<double>(l) + 1.0) / FOUR_PI * square);
        }
        for (i64 l = 0; l < degree_; ++l) rest_[l] += 1e-12 * (mean + sum);
    }

    // Add the columns [first, last) in the open groups of directions; keep those groups where a sum
    // is not above the rest. (A sum that is no number is not.)
    i64 add(const View<const double, 1> &a, i64 first, i64 last, double rest, i64 count) {
        const i64 width = columns_.shape[1];
        i64 left = 0;
        for (i64 n = 0; n < count; ++n) {
            const i32 group = open_[n];
            double *sums = &sums_[GROUP * n];
            Lanes<2> one = load<2>(sums), two = load<2>(sums + 2);
            NMC_CHECK(last <= columns_.shape[0] && start(group) + GROUP <= width);
            const double *column = &columns_(first, start(group));
            for (i64 k = first; k < last; ++k, column += width) {
                one = one + a[k] * load<2>(column);
                two = two + a[k] * load<2>(column + 2);
            }
            const bool above = (one[0] > rest) & (one[1] > rest) & (two[0] > rest) & (two[1] > rest);
            open_[left] = group;
            store<2>(&sums_[GROUP * left], one);
            store<2>(&sums_[GROUP * left + 2], two);
            left += !above;
        }
        return left;
    }

    // The last group begins before its place if it would stand out.
    i64 start(i64 group) const {
        const i64 last = columns_.shape[1] - GROUP;
        return GROUP * group < last ? GROUP * group : last;
    }

    View<const double, 2> columns_;
    i64 degree_;
    Buffer<double> rest_;
    Buffer<i32> open_;
    Buffer<double> sums_;
};

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_positive_radii(const f64_2 *coefficients_, const f64_2 *columns_, b8_1 *positive_) {
    const auto coefficients = in(*coefficients_), columns = in(*columns_);
    const auto positive = out(*positive_);
    if (columns.shape[1] < GROUP) return NMC_BAD_INPUT;
    i64 degree = 0;
    while ((degree + 1) * (degree + 1) < columns.length()) ++degree;
    if ((degree + 1) * (degree + 1) != columns.length()) return NMC_BAD_INPUT;
    Shapes shapes(columns, degree);
    if (!shapes.ok()) return NMC_NO_MEMORY;
    for (i64 i = 0; i < coefficients.length(); ++i)
        positive[i] = shapes.positive(coefficients.row(i));
    return NMC_OK;
}
