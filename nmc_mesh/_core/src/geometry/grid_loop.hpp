// Labels of the points of a regular grid from the candidate lists of its boxes: the loop that
// grid.cpp compiles for every machine and grid_avx2.cpp for those with AVX2. The bytes are the
// same.
//
// Both are linked into one library, so nothing here may be shared between them: functions are local
// to the file, and no header with inline functions is included. Else the linker might keep the copy
// with AVX2 of such a function for all machines.
#pragma once

#include "../span.hpp"

namespace nmc {

// A slab of a grid that begins at `plane`, in boxes of 4 x 4 x 4 points; see nmc_label_boxes.
struct Slab {
    Span<const double> rows;  // (n, 10): s0 s1 s2 M00 M11 M22 M01 M02 M12 r
    Span<const double> origin, step;
    Span<const int64_t> boxes;
    int64_t plane;
    Span<const int64_t> start;
    Span<const int32_t> seeds;
    Span<int32_t> labels;
    Span<const int64_t> shape;
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
typedef double Numbers __attribute__((vector_size(8 * LANES), may_alias));
typedef int64_t Marks __attribute__((vector_size(8 * LANES), may_alias));

inline Numbers *parts(double *four) { return reinterpret_cast<Numbers *>(four); }

// Coordinates of the points of a box.
struct Box {
    alignas(32) double x[LEAF], y[LEAF], z[LEAF];
};

// A plane of a box while the candidates compete for its points. It stays in registers.
struct Plane {
    Numbers least[LEAF][PARTS];
    Marks label[LEAF][PARTS];
};

// Give seed i the points of plane `a` where it costs less than all before it; without branches, for
// speed. The cost of cost.hpp, operation by operation; what depends on x and y alone is computed
// once for the four points along z:
//
//     q = ((M00 u + 2 M01 v) u + M11 v v)  +  (2 (M02 u + M12 v)  +  M22 w) w  -  r
//          `------------ planar --------'      `---- slope -----'   `rise '
inline void challenge(const Span<const double> &row, int64_t i, Box &box, int a, Plane &plane) {
    const double *seed = row.data;
    const double u = box.x[a] - seed[0];
    const Marks mark = Marks{} + i;
    alignas(32) double planar[LEAF], slope[LEAF];
    Numbers w[PARTS], rise[PARTS];
    for (int part = 0; part < PARTS; ++part) {
        const Numbers v = parts(box.y)[part] - seed[1];
        parts(planar)[part] = (seed[3] * u + 2.0 * seed[6] * v) * u + seed[4] * v * v;
        parts(slope)[part] = 2.0 * (seed[7] * u + seed[8] * v);
        w[part] = parts(box.z)[part] - seed[2];
        rise[part] = seed[5] * w[part];
    }
    for (int b = 0; b < LEAF; ++b) {
        for (int part = 0; part < PARTS; ++part) {
            const Numbers value = planar[b] + (slope[b] + rise[part]) * w[part] - seed[9];
            const Marks closer = value < plane.least[b][part];
            plane.least[b][part] = closer ? value : plane.least[b][part];
            plane.label[b][part] = closer ? mark : plane.label[b][part];
        }
    }
}

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

inline void label_boxes(const Slab &slab, int64_t first, int64_t last) {
    const Span<const int64_t> boxes = slab.boxes, shape = slab.shape;
    const Span<const double> origin = slab.origin, step = slab.step;
    Box box;
    for (int64_t number = first; number < last; ++number) {
        const int64_t x = LEAF * (number / (at(boxes, 1) * at(boxes, 2)));
        const int64_t y = LEAF * (number / at(boxes, 2) % at(boxes, 1));
        const int64_t z = LEAF * (number % at(boxes, 2));
        for (int a = 0; a < LEAF; ++a) {
            box.x[a] = at(origin, 0) + static_cast<double>(slab.plane + x + a) * at(step, 0);
            box.y[a] = at(origin, 1) + static_cast<double>(y + a) * at(step, 1);
            box.z[a] = at(origin, 2) + static_cast<double>(z + a) * at(step, 2);
        }
        const int64_t begin = at(slab.start, number), end = at(slab.start, number + 1);
        // Boxes at the upper ends may stand out of the grid.
        const int64_t wide = smaller(LEAF, at(shape, 0) - x), deep = smaller(LEAF, at(shape, 1) - y);
        const int64_t high = smaller(LEAF, at(shape, 2) - z);
        for (int a = 0; a < wide; ++a) {
            Plane plane;
            for (int b = 0; b < LEAF; ++b) {
                for (int part = 0; part < PARTS; ++part) {
                    plane.least[b][part] = Numbers{} + __builtin_inf();
                    plane.label[b][part] = Marks{} + at(slab.seeds, begin);
                }
            }
            if (end - begin > 1)  // a single candidate has all points already
                for (int64_t k = begin; k < end; ++k) {
                    const int64_t seed = at(slab.seeds, k);
                    challenge(part(slab.rows, 10 * seed, 10), seed, box, a, plane);
                }
            for (int64_t b = 0; b < deep; ++b) {
                const Span<int32_t> line = part(
                    slab.labels, ((x + a) * at(shape, 1) + y + b) * at(shape, 2) + z, high);
                for (int64_t c = 0; c < high; ++c)
                    at(line, c) = static_cast<int32_t>(plane.label[b][c / LANES][c % LANES]);
            }
        }
    }
}

}  // namespace
}  // namespace nmc
