// Which pieces of a label are not its largest one.
#include "../vec.hpp"

namespace nmc {
namespace {

// The pieces of some cells: the root of each, and its volume. While they are numbered, the parent
// of a root is -1 - its number, so nothing is needed that is as long as the cells.
class Pieces {
public:
    explicit Pieces(const View<i32, 1> &parent) : parent_(parent) {}

    // Number the roots of labels above 0, lowest first; false if memory ran out.
    bool number(const View<const i32, 1> &labels) {
        for (i64 t = 0; t < parent_.length(); ++t) {
            if (parent_[t] != t || labels[t] <= 0) continue;
            parent_[t] = -1 - static_cast<i32>(roots_.size());
            if (!roots_.push(static_cast<i32>(t)) || !volumes_.push(0.0)) return false;
        }
        return true;
    }
    void restore() {
        for (i64 k = 0; k < count(); ++k) parent_[roots_[k]] = roots_[k];
    }

    i64 count() const { return roots_.size(); }
    i32 root(i64 k) const { return roots_[k]; }
    double volume(i64 k) const { return volumes_[k]; }

    // The number of a cell's piece, -1 if it has none.
    i64 of(i64 t) const {
        i32 p = parent_[t];
        if (p >= 0) p = parent_[p];
        return p < 0 ? -1 - p : -1;
    }
    // Add up the volumes of the pieces that `asked` names.
    template <class Asked>
    void measure(const View<const double, 2> &points, const View<const i32, 2> &cells,
                 const Asked &asked) {
        for (i64 t = 0; t < parent_.length(); ++t) {
            const i64 k = of(t);
            if (k < 0 || !asked(k)) continue;
            const Vec a = point(points, cells(t, 0));
            const Vec b = point(points, cells(t, 1)), c = point(points, cells(t, 2)),
                      d = point(points, cells(t, 3));
            volumes_[k] += dot(b - a, cross(c - a, d - a)) / 6.0;
        }
    }

private:
    View<i32, 1> parent_;
    Buffer<i32> roots_;
    Buffer<double> volumes_;
};

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_mark_fragments(const f64_2 *points_, const i32_2 *cells_, const i32_1 *labels_, bool alike,
                       i32_1 *parent_, b8_1 *fragment_) {
    const auto labels = in(*labels_);
    const auto fragment = out(*fragment_);
    Pieces pieces(out(*parent_));
    if (!pieces.number(labels)) return NMC_NO_MEMORY;
    const auto group = [&](i64 k) { return alike ? 0 : labels[pieces.root(k)]; };
    i64 last = 0;
    for (i64 k = 0; k < pieces.count(); ++k)
        if (group(k) > last) last = group(k);
    Buffer<i64> largest(last + 1, -1);  // piece of every group; the first of them among equals
    Buffer<i64> number(last + 1, 0);    // of pieces of every group
    if (!largest.ok() || !number.ok()) return NMC_NO_MEMORY;
    for (i64 k = 0; k < pieces.count(); ++k) ++number[group(k)];
    pieces.measure(in(*points_), in(*cells_), [&](i64 k) { return number[group(k)] > 1; });
    for (i64 k = 0; k < pieces.count(); ++k) {
        i64 &best = largest[group(k)];
        if (best < 0 || pieces.volume(k) > pieces.volume(best)) best = k;
    }
    for (i64 t = 0; t < fragment.length(); ++t) {
        const i64 k = pieces.of(t);
        fragment[t] = k >= 0 && largest[group(k)] != k;
    }
    pieces.restore();
    return NMC_OK;
}
