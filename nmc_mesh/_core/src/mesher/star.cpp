#include "star.hpp"

namespace nmc {

// Lanes that the arrays are worked on with. Four, on a processor that has them, make improvement
// faster by 8 %: not worth a second copy of all this.
constexpr int WIDTH = 2;

bool Star::read(const Work &work, i64 v) {
    const View<i32, 1> list = work.cells_at(v);
    const int count = static_cast<int>(list.length());
    if (count == 0 || count > MOST_CELLS) return false;
    // The cells are scattered over memory: ask for all of them before the first is read.
    for (int i = 0; i < count; ++i) {
        __builtin_prefetch(work.corners(list[i]));
        __builtin_prefetch(&work.labels[list[i]]);
    }
    vertex = v;
    size = count;
    origin_ = work.at(v);
    is_rated_ = false;
    suspect_ = -1;
    allowed2_ = 1.0;
    if (!read_faces(work, list) || !read_labels(work)) return false;
    // Fill up the last batch with the first cell, which changes no minimum.
    for (int i = count; i < filled(); ++i) {
        for (int k = 0; k < 3; ++k) faces[i][k] = faces[0][k];
        outside[i] = outside[0];
    }
    if (n_inside_ < count)
        for (int i = 0; i < filled(); ++i) {
            enough_.at[i] = outside[i] ? SAFE : std::numeric_limits<double>::infinity();
            spare_.at[i] = outside[i] ? SAFE : 0.0;
        }
    shape_faces(work);
    return true;
}

// The cells and what they have opposite v; false if a vertex is another slab's.
bool Star::read_faces(const Work &work, View<i32, 1> list) {
    const i32 v = static_cast<i32>(vertex), slab = work.slab[v];
    i32 elsewhere = 0;
    for (int i = 0; i < static_cast<int>(list.length()); ++i) {
        const i32 t = list[i];
        const i32 *cell = work.corners(t);
        const int k = (cell[1] == v) + 2 * (cell[2] == v) + 3 * (cell[3] == v);
        // Turning the corners until v comes first is an odd permutation for every other corner.
        const int odd = k & 1;
        const i32 a = cell[(k + 1 + odd) & 3], b = cell[(k + 2 - odd) & 3], c = cell[(k + 3) & 3];
        elsewhere |= (work.slab[a] ^ slab) | (work.slab[b] ^ slab) | (work.slab[c] ^ slab);
        cells[i] = t;
        faces[i][0] = a;
        faces[i][1] = b;
        faces[i][2] = c;
    }
    return elsewhere == 0;
}

// The labels of the cells; false if there are too many, or none is of a grain.
bool Star::read_labels(const Work &work) {
    for (Label &name : names) name = EMPTY;
    n_names = 0;
    int inside = 0;
    for (int i = 0; i < size; ++i) {
        const Label label = work.labels[cells[i]];
        // Hardly a star has more than four labels, and which comes next is hard to predict: no
        // branch depends on that.
        i32 bit = (names[0] == label) | (names[1] == label) << 1 | (names[2] == label) << 2 |
                  (names[3] == label) << 3;
        if (bit == 0) bit = late_bit(label);
        if (bit == 0) return false;
        bits[i] = bit;
        outside[i] = label <= 0;
        inside_[inside] = i;
        inside += label > 0;
    }
    n_inside_ = inside;
    return inside > 0;
}

// The bit of a label that is not among the first four, or new; 0 if there are too many.
i32 Star::late_bit(Label label) {
    for (int n = 4; n < n_names; ++n)
        if (names[n] == label) return 1 << n;
    if (n_names == MOST_LABELS) return 0;
    names[n_names] = label;
    return 1 << n_names++;
}

// The vertices of some faces' corner k.
template <int N>
static VecLanes<N> corners_of(const Work &work, const i32 (*faces)[3], int k) {
    VecLanes<N> result;
    for (int n = 0; n < N; ++n) {
        const Vec p = work.at(faces[n][k]);
        result.x[n] = p.x;
        result.y[n] = p.y;
        result.z[n] = p.z;
    }
    return result;
}

void Star::shape_faces(const Work &work) {
    constexpr int N = WIDTH;
    const VecLanes<N> origin = all<N>(origin_);
    for (int i = 0; i < filled(); i += N) {
        const VecLanes<N> a = corners_of<N>(work, faces + i, 0) - origin;
        const VecLanes<N> b = corners_of<N>(work, faces + i, 1) - origin;
        const VecLanes<N> c = corners_of<N>(work, faces + i, 2) - origin;
        const VecLanes<N> u = b - a, t = c - a;
        const VecLanes<N> n = cross(t, u);
        store<N>(normal_.x.at + i, n.x);
        store<N>(normal_.y.at + i, n.y);
        store<N>(normal_.z.at + i, n.z);
        store<N>(offset_.at + i, dot(n, a));
        store<N>(centre_.x.at + i, (a.x + b.x + c.x) / 3.0);
        store<N>(centre_.y.at + i, (a.y + b.y + c.y) / 3.0);
        store<N>(centre_.z.at + i, (a.z + b.z + c.z) / 3.0);
        // u^2 + t^2 + (u - t)^2 = 2 (u^2 + t^2 - u . t), and 2/9 of that
        store<N>(spread_.at + i, (dot(u, u) + dot(t, t) - dot(u, t)) * (4.0 / 9.0));
    }
}

// Rate all cells with v at y; false as soon as one is not above `floor`.
bool Star::rate(Vec y, double floor) {
    const bool known = is_rated_ && y.x == rated_at_.x && y.y == rated_at_.y && y.z == rated_at_.z;
    if (known) return !(least_ <= floor);
    is_rated_ = n_inside_ == size ? rate_all<true>(y, floor) : rate_all<false>(y, floor);
    rated_at_ = y;
    return is_rated_;
}

template <bool INSIDE>
bool Star::rate_all(Vec y, double floor) {
    constexpr int N = WIDTH;
    Lanes<N> low = all<N>(1.0), sum = all<N>(0.0);
    for (int first = 0; first < size; first += BATCH) {
        for (int i = first; i < first + BATCH; i += N) {
            const VecLanes<N> n = normal_.lanes<N>(i);
            const VecLanes<N> r = all<N>(y) - centre_.lanes<N>(i);
            const Lanes<N> six = n.x * y.x + n.y * y.y + n.z * y.z - load<N>(offset_.at + i);
            const Lanes<N> mean = load<N>(spread_.at + i) + 0.5 * dot(r, r);
            const Lanes<N> q = (EQUILATERAL / 6.0) * six / (mean * root<N>(mean));
            store<N>(quality_.at + i, q);
            Lanes<N> rating = q;
            if constexpr (!INSIDE)
                rating = q > load<N>(enough_.at + i) ? all<N>(1.0) : q - load<N>(spare_.at + i);
            low = lesser(low, rating);
            sum += rating;
        }
        least_ = low[0];
        for (int n = 1; n < N; ++n) least_ = least(least_, low[n]);
        if (least_ <= floor) return false;
    }
    // A minimum may miss what is not a number (a cell shrunk to a point); a sum does not.
    for (int n = 0; n < N; ++n)
        if (std::isnan(sum[n])) least_ = sum[n];
    return true;
}

double Star::worst_at(const Work &work, Vec place, double floor, double cap) {
    const Vec y = place - origin_, apex = y + origin_;
    if (work.measure == ANGLE && suspect_ >= 0 && floor >= SURE) {
        // The cell that was the worst at another place is likely to be too bad here as well.
        const double sine = sine_at(work, suspect_, apex);
        if (!(sine > floor)) return least(sine, cap);
    }
    if (!rate(y, floor) || !(least_ > floor) || work.measure == VOLUME) return least(least_, cap);
    return worst_sine(work, apex, floor, cap);
}

// As sine2() in shape.hpp.
template <int N>
static Lanes<N> sines2(Lanes<N> inner, Lanes<N> first, Lanes<N> second, double allowed2) {
    const Lanes<N> acute = 1.0 - inner * inner / (first * second);
    const Lanes<N> obtuse = acute * (OBTUSE * OBTUSE);
    return inner > all<N>(0.0) ? (obtuse < all<N>(allowed2) ? obtuse : all<N>(1.0)) : acute;
}

// As least_sine() in shape.hpp, of some cells.
template <int N>
Lanes<N> Star::sines_at(const Work &work, const i32 *which, Vec apex) const {
    i32 corner[N][3];
    for (int n = 0; n < N; ++n)
        for (int k = 0; k < 3; ++k) corner[n][k] = faces[which[n]][k];
    const VecLanes<N> a = corners_of<N>(work, corner, 0) - all<N>(apex);
    const VecLanes<N> b = corners_of<N>(work, corner, 1) - all<N>(apex);
    const VecLanes<N> c = corners_of<N>(work, corner, 2) - all<N>(apex);
    const VecLanes<N> p = cross(b, c), q = cross(c, a), r = cross(a, b);
    const VecLanes<N> s = {-p.x - q.x - r.x, -p.y - q.y - r.y, -p.z - q.z - r.z};
    const Lanes<N> pp = dot(p, p), qq = dot(q, q), rr = dot(r, r), ss = dot(s, s);
    const Lanes<N> low = lesser(lesser(sines2<N>(dot(p, q), pp, qq, allowed2_), sines2<N>(dot(q, r), qq, rr, allowed2_)),
                                lesser(sines2<N>(dot(r, p), rr, pp, allowed2_), sines2<N>(dot(p, s), pp, ss, allowed2_)));
    const Lanes<N> lowest =
        lesser(low, lesser(sines2<N>(dot(q, s), qq, ss, allowed2_), sines2<N>(dot(r, s), rr, ss, allowed2_)));
    const Lanes<N> sine = root<N>(greater(lowest, all<N>(0.0)));
    return dot(p, a) > all<N>(0.0) ? sine : -sine - 1e-9;
}

// The lesser of the least rating and of the sines of the cells inside, once all are rated.
double Star::worst_sine(const Work &work, Vec apex, double floor, double cap) {
    double worst = least(least_, cap);
    if (worst >= SURE) {
        if (suspect_ >= 0) worst = least(worst, sine_at(work, suspect_, apex));
        if (worst >= SURE) return worst_sure_sine(work, apex, floor, worst);
    }
    // Among nearly flat or turned cells the reach is not to be trusted: then their order matters.
    worst = least_;
    for (int n = 0; n < n_inside_; ++n) {
        const int i = inside_[n];
        if (quality_.at[i] >= angle_reach(worst)) continue;
        const double q = sine_at(work, i, apex);
        if (q >= worst) continue;
        worst = q;
        if (!(worst > floor)) break;
    }
    return least(worst, cap);
}

// The lesser of `worst`, which is SURE, and of the sines of the cells inside that may be less: in
// whatever order they come, it is the same.
double Star::worst_sure_sine(const Work &work, Vec apex, double floor, double worst) {
    constexpr int N = WIDTH;
    i32 close[MOST_CELLS + N];
    int count = 0;
    const double reach = angle_reach(worst);
    for (int n = 0; n < n_inside_; ++n) {
        close[count] = inside_[n];
        count += quality_.at[inside_[n]] < reach;
    }
    for (int n = count; n < count + N; ++n) close[n] = close[count > 0 ? count - 1 : 0];
    for (int first = 0; first < count; first += N) {
        const Lanes<N> sines = sines_at<N>(work, close + first, apex);
        for (int n = 0; n < N; ++n)
            if (sines[n] < worst) {
                worst = sines[n];
                suspect_ = close[first + n];
            }
        if (!(worst > floor)) return worst;
    }
    return worst;
}

double Star::mean_at(Vec place) {
    rate(place - origin_, -std::numeric_limits<double>::infinity());
    double total = 0.0;
    for (int n = 0; n < n_inside_; ++n) total += quality_.at[inside_[n]];
    return total / n_inside_;
}

Vec Star::centre() const {
    Vec total = {};
    for (int i = 0; i < size; ++i) total = total + centre_[i];
    return {origin_.x + total.x / size, origin_.y + total.y / size, origin_.z + total.z / size};
}

// Which cell is the worst, once all are rated; -1 where none is known to be.
int Star::worst_cell(const Work &work, Vec apex) const {
    constexpr double INF = std::numeric_limits<double>::infinity();
    constexpr int N = WIDTH;
    double worst = 2.0;
    int at = -1;
    const auto compare = [&](int i, double q) {
        if (q < worst) {
            worst = q;
            at = i;
        }
    };
    for (int i = 0; i < size; ++i)
        compare(i, outside[i] ? outside_fitness(quality_.at[i]) : quality_.at[i]);
    if (work.measure == VOLUME) return at;
    if (suspect_ >= 0) compare(suspect_, sine_at(work, suspect_, apex));
    // Cells out of reach of one that is bad are not the worst.
    const double reach = worst >= SURE ? angle_reach(worst) : INF;
    i32 close[N];
    int count = 0;
    const auto compare_close = [&] {
        for (int n = count; n < N; ++n) close[n] = close[0];
        const Lanes<N> sines = sines_at<N>(work, close, apex);
        for (int n = 0; n < count; ++n) compare(close[n], sines[n]);
        count = 0;
    };
    for (int n = 0; n < n_inside_; ++n) {
        if (inside_[n] == suspect_ || quality_.at[inside_[n]] >= reach) continue;
        close[count++] = inside_[n];
        if (count == N) compare_close();
    }
    if (count > 0) compare_close();
    return at;
}

bool Star::climb_at(const Work &work, Vec place, Vec &direction) {
    const Vec y = place - origin_;
    rate(y, -std::numeric_limits<double>::infinity());
    const int at = worst_cell(work, y + origin_);
    if (at < 0) return false;
    // grad (V / m^(3/2)) ~ n - (3/2) 6V (y - g) / m
    const Vec n = normal_[at], r = y - centre_[at];
    const double six = dot(n, y) - offset_.at[at];
    const double mean = spread_.at[at] + 0.5 * square(r);
    const Vec slope = {n.x - 1.5 * six * r.x / mean, n.y - 1.5 * six * r.y / mean,
                       n.z - 1.5 * six * r.z / mean};
    const double length = norm(slope);
    if (!(length > 0.0)) return false;
    direction = {slope.x / length, slope.y / length, slope.z / length};
    return true;
}

}  // namespace nmc
