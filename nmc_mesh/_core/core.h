/* The border of the compiled core: every function that Python calls, in plain C.
 *
 * This file is the single source of the border. The C++ sources include it, so a definition that
 * does not fit fails to compile; the loader (``nmc_mesh/_core/__init__.py``) reads it when it opens
 * the library, so Python knows each function by what stands here; ``nmc_mesh/_core/__init__.pyi``
 * is made from it. It therefore keeps to a small dialect:
 *
 *   const f64_2 *x      an array that is read: float64, two axes, C order, no copy is made
 *   i32_1 *labels       an array that is written in place
 *   own_i32_2 *made     an array that the core makes; Python gets it as a result and frees it
 *   double a, int64_t n, bool b, ...          a number that goes in
 *   double *value, int64_t *count, bool *ok   a number that comes out, as a result
 *   const nmc_tree *t   a struct of arrays and numbers: a named tuple with the same field names
 *
 * A comment behind a parameter gives its shape, as in [n][3]. The loader checks numbers and
 * that a letter means the same length throughout a call; a letter may carry "+1" or a factor "2n".
 *
 * Every function returns a status, NMC_OK unless something failed; the loader raises the errors of
 * ``nmc_mesh.errors`` for the others. No exception crosses the border, and no function keeps a
 * pointer after it returned. Calls release the interpreter lock.
 */
#ifndef NMC_CORE_H
#define NMC_CORE_H

#include <stdbool.h>
#include <stdint.h>

#define NMC_OK 0
#define NMC_NO_MEMORY 1
#define NMC_BAD_INPUT 2

#define NMC_ARRAYS(name, type)                           \
    typedef struct { type *data; int64_t shape[1]; } name##_1; \
    typedef struct { type *data; int64_t shape[2]; } name##_2; \
    typedef struct { type *data; int64_t shape[3]; } name##_3; \
    typedef struct { type *data; int64_t shape[4]; } name##_4; \
    typedef name##_1 own_##name##_1;                      \
    typedef name##_2 own_##name##_2;                      \
    typedef name##_3 own_##name##_3;

NMC_ARRAYS(f64, double)
NMC_ARRAYS(f32, float)
NMC_ARRAYS(i64, int64_t)
NMC_ARRAYS(u64, uint64_t)
NMC_ARRAYS(i32, int32_t)
NMC_ARRAYS(i16, int16_t)
NMC_ARRAYS(u16, uint16_t)
NMC_ARRAYS(i8, int8_t)
NMC_ARRAYS(u8, uint8_t)
NMC_ARRAYS(b8, bool)

#ifdef _WIN32
#define NMC_API __declspec(dllexport)
#else
#define NMC_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- memory --------------------------------------------------------------------------------- */

/* Free the data of an array that the core made. */
NMC_API int nmc_free(uint64_t address);

/* ---- geometry ------------------------------------------------------------------------------- */

/* Seeds of a GBPD in the order of a binary tree; see src/geometry/tree.hpp. */
typedef struct {
    const f64_2 rows;  /* [n][10] */
    const i32_1 order; /* [n] */
    const i32_2 span;  /* [m][2] */
    const f64_2 nodes; /* [m][8] */
    const f64_1 scale; /* [8] */
} nmc_tree;

/* Write the seed of least cost of points[first:last] to labels, the lowest seed among equals. */
NMC_API int nmc_label_points(const nmc_tree *tree, const f64_2 *points /* [k][3] */,
                             int64_t first, int64_t last, i32_1 *labels /* [k] */);

/* List the candidates of every box in the root blocks first .. last (C order). A root block has
 * 2^levels boxes along every axis; lower is the lower corner of the grid, box the edges of a box,
 * slack how far it is enlarged. Writes the length of every list to counts (one per box, C order)
 * and returns the lists one after the other, block by block, the boxes of each in Morton order. */
NMC_API int nmc_list_candidates(const nmc_tree *tree, const f64_2 *rows /* [n][10] */,
                                const f64_1 *lower /* [3] */, const f64_1 *box /* [3] */,
                                const f64_1 *slack /* [3] */, const i64_1 *shape /* [3] */,
                                int64_t levels, int64_t first, int64_t last, i64_1 *counts,
                                own_i32_1 *lists);

/* Copy the lists that list_candidates returned for the same blocks to their places in C order:
 * those of box b are seeds[start[b]:start[b + 1]]. */
NMC_API int nmc_place_candidates(const i32_1 *lists, const i64_1 *shape /* [3] */, int64_t levels,
                                 int64_t first, int64_t last, const i64_1 *start /* [b+1] */,
                                 i32_1 *seeds);

/* Unite the lists of the cells that cover each of the boxes first .. last (C order). A box covers
 * parts cells and rings more on either side, along every axis; count is the number of all seeds.
 * The first call, with an empty united, counts into total[b + 1]; the second, with the running
 * sums in total, writes the lists, ascending. */
NMC_API int nmc_unite_candidates(int64_t count, const i64_1 *shape /* [3] */,
                                 const i64_1 *parts /* [3] */, const i64_1 *rings /* [3] */,
                                 const i64_1 *start, const i32_1 *seeds, int64_t first,
                                 int64_t last, i64_1 *total, i32_1 *united);

