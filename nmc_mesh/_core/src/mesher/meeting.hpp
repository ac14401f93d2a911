// Which sets of a few labels cannot meet in a cube, by bounds of combinations of their functions.
//
// Where the labels of a set S meet, their functions are equal, so any sum of w_l F_l over S is 0 if the
// weights add up to 0, and their common value if they add up to 1. So S does not meet where
//
//     sum_S w_l F_l > 0,                     weights that add up to 0: a line or a point passes by;
//     sum_T u_l F_l - sum_S w_l F_l < 0,     u and w that add up to 1 each, u not negative:
//                                            the cheapest of the labels T is cheaper there
//
// throughout the cube. To first order that is a linear program in the weights: over a cube of half an
// edge r, a function of the value v at the centre and the slope g is at most v + r (|g_x| + |g_y| + |g_z|), so
// the best weights are among those that cancel as many components of the slope as there are weights to
// choose. Of five labels in all they cancel it whole: then only curvature is against the proof, and
// of the two sides S and T of a short edge or a small face one is proved not to be there by a cube that
// is much larger.
#pragma once

#include "covering.hpp"

namespace nmc {

class Meeting {
public:
    static constexpr int MOST = 6;  // labels of a cube

    // A cube; costs in it are right to `margin`.
    Meeting(Vec centre, double half, double margin) : centre_(centre), half_(half), margin_(margin) {}

    void add(const Seed &seed) {
        const Sample at = quadric(seed, centre_);
        term_[count_++] = {at.value, {at.gradient.x, at.gradient.y, at.gradient.z},
                           {seed.m00, seed.m11, seed.m22, seed.m01, seed.m02, seed.m12}};
    }

    // Whether the labels of some bits are proved not to meet.
    bool apart(int bits) const {
        int of[5], size = 0;
        for (int n = 0; n < count_; ++n)
            if (bits >> n & 1) of[size++] = n;
        if ((size == 3 && line_passes(of)) || (size == 4 && point_passes(of))) return true;
        for (int more = 1; more + size <= 5; ++more)
            for (int others = 1; others < 1 << count_; ++others) {
                if (others & bits || __builtin_popcount(others) != more) continue;
                int count = size;
                for (int n = 0; n < count_; ++n)
                    if (others >> n & 1) of[count++] = n;
                if (undercut(of, size, count)) return true;
            }
        return false;
    }

private:
    struct Term {
        double value, slope[3], matrix[6];
    };

    const Vec centre_;
    const double half_, margin_;
    Term term_[MOST];
    int count_ = 0;

    // The slope of one less that of another.
    void part(int one, int other, double (&g)[3]) const {
        for (int k = 0; k < 3; ++k) g[k] = term_[one].slope[k] - term_[other].slope[k];
    }

    // Whether the line where three labels are equal lies beside the cube, seen along an axis.
    bool line_passes(const int *of) const {
        double b[3], c[3];
        part(of[1], of[0], b);
        part(of[2], of[0], c);
        for (int k = 0; k < 3; ++k) {
            const double w[3] = {b[k] - c[k], c[k], -b[k]};
            if (never_zero(of, w, 3)) return true;
        }
        return false;
    }

    // Whether the point where four labels are equal lies beside the cube along an axis.
    bool point_passes(const int *of) const {
        double b[3], c[3], d[3];
        part(of[1], of[0], b);
        part(of[2], of[0], c);
        part(of[3], of[0], d);
        for (int k = 0; k < 3; ++k) {
            const int i = (k + 1) % 3, j = (k + 2) % 3;
            const double x = c[i] * d[j] - c[j] * d[i], y = d[i] * b[j] - d[j] * b[i],
                         z = b[i] * c[j] - b[j] * c[i];
            const double w[4] = {-(x + y + z), x, y, z};
            if (never_zero(of, w, 4)) return true;
        }
        return false;
    }

    // Whether a weighted sum is not 0 anywhere.
    bool never_zero(const int *of, const double *weight, int count) const {
        double value = 0.0, turned[4];
        for (int i = 1; i < count; ++i) value += weight[i] * (term_[of[i]].value - term_[of[0]].value);
        for (int i = 0; i < count; ++i) turned[i] = value > 0.0 ? -weight[i] : weight[i];
        return value != 0.0 && greatest(of, turned, count) < 0.0;
    }

