// Faces of tetrahedra: a face is 4 * cell + the corner opposite to it.
#pragma once

#include "../array.hpp"

namespace nmc {

// Corners of the face opposite to each corner of a tetrahedron; the normal points outwards.
constexpr int FACES[4][3] = {{1, 2, 3}, {0, 3, 2}, {0, 1, 3}, {0, 2, 1}};

struct SortedFace {
    i64 a, b, c;
};

// Vertices of a face, ascending.
inline SortedFace sorted_face(const View<const i32, 2> &cells, i64 face) {
    const i64 cell = face >> 2, corner = face & 3;
    i64 a = cells(cell, FACES[corner][0]);
    i64 b = cells(cell, FACES[corner][1]);
    i64 c = cells(cell, FACES[corner][2]);
    i64 swap;
    if (a > b) swap = a, a = b, b = swap;
    if (b > c) swap = b, b = c, c = swap;
    if (a > b) swap = a, a = b, b = swap;
    return {a, b, c};
}

// Sort keys, and the values with them: short lists, so by insertion. Equal keys keep their order.
inline void sort_pairs(i64 *keys, i32 *values, i64 size) {
    for (i64 i = 1; i < size; ++i) {
        const i64 key = keys[i];
        const i32 value = values[i];
        i64 j = i - 1;
        for (; j >= 0 && keys[j] > key; --j) {
            keys[j + 1] = keys[j];
            values[j + 1] = values[j];
        }
        keys[j + 1] = key;
        values[j + 1] = value;
    }
}

}  // namespace nmc
