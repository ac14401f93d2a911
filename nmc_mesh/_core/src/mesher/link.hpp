// The link of a vertex: the vertices around it, and the labels round the edge to each.
#pragma once

#include "star.hpp"

namespace nmc {

// The vertices around v in the order in which the star's faces name them, found by a hash table.
//
// A closed link of f faces has f / 2 + 2 vertices, but faces that are not joined have 3 f; a table
// of more places than that is mostly a sixth full, and small ones are quickly emptied.
class Link {
public:
    struct Neighbour {
        i32 vertex;
        i32 labels;  // round the edge to it, as the star's bits
    };

    // Enter the vertices of a star.
    explicit Link(const Star &star);

    int size() const { return size_; }
    const Neighbour &operator[](int n) const { return neighbours_[n]; }
    // Labels round the edge to u, which must be in the link.
    i32 labels(i32 u) const { return neighbours_[entry_[place_of(u)]].labels; }

private:
    static constexpr int MOST_PLACES = 1024;  // a power of two above 3 * MOST_CELLS

    Neighbour neighbours_[3 * MOST_CELLS];
    int size_ = 0;
    i32 entry_[MOST_PLACES];  // of each place of the table, -1 where it is free
    int places_ = 64;  // that are used

    // Where u is, or where it would go.
    int place_of(i32 u) const;
};

// The mean of the neighbours that the stratum joins to the star's vertex, those round whose edges
// all labels are; false if none is. Inside a grain each neighbour counts as often as cells share
// its edge.
bool mean_of_stratum(const Work &work, const Star &star, Vec &mean);

// Whether merging the star's vertex v into u glues a boundary to itself along an edge.
//
// So it is where v m and u m are edges of boundaries and the triangle v u m is none. `other` is
// room for the star of u, which must lie in the same slab.
bool pinches(const Work &work, const Star &star, i64 u, Star &other);

}  // namespace nmc
