// Labels of the points of a regular grid from the candidate lists of its boxes: the loop that
// grid.cpp compiles for every machine and grid_avx2.cpp for those with AVX2. The bytes are the
// same.
//
// Both are linked into one library, so nothing here may be shared between them: functions are local
// to the file, and no header with inline functions is included. Else the linker might keep the copy
// with AVX2 of such a function for all machines.
#pragma once

#include <stdint.h>

namespace nmc {

// A slab of a grid that begins at `plane`, in boxes of 4 x 4 x 4 points; see nmc_label_boxes.
struct Slab {
    const double *rows;  // (n, 10): s0 s1 s2 M00 M11 M22 M01 M02 M12 r
    const double *origin, *step;
    const int64_t *boxes;
    int64_t plane;
    const int64_t *start;
    const int32_t *seeds;
    int32_t *labels;
    const int64_t *shape;
};

void label_boxes_avx2(const Slab &slab, int64_t first, int64_t last);

namespace {

constexpr int LEAF = 4;  // points along the edge of a box

// A vector holds as many numbers as a register: wider ones are not made well of narrower ones.
#ifdef __AVX2__
constexpr int LANES = 4;
#else
constexpr int LANES = 2;
#endif
constexpr int PARTS = LEAF / LANES;
typedef double Numbers __attribute__((vector_size(8 * LANES)));
typedef int64_t Marks __attribute__((vector_size(8 * LANES)));

// The four numbers of the points along one axis of a box.
struct Line {
    Numbers part[PARTS];

    void set(int place, double number) { part[place / LANES][place % LANES] = number; }
    double at(int place) const { return part[place / LANES][place % LANES]; }
};

// A box while its candidates compete for its points, line by line along z.
struct Box {
    double x[LEAF];
    Line y, z;
    Numbers least[LEAF][LEAF][PARTS];
    Marks label[LEAF][LEAF][PARTS];
};

// Give seed i the points where it costs less than all before it; without branches, for speed.
//
// The cost of cost.hpp, operation by operation; what depends on x and y alone is computed once for
// the four points along z:
//
//     q = ((M00 u + 2 M01 v) u + M11 v v)  +  (2 (M02 u + M12 v)  +  M22 w) w  -  r
//          `------------ planar --------'      `---- slope -----'   `rise '
inline void challenge(const double *seed, int64_t i, Box &box) {
    const Marks mark = Marks{} + i;
    Line v, w, rise, planar, slope;
    for (int part = 0; part < PARTS; ++part) {
        v.part[part] = box.y.part[part] - seed[1];
        w.part[part] = box.z.part[part] - seed[2];
        rise.part[part] = seed[5] * w.part[part];
    }
    for (int a = 0; a < LEAF; ++a) {
        const double u = box.x[a] - seed[0];
        for (int part = 0; part < PARTS; ++part) {
            const Numbers y = v.part[part];
            planar.part[part] = (seed[3] * u + 2.0 * seed[6] * y) * u + seed[4] * y * y;
            slope.part[part] = 2.0 * (seed[7] * u + seed[8] * y);
        }
        for (int b = 0; b < LEAF; ++b) {
            for (int part = 0; part < PARTS; ++part) {
                const Numbers value = planar.at(b) +
                                      (slope.at(b) + rise.part[part]) * w.part[part] - seed[9];
                Numbers &least = box.least[a][b][part];
                Marks &label = box.label[a][b][part];
                const Marks closer = value < least;
                least = closer ? value : least;
                label = closer ? mark : label;
            }
        }
    }
}

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

inline void label_boxes(const Slab &slab, int64_t first, int64_t last) {
    const int64_t *boxes = slab.boxes, *shape = slab.shape;
    const double *origin = slab.origin, *step = slab.step;
    Box box;
    for (int64_t number = first; number < last; ++number) {
        const int64_t x = LEAF * (number / (boxes[1] * boxes[2]));
        const int64_t y = LEAF * (number / boxes[2] % boxes[1]);
        const int64_t z = LEAF * (number % boxes[2]);
        for (int a = 0; a < LEAF; ++a) {
            box.x[a] = origin[0] + static_cast<double>(slab.plane + x + a) * step[0];
            box.y.set(a, origin[1] + static_cast<double>(y + a) * step[1]);
            box.z.set(a, origin[2] + static_cast<double>(z + a) * step[2]);
        }
        const int64_t begin = slab.start[number], end = slab.start[number + 1];
        for (int a = 0; a < LEAF; ++a) {
            for (int b = 0; b < LEAF; ++b) {
                for (int part = 0; part < PARTS; ++part) {
                    box.least[a][b][part] = Numbers{} + __builtin_inf();
                    box.label[a][b][part] = Marks{} + slab.seeds[begin];
                }
            }
        }
        if (end - begin > 1)
            for (int64_t k = begin; k < end; ++k)
                challenge(slab.rows + 10 * slab.seeds[k], slab.seeds[k], box);
        // Boxes at the upper ends may stand out of the grid.
        const int64_t wide = smaller(LEAF, shape[0] - x), deep = smaller(LEAF, shape[1] - y);
        const int64_t high = smaller(LEAF, shape[2] - z);
        for (int64_t a = 0; a < wide; ++a) {
            for (int64_t b = 0; b < deep; ++b) {
                int32_t *line = slab.labels + ((x + a) * shape[1] + y + b) * shape[2] + z;
                for (int64_t c = 0; c < high; ++c)
                    line[c] = static_cast<int32_t>(box.label[a][b][c / LANES][c % LANES]);
            }
        }
    }
}

}  // namespace
}  // namespace nmc
