// The star of one vertex in its own frame: read once from the mesh, then judged at many places.
//
//        b              A cell (v, a, b, c) of the star. All lengths are from where v was when the
//       /|\             star was read (origin), so y = 0 there. With v at y the cell has
//      / | \            six times the volume             n . y - d
//     /  |g \           and the mean square edge length  s + (y - g)^2 / 2,
//    a---|---c          where the normal n, d = n . a, the centre g = (a + b + c) / 3 and
//      ' . '            s = 2/9 of the sum of the face's squares depend on the face a b c alone.
//        v              So the quality of a cell at a trial place costs some twenty operations.
#pragma once

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
    i64 cells[MOST_CELLS];
    i64 faces[MOST_CELLS][3];  // the vertices a, b, c, so that (v, a, b, c) is positive
    i32 bits[MOST_CELLS];      // 1 << place of the cell's label in `names`
    bool outside[MOST_CELLS];

    // Read the star of v. False, and nothing to be used, where the star is not to be touched: too
    // many cells or labels, no cell, cells outside alone, or a vertex of another slab.
    bool read(const Work &work, i64 v);

    bool is_joined(int i, i64 u) const {
        return faces[i][0] == u || faces[i][1] == u || faces[i][2] == u;
    }
    Vec origin() const { return origin_; }

    // The least fitness of the cells with v at a place. It is exact where it is above `floor`;
    // otherwise it is some value that is not.
    double worst_at(const Work &work, Vec place, double floor) const;
    // The least fitness where v was when the star was read.
    double worst(const Work &work) const { return worst_at(work, origin_, -1e300); }
    // The mean volume quality of the cells inside.
    double mean_at(Vec place) const;
    // The mean of the faces' centres.
    Vec centre() const;
    // The direction in which the volume quality of the worst cell grows; false where none is.
    bool climb_at(const Work &work, Vec place, Vec &direction) const;

private:
    Vec origin_;
    Vec normal_[MOST_CELLS];
    double offset_[MOST_CELLS];
    Vec centre_[MOST_CELLS];
    double spread_[MOST_CELLS];

    void shape_face(int i, Vec a, Vec b, Vec c);
    double six_volumes(int i, Vec y) const { return dot(normal_[i], y) - offset_[i]; }
    double mean_square(int i, Vec y) const { return spread_[i] + 0.5 * square(y - centre_[i]); }
    double quality_at(int i, Vec y) const {
        const double mean = mean_square(i, y);
        return (EQUILATERAL / 6.0) * six_volumes(i, y) / (mean * std::sqrt(mean));
    }
    double sine_at(const Work &work, int i, Vec place) const {
        return least_sine(place, work.at(faces[i][0]), work.at(faces[i][1]),
                          work.at(faces[i][2]));
    }
    double worst_sine(const Work &work, Vec y, double worst, double floor) const;
};

}  // namespace nmc
