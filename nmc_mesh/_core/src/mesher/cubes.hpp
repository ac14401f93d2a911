// Things listed by the cubes of a grid that they lie in: what is near a place.
#pragma once

#include "../vec.hpp"

namespace nmc {

class Cubes {
public:
    explicit Cubes(const nmc_cubes &raw)
        : shape_(in(raw.shape)), start_(in(raw.start)), things_(in(raw.things)), edge_(raw.edge) {
        const auto lower = in(raw.lower);
        lower_ = {lower[0], lower[1], lower[2]};
    }

    // Call visit(thing) for all in the cubes that come within reach of a place.
    template <class Visit>
    void for_near(Vec p, double reach, Visit &&visit) const {
        i64 low[3], high[3];
        for (int axis = 0; axis < 3; ++axis) {
            const double at = p[axis] - lower_[axis];
            low[axis] = cube_of(at - reach, shape_[axis]);
            high[axis] = cube_of(at + reach, shape_[axis]);
        }
        for (i64 i = low[0]; i <= high[0]; ++i)
            for (i64 j = low[1]; j <= high[1]; ++j) {
                const i64 row = (i * shape_[1] + j) * shape_[2];
                for (i64 n = start_[row + low[2]]; n < start_[row + high[2] + 1]; ++n)
                    visit(things_[n]);
            }
    }

private:
    View<const i64, 1> shape_, start_;
    View<const i32, 1> things_;
    Vec lower_;
    double edge_;

    // Things outside of the grid are in its nearest cube.
    i64 cube_of(double place, i64 count) const {
        const double at = std::floor(place / edge_);
        if (!(at > 0.0)) return 0;
        return at < static_cast<double>(count) ? static_cast<i64>(at) : count - 1;
    }
};

}  // namespace nmc
