// The functions of a label image: F_l(x) = -w_l sum_v B(x - v) [label(v) = l], with B the tensor
// product of cubic B-splines over the voxel grid and w_l the label's weight, about 1. Beyond the
// image its border goes on; the faces of its box are the domain boundaries -1 (lower x), -2 (upper
// x), ... -6 (upper z): see domain_boundary.hpp. A tiled image is one period of its own translates,
// which are beyond it, and has no faces.
//
// B reaches 4 x 4 x 4 voxels. Which of them have the label is 64 bits, four to a row along z; the
// sum over a row is one of 16, so it is looked up:
//
//     sum_v B(x - v) [..] = sum_a u_a sum_b v_b T[bits of row (a, b)],    T[m] = sum of w_c, c in m
#pragma once

#include <algorithm>
#include <limits>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "../geometry/radius_table.hpp"
#include "box_faces.hpp"
#include "label.hpp"

namespace nmc {

template <bool TILED>
class SplineField {
public:
    static constexpr bool BOUNDED = !TILED;

    explicit SplineField(const nmc_field &raw)
        : labels_(in(raw.near)), weight_(in(raw.weight)), slope_(raw.slope) {
        const auto lower = in(raw.lower), step = in(raw.step);
        lower_ = {lower[0], lower[1], lower[2]};
        step_ = {step[0], step[1], step[2]};
        for (int axis = 0; axis < 3; ++axis) shape_[axis] = in(raw.shape)[axis];
        // Half a voxel beyond the centres of the voxels at its border.
        const Vec first = lower_ - 0.5 * step_;
        const Vec size = {static_cast<double>(shape_[0]) * step_.x,
                          static_cast<double>(shape_[1]) * step_.y,
                          static_cast<double>(shape_[2]) * step_.z};
        faces_ = {first, first + size};
    }

    Sample sample(Label label, Label host, Vec p) const {
        const Label grain = label >= 0 ? label : host;
        Sample found = {};
        if (grain >= 0) found = smoothed(grain, p);
        if (label >= 0) return found;
        const Sample past = beyond(label, p);
        return {found.value - slope_ * past.value, found.gradient - slope_ * past.gradient};
    }
    double value(Label label, Label host, Vec p) const {
        const Label grain = label >= 0 ? label : host;
        double found = 0.0;
        if (grain >= 0) {
            const Window window = window_at(p);
            found = -weight_[grain] *
                    total(window, sums_of(window.z, &Knot::weight), window.bits(grain));
        }
        return label >= 0 ? found : found - slope_ * beyond(label, p).value;
    }

    bool is_grain(Label label) const { return label > 0; }

    // The label with the largest sum of weights times its own; the lower one among equals.
    Pick cell_at(Vec p) const {
        const Window window = window_at(p);
        u64 left = ~u64{0};
        Pick best = {0, std::numeric_limits<double>::infinity()};
        Row row;
        bool tabled = false;
        while (left != 0) {
            const int n = __builtin_ctzll(left);
            const Label here = labels_[window.x.entry[n >> 4] + window.y.entry[n >> 2 & 3] +
                                       window.z.entry[n & 3]];
            const u64 bits = window.bits(here);
            if (bits == ~u64{0}) return {here, -weight_[here]};
            left &= ~bits;
            if (!tabled) row = sums_of(window.z, &Knot::weight);
            tabled = true;
            const double value = -weight_[here] * total(window, row, bits);
            if (value < best.value || (value == best.value && here < best.label))
                best = {here, value};
        }
        return best;
    }

    // Beyond the box is a domain boundary only where a grain goes on: beyond label 0 is label 0.
    Pick label_at(Vec p) const {
        const Pick best = cell_at(p);
        if (BOUNDED && best.label > 0) {
            const Pick boundary = nearest_domain_boundary(p);
            if (boundary.value > 0.0) return {boundary.label, best.value - slope_ * boundary.value};
        }
        return best;
    }

    Sample beyond(Label boundary, Vec p) const { return faces_.beyond(boundary, p); }
    Pick nearest_domain_boundary(Vec p) const { return faces_.nearest(p); }
    Vec onto_domain_boundary(Label boundary, Vec p) const { return faces_.onto(boundary, p); }

private:
    static constexpr int SUPPORT = 4;  // voxels per axis that a place reads: B is cubic

    // The voxels along an axis whose splines reach a place: where they stand, and their weights.
    struct Support {
        i64 entry[SUPPORT];
        Knot knot[SUPPORT];
    };

    // Sums over a row along z by the bits of its voxels.
    struct Row {
        double of[1 << SUPPORT];
    };

