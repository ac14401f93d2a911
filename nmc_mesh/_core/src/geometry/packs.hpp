// Packs of seeds, the cheapest of them at a place, and which of them a witness leaves in a block: the
// loops of octree_loop.hpp for whichever processor runs them.
#pragma once

#include "cost.hpp"
#include "octree_loop.hpp"

namespace nmc {

// The first place of the least cost at the centre of a block.
i64 cheapest_of(const Span<const Pack> &packs, const Block &block);

// Write the places of the seeds that the witness does not undercut by more than the margin everywhere
// in a block; count them. See octree.cpp for the bound.
i64 undominated(const Span<const Pack> &packs, const Witness &w, const Block &block, double margin,
                const Span<i32> &places);

// Bits of those of the first `count` places, 32 at most, that another undercuts by more than the margin
// everywhere in a block. To be undercut is a strict order: whoever undercuts one of these, or another
// that does, is not among them. `places` is room for as many as the packs hold.
u32 undercut(const Span<const Pack> &packs, i64 count, const Block &block, double margin,
             const Span<i32> &places);

inline i64 packs_of(i64 size) { return (size + PACK - 1) / PACK; }

// Put a row of GBPD.rows into a place of packs.
inline void put(const Seed &seed, const Span<Pack> &packs, i64 place) {
    const double *row = &seed.s0;
    for (int c = 0; c < COLUMNS; ++c) at(packs, place / PACK).column[c][place % PACK] = row[c];
}

// Fill what is left of the last pack.
inline void pad(const Span<Pack> &packs, i64 size) {
    for (i64 place = size; place < packs_of(size) * PACK; ++place)
        put({0, 0, 0, 0, 0, 0, 0, 0, 0, -__builtin_inf()}, packs, place);
}

}  // namespace nmc
