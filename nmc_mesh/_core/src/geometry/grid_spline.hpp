// A function of place: f(x) = sum_v c_v B((x - lower) / step - v) over the nodes v of a grid, with B
// the tensor product of cubic B-splines. Beyond the grid its border goes on.
#pragma once

#include "../vec.hpp"
#include "radius_table.hpp"

namespace nmc {

// A value and its gradient.
struct Slope {
    double value;
    Vec gradient;
};

class GridSpline {
public:
    explicit GridSpline(const nmc_grid_spline &raw) : values_(in(raw.values)), step_(raw.step) {
        const auto lower = in(raw.lower);
        lower_ = {lower[0], lower[1], lower[2]};
    }

    Slope at(Vec p) const {
        const Support x = around(p.x - lower_.x, 0), y = around(p.y - lower_.y, 1),
                      z = around(p.z - lower_.z, 2);
        Slope total = {};
        for (int a = 0; a < 4; ++a) {
            Slope plane = {};
            for (int b = 0; b < 4; ++b) {
                const double *row = values_.data + (x.entry[a] * values_.shape[1] + y.entry[b]) *
                                                       values_.shape[2];
                double sum = 0.0, slope = 0.0;
                for (int c = 0; c < 4; ++c) {
                    sum += z.knot[c].weight * row[z.entry[c]];
                    slope += z.knot[c].slope * row[z.entry[c]];
                }
                plane.value += y.knot[b].weight * sum;
                plane.gradient.y += y.knot[b].slope * sum;
                plane.gradient.z += y.knot[b].weight * slope;
            }
            total.value += x.knot[a].weight * plane.value;
            total.gradient.x += x.knot[a].slope * plane.value;
            total.gradient.y += x.knot[a].weight * plane.gradient.y;
            total.gradient.z += x.knot[a].weight * plane.gradient.z;
        }
        total.gradient = (1.0 / step_) * total.gradient;
        return total;
    }

private:
    // The nodes along an axis whose splines reach a place, and their weights.
    struct Support {
        i64 entry[4];
        Knot knot[4];
    };

    View<const double, 3> values_;
    Vec lower_;
    double step_;

    Support around(double way, int axis) const {
        const i64 last = values_.shape[axis] - 1;
        // Far outside all four nodes are the last one; so far numbers need not be whole.
        const double place = least(most(way / step_, -4.0), static_cast<double>(last) + 4.0);
        const double whole = std::floor(place);
        Support support;
        for (int a = 0; a < 4; ++a) {
            const i64 node = static_cast<i64>(whole) - 1 + a;
            support.entry[a] = node < 0 ? 0 : node > last ? last : node;
            support.knot[a] = bspline(place - whole, a);
        }
        return support;
    }
};

}  // namespace nmc
