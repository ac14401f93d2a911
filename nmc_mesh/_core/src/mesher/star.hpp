// The star of one vertex in its own frame: read once from the mesh, then judged at many places.
//
//        b              A cell (v, a, b, c) of the star. All lengths are from where v was when the
//       /|\             star was read (origin), so y = 0 there. With v at y the cell has
//      / | \            six times the volume             n . y - d
//     /  |g \           and the mean square edge length  s + (y - g)^2 / 2,
//    a---|---c          where the normal n, d = n . a, the centre g = (a + b + c) / 3 and
//      ' . '            s = 2/9 of the sum of the face's squares depend on the face a b c alone.
//        v              So the volume quality at a trial place costs some twenty operations.
//
// What is computed of every cell lies in arrays by cell, so that the compiler takes several cells
// at once. Each cell's operations and their order are the same as for one.
#pragma once

#include "../lanes.hpp"
#include "label.hpp"
#include "work.hpp"

namespace nmc {

// A star with more cells or labels is left alone: so its arrays have a fixed size.
constexpr int MOST_CELLS = 192;
constexpr int MOST_LABELS = 8;

class Star {
public:
    i64 vertex;
    int size;     // number of cells
    int n_names;  // number of labels
    Label names[MOST_LABELS];
    i32 cells[MOST_CELLS];
    i32 faces[MOST_CELLS][3];  // the vertices a, b, c, so that (v, a, b, c) is positive
    i32 bits[MOST_CELLS];      // 1 << place of the cell's label in `names`
    bool outside[MOST_CELLS];

    // Read the star of v. False, and nothing to be used, where the star is not to be touched: too
    // many cells or labels, no cell, cells outside alone, or a vertex of another slab.
    bool read(const Work &work, i64 v);

    bool is_joined(int i, i64 u) const {
        return faces[i][0] == u || faces[i][1] == u || faces[i][2] == u;
    }
    Vec origin() const { return origin_; }

    // The least fitness of the cells with v at a place, or `cap` if that is less. It is exact where
    // it is above `floor`; otherwise it is some value that is not.
    double worst_at(const Work &work, Vec place, double floor, double cap = 1.0);
    // Say which cell is likely to be the worst.
    void suspect(i64 cell) {
        for (int i = 0; i < size; ++i)
            if (cells[i] == cell && !outside[i]) suspect_ = i;
    }
    // Look at acute angles alone from now on: sines of obtuse ones count under `level` only.
    void allow_obtuse(double level) { allowed2_ = level * level; }
    // The mean volume quality of the cells inside.
    double mean_at(Vec place);
    // The mean of the faces' centres.
    Vec centre() const;
    // The direction in which the volume quality of the worst cell grows; false where none is.
    bool climb_at(const Work &work, Vec place, Vec &direction);

private:
    // Cells are rated so many at a time; there is room to fill up the last batch.
    static constexpr int BATCH = 8;
    static_assert(MOST_CELLS % BATCH == 0);

    // A number of every cell, and a place or direction of every cell.
    struct Row {
        alignas(64) double at[MOST_CELLS];
    };
    struct Rows {
        Row x, y, z;

        Vec operator[](int i) const { return {x.at[i], y.at[i], z.at[i]}; }
        template <int N>
        VecLanes<N> lanes(int i) const {
            return {load<N>(x.at + i), load<N>(y.at + i), load<N>(z.at + i)};
        }
    };

    Vec origin_;
    int n_inside_;
    i32 inside_[MOST_CELLS];  // which cells are
    Rows normal_, centre_;    // n and g
    Row offset_, spread_;     // d and s
    // Cells inside are rated by their volume quality, those outside by outside_fitness(): where
    // there are any, a rating is 1 above `enough_`, else the quality less `spare_`.
    Row enough_, spare_;
    double allowed2_;  // from where on squares of sines of obtuse angles do not count

    // What was rated last: the place from the origin, the qualities, the least rating.
    Vec rated_at_;
    bool is_rated_;
    Row quality_;
    double least_;
    int suspect_;  // the cell whose sine was the least last, or -1

    // Number of cells with those that fill up the last batch.
    int filled() const { return (size + BATCH - 1) / BATCH * BATCH; }
    bool read_faces(const Work &work, View<i32, 1> list);
    bool read_labels(const Work &work);
    i32 late_bit(Label label);
    void shape_faces(const Work &work);
    bool rate(Vec y, double floor);
    template <bool INSIDE>
    bool rate_all(Vec y, double floor);
    double worst_sine(const Work &work, Vec apex, double floor, double cap);
    int worst_cell(const Work &work, Vec apex) const;
    double worst_sure_sine(const Work &work, Vec apex, double floor, double worst);
    double sine_at(const Work &work, int i, Vec apex) const {
        const i32 *face = faces[i];
        return least_sine(apex, work.at(face[0]), work.at(face[1]), work.at(face[2]),
                          allowed2_);
    }
    template <int N>
    Lanes<N> sines_at(const Work &work, const i32 *which, Vec apex) const;
};

}  // namespace nmc
