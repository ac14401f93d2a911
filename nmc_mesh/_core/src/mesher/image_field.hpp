// The functions of a label image: F_l(x) = -sum_v B(x - v) [label(v) = l] - offset_l, with B the
// tensor product of cubic B-splines over the voxel grid. Beyond the image its border goes on; the
// faces of its box are the domain boundaries -1 (lower x), -2 (upper x), ... -6 (upper z): see
// domain_boundary.hpp.
#pragma once

#include <algorithm>
#include <limits>

#include "../geometry/radius_table.hpp"
#include "label.hpp"

namespace nmc {

class ImageField {
public:
    static constexpr bool BOUNDED = true;

    explicit ImageField(const nmc_field &raw)
        : labels_(in(raw.near)), offset_(in(raw.offset)), slope_(raw.slope) {
        const auto lower = in(raw.lower), step = in(raw.step);
        lower_ = {lower[0], lower[1], lower[2]};
        step_ = {step[0], step[1], step[2]};
        for (int axis = 0; axis < 3; ++axis) shape_[axis] = in(raw.shape)[axis];
    }

    Sample sample(Label label, Label host, Vec p) const {
        const Label grain = label >= 0 ? label : host;
        Sample found = {};
        if (grain >= 0) found = smoothed(grain, p);
        if (label >= 0) return found;
        const Sample past = beyond(label, p);
        return {found.value - slope_ * past.value, found.gradient - slope_ * past.gradient};
    }
    double value(Label label, Label host, Vec p) const { return sample(label, host, p).value; }

    // The label with the largest sum of weights, less its constant; the lower one among equals.
    Pick cell_at(Vec p) const {
        const Support x = around(p, 0), y = around(p, 1), z = around(p, 2);
        Label names[SUPPORT * SUPPORT * SUPPORT];
        double sums[SUPPORT * SUPPORT * SUPPORT];
        int count = 0;
        for (int a = 0; a < SUPPORT; ++a)
            for (int b = 0; b < SUPPORT; ++b)
                for (int c = 0; c < SUPPORT; ++c) {
                    const Label here = labels_[x.entry[a] + y.entry[b] + z.entry[c]];
                    int slot = 0;
                    while (slot < count && names[slot] != here) ++slot;
                    if (slot == count) {
                        names[slot] = here;
                        sums[slot] = offset_[here];
                        ++count;
                    }
                    sums[slot] += x.knot[a].weight * y.knot[b].weight * z.knot[c].weight;
                }
        int best = 0;
        for (int slot = 1; slot < count; ++slot)
            if (sums[slot] > sums[best] || (sums[slot] == sums[best] && names[slot] < names[best]))
                best = slot;
        return {names[best], -sums[best]};
    }

    // Beyond the box is a domain boundary only where a grain goes on: beyond label 0 is label 0.
    Pick label_at(Vec p) const {
        const Pick best = cell_at(p);
        if (best.label > 0) {
            const Pick boundary = nearest_domain_boundary(p);
            if (boundary.value > 0.0) return {boundary.label, best.value - slope_ * boundary.value};
        }
        return best;
    }

    Sample beyond(Label boundary, Vec p) const {
        const int axis = axis_of(boundary);
        const double sign = is_upper(boundary) ? 1.0 : -1.0;
        return {sign * (p[axis] - face(boundary)),
                {axis == 0 ? sign : 0.0, axis == 1 ? sign : 0.0, axis == 2 ? sign : 0.0}};
    }

    // The farther of two faces counts, so edges of the box are creases, which come out sharp.
    Pick nearest_domain_boundary(Vec p) const {
        Pick best = {-1, -std::numeric_limits<double>::infinity()};
        for (Label boundary = -6; boundary < 0; ++boundary) {
            const double past = beyond(boundary, p).value;
            if (past > best.value) best = {boundary, past};
        }
        return best;
    }

    Vec onto_domain_boundary(Label boundary, Vec p) const {
        const int axis = axis_of(boundary);
        const double place = face(boundary);
        return {axis == 0 ? place : p.x, axis == 1 ? place : p.y, axis == 2 ? place : p.z};
    }

private:
    static constexpr int SUPPORT = 4;  // voxels per axis that a place reads: B is cubic

    // The voxels along an axis whose splines reach a place: where they stand, and their weights.
    struct Support {
        i64 entry[SUPPORT];
        Knot knot[SUPPORT];
    };

    View<const i32, 1> labels_;  // in C order
    View<const double, 1> offset_;
    double slope_;
    Vec lower_, step_;
    i64 shape_[3];

    static int axis_of(Label boundary) { return (-1 - boundary) / 2; }
    static bool is_upper(Label boundary) { return (-1 - boundary) % 2 == 1; }

    // Where a face of the box stands on its axis.
    double face(Label boundary) const {
        const int axis = axis_of(boundary);
        double place = lower_[axis] - 0.5 * step_[axis];
        if (is_upper(boundary)) place += static_cast<double>(shape_[axis]) * step_[axis];
        return place;
    }

    Support around(Vec p, int axis) const {
        const double place = (p[axis] - lower_[axis]) / step_[axis];
        const double whole = std::floor(place);
        const i64 first = static_cast<i64>(whole) - 1;
        const i64 stride = axis == 0 ? shape_[1] * shape_[2] : axis == 1 ? shape_[2] : 1;
        Support found;
        for (int a = 0; a < SUPPORT; ++a) {
            const i64 voxel = std::min(std::max(first + a, i64{0}), shape_[axis] - 1);
            found.entry[a] = stride * voxel;
            found.knot[a] = bspline(place - whole, a);
        }
        return found;
    }

    Sample smoothed(Label label, Vec p) const {
        const Support x = around(p, 0), y = around(p, 1), z = around(p, 2);
        double total = 0.0, gx = 0.0, gy = 0.0, gz = 0.0;
        for (int a = 0; a < SUPPORT; ++a) {
            const Knot u = x.knot[a];
            for (int b = 0; b < SUPPORT; ++b) {
                const Knot v = y.knot[b];
                for (int c = 0; c < SUPPORT; ++c) {
                    if (labels_[x.entry[a] + y.entry[b] + z.entry[c]] != label) continue;
                    const Knot w = z.knot[c];
                    total -= u.weight * v.weight * w.weight;
                    gx -= u.slope * v.weight * w.weight;
                    gy -= u.weight * v.slope * w.weight;
                    gz -= u.weight * v.weight * w.slope;
                }
            }
        }
        return {total - offset_[label], {gx / step_.x, gy / step_.y, gz / step_.z}};
    }
};

}  // namespace nmc