    // All voxels whose splines reach a place.
    struct Window {
        Support x, y, z;
        Label voxel[SUPPORT * SUPPORT][SUPPORT];  // rows along z

        // Which voxels have a label: bit 16 a + 4 b + c.
        u64 bits(Label label) const {
            u64 found = 0;
            for (int n = 0; n < SUPPORT * SUPPORT; ++n)
                found |= static_cast<u64>(bits_of_row(voxel[n], label)) << (SUPPORT * n);
            return found;
        }
    };

    View<const i32, 1> labels_;  // in C order
    View<const double, 1> weight_;
    double slope_;
    Vec lower_, step_;
    BoxFaces faces_{{}, {}};
    i64 shape_[3];

    static unsigned bits_of_row(const Label *row, Label label) {
#ifdef __SSE2__
        __m128i four;
        std::memcpy(&four, row, sizeof four);
        const __m128i same = _mm_cmpeq_epi32(four, _mm_set1_epi32(label));
        return static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(same)));
#else
        return unsigned{row[0] == label} | unsigned{row[1] == label} << 1 |
               unsigned{row[2] == label} << 2 | unsigned{row[3] == label} << 3;
#endif
    }

    static Row sums_of(const Support &z, double Knot::*what) {
        Row row;
        row.of[0] = 0.0;
        for (int c = 0; c < SUPPORT; ++c)
            for (int m = 0; m < 1 << c; ++m) row.of[1 << c | m] = row.of[m] + z.knot[c].*what;
        return row;
    }

    static double total(const Window &window, const Row &row, u64 bits) {
        double sum = 0.0;
        for (int a = 0; a < SUPPORT; ++a) {
            double plane = 0.0;
            for (int b = 0; b < SUPPORT; ++b)
                plane += window.y.knot[b].weight * row.of[bits >> (16 * a + 4 * b) & 15];
            sum += window.x.knot[a].weight * plane;
        }
        return sum;
    }

    // The voxel of the image that stands for one of its translate, or that its border is.
    static i64 inside(i64 voxel, i64 count) {
        if constexpr (!TILED) return std::min(std::max(voxel, i64{0}), count - 1);
        const i64 rest = voxel % count;
        return rest < 0 ? rest + count : rest;
    }

    Support around(Vec p, int axis) const {
        const double place = (p[axis] - lower_[axis]) / step_[axis];
        const double whole = std::floor(place);
        const i64 first = static_cast<i64>(whole) - 1;
        const i64 stride = axis == 0 ? shape_[1] * shape_[2] : axis == 1 ? shape_[2] : 1;
        Support found;
        for (int a = 0; a < SUPPORT; ++a) {
            found.entry[a] = stride * inside(first + a, shape_[axis]);
            found.knot[a] = bspline(place - whole, a);
        }
        return found;
    }

    Window window_at(Vec p) const {
        Window window = {around(p, 0), around(p, 1), around(p, 2), {}};
        const i64 *z = window.z.entry;
        const bool whole = z[3] - z[0] == SUPPORT - 1;
        for (int a = 0; a < SUPPORT; ++a)
            for (int b = 0; b < SUPPORT; ++b) {
                const i64 column = window.x.entry[a] + window.y.entry[b];
                Label *row = window.voxel[SUPPORT * a + b];
                if (whole)
                    std::memcpy(row, &labels_[column + z[0]], sizeof window.voxel[0]);
                else
                    for (int c = 0; c < SUPPORT; ++c) row[c] = labels_[column + z[c]];
            }
        return window;
    }

    Sample smoothed(Label label, Vec p) const {
        const Window window = window_at(p);
        const Row sums = sums_of(window.z, &Knot::weight);
        const Row slopes = sums_of(window.z, &Knot::slope);
        const u64 bits = window.bits(label);
        double total = 0.0, gx = 0.0, gy = 0.0, gz = 0.0;
        for (int a = 0; a < SUPPORT; ++a) {
            double plane = 0.0, plane_y = 0.0, plane_z = 0.0;
            for (int b = 0; b < SUPPORT; ++b) {
                const Knot v = window.y.knot[b];
                const u64 row = bits >> (16 * a + 4 * b) & 15;
                plane += v.weight * sums.of[row];
                plane_y += v.slope * sums.of[row];
                plane_z += v.weight * slopes.of[row];
            }
            const Knot u = window.x.knot[a];
            total += u.weight * plane;
            gx += u.slope * plane;
            gy += u.weight * plane_y;
            gz += u.weight * plane_z;
        }
        const double w = -weight_[label];
        return {w * total, {w * gx / step_.x, w * gy / step_.y, w * gz / step_.z}};
    }
};

using ImageField = SplineField<false>;
using TiledImageField = SplineField<true>;

}  // namespace nmc