/* Label the points of the boxes first .. last (C order) of a slab of a regular grid that begins at
 * the plane of this number. A box has 4 x 4 x 4 points, and seeds[start[b]:start[b + 1]] are its
 * candidates; the lowest seed wins among equals. */
NMC_API int nmc_label_boxes(const f64_2 *rows /* [n][10] */, const f64_1 *origin /* [3] */,
                            const f64_1 *step /* [3] */, const i64_1 *boxes /* [3] */,
                            int64_t plane, const i64_1 *start, const i32_1 *seeds, int64_t first,
                            int64_t last, i32_3 *labels);

/* Write Y_lm(u), column l * l + l + m, of unit vectors u for all l <= degree. */
NMC_API int nmc_harmonics(const f64_2 *unit /* [n][3] */, int64_t degree,
                          f64_2 *values /* [n][k] */);

/* Write sum_lm a_lm Y_lm(u) of unit vectors u for all l <= degree. */
NMC_API int nmc_synthesize(const f64_2 *unit /* [n][3] */, int64_t degree,
                           const f64_1 *coefficients /* [k] */, f64_1 *values /* [n] */);

/* ---- geometry: end -------------------------------------------------------------------------- */



/* ---- shell ---------------------------------------------------------------------------------- */

/* Add the weight of a step to the area of both labels wherever they change along the step; outside
 * the volume is label 0. */
NMC_API int nmc_crossings(const i32_3 *labels, const i64_2 *steps /* [d][3] */,
                          const f64_1 *weights /* [d] */, f64_1 *area);

/* Write the largest distance of two corners radii[p, i] unit[i] of every particle p. */
NMC_API int nmc_diameters(const f64_2 *radii /* [n][k] */, const f64_2 *unit /* [k][3] */,
                          f64_1 *values /* [n] */);

/* Sum over pairs i < j of (x_j - x_i) |y_j - y_i|; x ascending, ranks those of y. */
NMC_API int nmc_pair_sum(const f64_1 *x /* [n] */, const f64_1 *y /* [n] */,
                         const i64_1 *ranks /* [n] */, double *total);

/* Measure particles of a label image, each inside corners[p] = [lower, upper) along every axis:
 * centre of mass and volume in um, the share of its voxels that see the centre without leaving it,
 * and how far it reaches from there in its directions. */
NMC_API int nmc_measure_particles(const i32_3 *labels, const f64_1 *spacing /* [3] */,
                                  const i32_1 *ids /* [n] */, const i64_3 *corners /* [n][3][2] */,
                                  const f64_3 *directions /* [n][k][3] */,
                                  f64_2 *centres /* [n][3] */, f64_1 *volumes /* [n] */,
                                  f64_1 *shares /* [n] */, f64_2 *radii /* [n][k] */);

/* ---- shell: end ----------------------------------------------------------------------------- */



/* ---- grains --------------------------------------------------------------------------------- */

/* Sort points into a grid of cells: where each cell starts in the order of the points by cell (and
 * where the last one ends), and that order. */
NMC_API int nmc_sort_into_cells(const f64_2 *points /* [n][3] */, const f64_1 *lower /* [3] */,
                                double edge, const i64_1 *shape /* [3] */, own_i64_1 *starts,
                                own_i64_1 *order);

/* Points in cells; see sort_into_cells. */
typedef struct {
    const f64_2 points;  /* [n][3] */
    const f64_2 by_cell; /* [n][3] */
    const i64_1 order;   /* [n] */
    const i64_1 starts;
    const f64_1 lower; /* [3] */
    double edge;
    const i64_1 shape; /* [3] */
} nmc_cells;

/* Write the nearest other points of the asked points, nearest first, to rows into[k] of found; -1
 * where there are too few. reach: radius of the first ball that is searched. */
NMC_API int nmc_nearest(const nmc_cells *cells, double reach, const i64_1 *asked /* [k] */,
                        const i64_1 *into /* [k] */, i32_2 *found);

/* A mark network: weights of all layers one after the other, each (inputs, outputs) in C order,
 * the biases likewise, and the number of inputs followed by the outputs of every layer. */
typedef struct {
    const f32_1 weights;
    const f32_1 biases;
    const i64_1 widths;
} nmc_network;

/* Write the inputs of a mark network for the asked seeds. Five numbers per neighbour j:
 * Q_i (s_j - s_i) / length, sqrt(12) (n_j - 1/2), which has mean 0 and variance 1; zeros where
 * there is no neighbour. If radius > 0, 4 min(|s_i| / radius - 1, 1). */
NMC_API int nmc_network_inputs(const f64_2 *seeds /* [n][3] */, const f64_2 *noise /* [n][2] */,
                               const f64_1 *turns /* [n] */, const i32_2 *neighbours /* [m][k] */,
                               const i64_1 *asked /* [m] */, double length, double radius,
                               f32_2 *inputs /* [m][w] */);

