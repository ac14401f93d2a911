// Edge collapse that keeps every grain, boundary, triple line and quadruple point what it is.
#pragma once

#include "star.hpp"

namespace nmc {

// The worst quality after the star's vertex is merged into u, or -1 if that is not allowed.
//
// Allowed if the labels round the edge are the labels at v (so v lies on a stratum that the edge
// follows, and no surface is pinched), no new edge is longer than the root of `longest2`, the worst
// quality rises above `floor`, 0 or more, and u's list has room.
//
// Where the edge is shorter than the root of `fuse2`, two junctions may be fused too: then the
// labels round the edge are those that v and u have in common, so a piece of their line goes:
//
//      A \      / D          A \ / D
//    B ---v----u--- C   ->   B -u- C      E is above and below, or outside is
//      E /      \ E          E / \ E
double collapse_gain(const Work &work, const Star &star, i64 u, double floor, double longest2,
                     double fuse2 = 0.0);

// Merge the star's vertex into u; cells that this frees go on the stack.
void collapse(const Work &work, const Star &star, i64 u, Stack &dead);

// The stars of a cell's four vertices, and which of them may be touched.
struct Corners {
    Star stars[4];
    bool free[4];
    Star other;  // room for one more
};

// Do the best of the twelve collapses of a cell's edges that lifts the worst quality round the
// vertex it removes by `gain`; false if there is none. Then the corners are read.
bool try_collapses(const Work &work, i64 t, double longest2, double fuse2, double gain,
                   Corners &corners, Stack &dead);

}  // namespace nmc
