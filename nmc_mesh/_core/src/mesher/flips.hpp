// Edge removal and face removal: new cells in a small cavity, the same vertices.
//
//        a                     Removing the edge a b replaces the n cells round it by the best
//       /|\                    triangulation of its ring, joined to a and to b (Klincsek's dynamic
//      / | \                   programme, rings of 3 to 7):
//     r1-+--r2     ring
//      \ | /                       best(i, j) = max over k of
//       \|/                            min(best(i, k), best(k, j), quality of the two cells
//        b                                 over the triangle i k j)
//
// On a grain boundary the ring has two parts, one per grain; the boundary's triangles (a, b, p),
// (a, b, r) become (a, p, r), (b, p, r), which is allowed where both lie close to each other.
#pragma once

#include "work.hpp"

namespace nmc {

// Try to remove the edges and then the faces of a cell, until one of either raises the worst
// quality of what it changes by `gain`. `flat` is the largest distance (um) a boundary may move by.
void try_flips(const Work &work, i64 t, double gain, double flat, Stack &dead);

// Remove the edges from a pit's vertex v, short of the domain boundary, to vertices w of cells
// outside alone:
//
//            w                           w
//          /   \         outside        /___\        The cells under the ring, which lie before
//     ---r0--.--r1--- boundary     ---r0-----r1---   the boundary, can be given to a grain then.
//          \ | /                        \   /
//            v                            v
void cap_pit(const Work &work, i64 v, Stack &dead);

}  // namespace nmc
