// The link of a vertex: the vertices around it, and the labels round the edge to each.
#pragma once

#include "star.hpp"

namespace nmc {

// A hash table from the vertices around v to the labels of the cells at the edge to each.
//
// A closed link of f faces has f / 2 + 2 vertices, an open one f + 2 at most: with 192 cells the
// table of 256 is three quarters full at worst.
class Link {
public:
    // Enter the vertices of a star.
    explicit Link(const Star &star);

    // Labels round the edge to u, as bits; u must be in the link.
    i32 &labels(i64 u) { return labels_[slot(u)]; }

private:
    static constexpr int SLOTS = 256;

    i64 keys_[SLOTS];  // -1 where free
    i32 labels_[SLOTS];

    // Where u is, or where it would go.
    int slot(i64 u) const;
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
