// The loops of cell_gaps_loop.hpp for whichever processor runs them.
#pragma once

#include "../geometry/packs.hpp"
#include "cell_gaps_loop.hpp"

namespace nmc {

// Write the labels in the packs but for the one at place `own` that are not proved dearer than it, by
// more than the guard, in all of a tetrahedron; count them. There is room for as many as the packs hold.
i64 rivals_of_cell(const Span<const Pack> &packs, i64 own, const Corners &corners, double guard,
                   Rival *rivals);

}  // namespace nmc