    // Whether the cheapest of the labels behind the first `size` is cheaper than those wherever they are
    // equal.
    bool undercut(const int *of, int size, int count) const {
        // Slopes that the weights of all but the first of either side bring, and what they shall cancel.
        double slope[3][3], off[3], found[3];
        int n = 0;
        for (int i = 1; i < size; ++i) part(of[0], of[i], slope[n++]);
        for (int i = size + 1; i < count; ++i) part(of[i], of[size], slope[n++]);
        part(of[0], of[size], off);
        const int ways = n == 3 ? 1 : 3;
        for (int k = 0; k < ways; ++k)
            if (cancel(slope, off, n, k, found) && cheaper(of, size, count, found)) return true;
        return false;
    }

    // The weights that cancel one component of a slope (the k-th), two (all but that) or three.
    static bool cancel(const double (&g)[3][3], const double (&off)[3], int n, int k, double (&found)[3]) {
        if (n == 1) {
            found[0] = off[k] / g[0][k];
            return std::fabs(g[0][k]) > 0.0;
        }
        if (n == 2) {
            const int i = (k + 1) % 3, j = (k + 2) % 3;
            const double det = g[0][i] * g[1][j] - g[0][j] * g[1][i];
            found[0] = (off[i] * g[1][j] - off[j] * g[1][i]) / det;
            found[1] = (g[0][i] * off[j] - g[0][j] * off[i]) / det;
            return std::fabs(det) > 0.0;
        }
        const Vec a = {g[0][0], g[0][1], g[0][2]}, b = {g[1][0], g[1][1], g[1][2]},
                  c = {g[2][0], g[2][1], g[2][2]}, r = {off[0], off[1], off[2]};
        const double det = dot(a, cross(b, c));
        found[0] = dot(r, cross(b, c)) / det;
        found[1] = dot(a, cross(r, c)) / det;
        found[2] = dot(a, cross(b, r)) / det;
        return std::fabs(det) > 0.0;
    }

    // Whether that is so by these weights of all but the first of either side.
    bool cheaper(const int *of, int size, int count, const double (&found)[3]) const {
        double weight[5], value = 0.0;
        weight[0] = -1.0;
        weight[size] = 1.0;
        int n = 0;
        for (int i = 1; i < size; ++i, ++n) {
            weight[i] = -found[n];
            weight[0] += found[n];
        }
        for (int i = size + 1; i < count; ++i, ++n) {
            if (!(found[n] >= 0.0)) return false;
            weight[i] = found[n];
            weight[size] -= found[n];
        }
        if (!(weight[size] >= 0.0)) return false;
        for (int i = 1; i < count; ++i) value += weight[i] * (term_[of[i]].value - term_[of[0]].value);
        return value < 0.0 && greatest(of, weight, count) < 0.0;
    }

    // An upper bound over the cube of a weighted sum of functions. Weights add up to 0 but for rounding,
    // which the margin allows for.
    double greatest(const int *of, const double *weight, int count) const {
        double value = 0.0, all = 0.0, slope[3] = {}, matrix[6] = {};
        for (int i = 0; i < count; ++i) {
            const Term &term = term_[of[i]];
            value += weight[i] * term.value;
            for (int k = 0; k < 3; ++k) slope[k] += weight[i] * term.slope[k];
            for (int k = 0; k < 6; ++k) matrix[k] += weight[i] * term.matrix[k];
            all += std::fabs(weight[i]);
        }
        const double linear = std::fabs(slope[0]) + std::fabs(slope[1]) + std::fabs(slope[2]);
        const double diagonal = most(matrix[0], 0.0) + most(matrix[1], 0.0) + most(matrix[2], 0.0);
        const double mixed = std::fabs(matrix[3]) + std::fabs(matrix[4]) + std::fabs(matrix[5]);
        return value + half_ * (linear + half_ * (diagonal + 2.0 * mixed)) + 4.0 * margin_ * all;
    }
};

}  // namespace nmc