/* Write what a mark network says of the asked seeds; see network_inputs. */
NMC_API int nmc_network_outputs(const nmc_network *network, const f64_2 *seeds /* [n][3] */,
                                const f64_2 *noise /* [n][2] */, const f64_1 *turns /* [n] */,
                                const i32_2 *neighbours /* [m][k] */, const i64_1 *asked /* [m] */,
                                double length, double radius, f32_2 *outputs /* [m][w] */);

/* Write the seeds of least cost to chosen, cheapest first, for the points of the blocks
 * first .. last. They are chosen among the 40 cheapest in the middle of the block. The cheapest
 * seed that owns the true label takes the last place if no other that owns it is among them. lead
 * is by how much the best seed of another label costs more than the best that owns the true one. */
NMC_API int nmc_choose_seeds(const f64_2 *rows /* [n][10] */, const i32_1 *owner /* [n] */,
                             const f64_2 *points /* [m][3] */, const i32_1 *truth /* [m] */,
                             const i64_1 *starts, i32_2 *chosen /* [m][c] */,
                             f64_1 *lead /* [m] */, int64_t first, int64_t last);

/* Return L of the points start .. stop and add the moments of its slope over u = x - s_i.
 * L = sum_x log sum_i exp(-q_i(x)) - log sum_{i owns truth} exp(-q_i(x)) over the candidates of x.
 * A row of moments is sum_x w (u0, u1, u2, u0 u0, u1 u1, u2 u2, u0 u1, u0 u2, u1 u2, 1) with
 * w = dL / dq_i(x). */
NMC_API int nmc_fit_slope(const f64_2 *rows /* [n][10] */, const i32_1 *owner /* [n] */,
                          const f64_2 *points /* [m][3] */, const i32_1 *truth /* [m] */,
                          const i32_2 *chosen /* [m][c] */, int64_t start, int64_t stop,
                          f64_2 *moments /* [n][10] */, double *loss);

/* ---- grains: end ---------------------------------------------------------------------------- */



/* ---- particle ------------------------------------------------------------------------------- */

/* Count the runs of equal label along z in the columns a .. b, into start[c + 1]. */
NMC_API int nmc_count_runs(const i32_2 *columns /* [c][z] */, int64_t a, int64_t b,
                           i64_1 *start /* [c+1] */);

/* Write where the runs of the columns a .. b begin. */
NMC_API int nmc_find_runs(const i32_2 *columns /* [c][z] */, int64_t a, int64_t b,
                          const i64_1 *start /* [c+1] */, i32_1 *first /* [r] */);

/* Join touching runs of equal label; width is the number of columns along y. Returns the component
 * of every run, and the number of voxels and the label of every component. */
NMC_API int nmc_join_runs(const i32_2 *columns /* [c][z] */, int64_t width,
                          const i64_1 *start /* [c+1] */, const i32_1 *first /* [r] */,
                          own_i32_1 *component, own_i64_1 *voxels, own_i32_1 *label);

/* Maximal runs of equal label along z. The runs of column (x, y), of C-order number c, are
 * start[c] .. start[c + 1]; run r begins at first[r] and belongs to component[r]. width is the
 * number of columns along y, depth the number of voxels in a column. */
typedef struct {
    int64_t width;
    int64_t depth;
    const i64_1 start;     /* [c+1] */
    const i32_1 first;     /* [r] */
    const i32_1 component; /* [r] */
} nmc_runs;

/* Return the contacts of all wanted components: pairs (wanted, other) and their common areas. A
 * voxel's face across x, y and z has areas[0], [1] and [2]. A pair may occur many times. */
NMC_API int nmc_run_contacts(const nmc_runs *runs, const b8_1 *wanted,
                             const f64_1 *areas /* [3] */, own_i64_2 *pairs, own_f64_1 *sizes);

/* Give every voxel of the columns a .. b the label that owns its component. */
NMC_API int nmc_paint_runs(i32_2 *columns, const nmc_runs *runs, const i32_1 *owner, int64_t a,
                           int64_t b);

/* Add 1, x, y, z of every voxel in the planes a .. b to the row of its label; plane 0 of labels
 * has x = first. */
NMC_API int nmc_add_moments(const i32_3 *labels, int64_t a, int64_t b, int64_t first,
                            i64_2 *total /* [n][4] */);

/* ---- particle: end -------------------------------------------------------------------------- */



/* ---- mesher: from the diagram to the cleaved mesh ------------------------------------------- */

/* ---- mesher: cleaving, end ------------------------------------------------------------------ */



/* ---- mesher: stars and their improvement ---------------------------------------------------- */

/* ---- mesher: improvement, end --------------------------------------------------------------- */



/* ---- mesh: what is known of a finished mesh -------------------------------------------------- */

/* ---- mesh: end ------------------------------------------------------------------------------ */



/* ---- calibration and validation ------------------------------------------------------------- */

/* ---- calibration and validation: end -------------------------------------------------------- */



/* ---- files and pictures --------------------------------------------------------------------- */

/* ---- files and pictures: end ---------------------------------------------------------------- */



/* ---- elementary functions ------------------------------------------------------------------- */

/* ---- elementary functions: end -------------------------------------------------------------- */

#ifdef __cplusplus
}
#endif
#endif
