#include "star.hpp"

#include <utility>

namespace nmc {

bool Star::read(const Work &work, i64 v) {
    const View<i32, 1> list = work.cells_at(v);
    size = static_cast<int>(list.length());
    if (size == 0 || size > MOST_CELLS) return false;
    const i32 slab = work.slab[v];
    vertex = v;
    origin_ = work.at(v);
    n_names = 0;
    bool inside = false;
    for (int i = 0; i < size; ++i) {
        const i64 t = list[i];
        const Label label = work.labels[t];
        int bit = 0;
        while (bit < n_names && names[bit] != label) ++bit;
        if (bit == n_names) {
            if (n_names == MOST_LABELS) return false;
            names[n_names++] = label;
        }
        inside = inside || label > 0;
        const View<i32, 1> cell = work.cells.row(t);
        int k = 0;
        while (cell[k] != v) ++k;
        // Turning the corners until v comes first is an odd permutation for every other corner.
        i64 a = cell[(k + 1) & 3], b = cell[(k + 2) & 3];
        const i64 c = cell[(k + 3) & 3];
        if (k & 1) std::swap(a, b);
        if (work.slab[a] != slab || work.slab[b] != slab || work.slab[c] != slab) return false;
        cells[i] = t;
        bits[i] = 1 << bit;
        outside[i] = label <= 0;
        faces[i][0] = a;
        faces[i][1] = b;
        faces[i][2] = c;
        shape_face(i, work.at(a) - origin_, work.at(b) - origin_, work.at(c) - origin_);
    }
    return inside;
}

void Star::shape_face(int i, Vec a, Vec b, Vec c) {
    const Vec u = b - a, t = c - a;
    normal_[i] = cross(t, u);
    offset_[i] = dot(normal_[i], a);
    centre_[i] = {(a.x + b.x + c.x) / 3.0, (a.y + b.y + c.y) / 3.0, (a.z + b.z + c.z) / 3.0};
    // u^2 + t^2 + (u - t)^2 = 2 (u^2 + t^2 - u . t), and 2/9 of that
    spread_[i] = (square(u) + square(t) - dot(u, t)) * (4.0 / 9.0);
}

double Star::worst_at(const Work &work, Vec place, double floor) const {
    const Vec y = place - origin_;
    double worst = 1.0;
    for (int i = 0; i < size; ++i) {
        double q = quality_at(i, y);
        if (outside[i]) q = outside_fitness(q);
        if (!(q >= worst)) {
            worst = q;
            if (!(worst > floor)) return worst;
        }
    }
    return work.measure == ANGLE ? worst_sine(work, y, worst, floor) : worst;
}

// The lesser of `worst` and the sines of the cells inside; only of those that may be less.
double Star::worst_sine(const Work &work, Vec y, double worst, double floor) const {
    const Vec place = y + origin_;
    for (int i = 0; i < size; ++i) {
        if (outside[i]) continue;
        if (quality_at(i, y) >= angle_reach(worst)) continue;
        const double q = sine_at(work, i, place);
        if (!(q >= worst)) {
            worst = q;
            if (!(worst > floor)) return worst;
        }
    }
    return worst;
}

double Star::mean_at(Vec place) const {
    const Vec y = place - origin_;
    double total = 0.0;
    int inside = 0;
    for (int i = 0; i < size; ++i) {
        if (outside[i]) continue;
        total += quality_at(i, y);
        ++inside;
    }
    return total / inside;
}

Vec Star::centre() const {
    Vec total = {};
    for (int i = 0; i < size; ++i) total = total + centre_[i];
    return {origin_.x + total.x / size, origin_.y + total.y / size, origin_.z + total.z / size};
}

bool Star::climb_at(const Work &work, Vec place, Vec &direction) const {
    const Vec y = place - origin_;
    double worst = 2.0;
    int at = -1;
    for (int i = 0; i < size; ++i) {
        double q = quality_at(i, y);
        if (outside[i]) {
            q = outside_fitness(q);
        } else if (work.measure == ANGLE && q < angle_reach(worst)) {
            q = least(q, sine_at(work, i, place));
        }
        if (q < worst) {
            worst = q;
            at = i;
        }
    }
    if (at < 0) return false;
    // grad (V / m^(3/2)) ~ n - (3/2) 6V (y - g) / m
    const double six = six_volumes(at, y), mean = mean_square(at, y);
    const Vec d = y - centre_[at], n = normal_[at];
    const Vec slope = {n.x - 1.5 * six * d.x / mean, n.y - 1.5 * six * d.y / mean,
                       n.z - 1.5 * six * d.z / mean};
    const double length = norm(slope);
    if (!(length > 0.0)) return false;
    direction = {slope.x / length, slope.y / length, slope.z / length};
    return true;
}

}  // namespace nmc
