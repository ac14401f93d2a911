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

/* Bytes of memory: all of this machine, what programs may still take (-1: the system does not say),
 * and the most that this process has held. */
NMC_API int nmc_memory(int64_t *total, int64_t *available, int64_t *peak);

/* Move the rows that are kept to the front, in their order; how many they are. */
NMC_API int nmc_compact(i32_2 *rows /* [m][] */, const b8_1 *kept /* [m] */, int64_t *count);

/* Mark the rows that items name. */
NMC_API int nmc_mark_named(const i32_1 *items, b8_1 *named);

/* Replace every item by its number. */
NMC_API int nmc_renumber(const i32_1 *number, i32_1 *items);

/* Give the system back what was freed and is kept for later; whether this C library can. */
NMC_API int nmc_trim_memory(bool *able);

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

/* Write M = Q^T D Q of radial frames in space or in the plane; see GBPD.radial. */
NMC_API int nmc_radial_matrices(const f64_2 *seeds /* [n][d] */, const f64_2 *diagonals /* [n][d] */,
                                const f64_1 *turns /* [n] */, f64_3 *matrices /* [n][d][d] */);

/* Replace values on a grid by the coefficients of the cubic spline through them, mirrored at the
 * ends. */
NMC_API int nmc_filter_spline(f64_2 *values);

/* ---- geometry: end -------------------------------------------------------------------------- */



/* ---- shell ---------------------------------------------------------------------------------- */

/* Add the weight of a step to the area of both labels wherever they change along the step; outside
 * the volume is label 0. */
NMC_API int nmc_crossings(const i32_3 *labels, const i64_2 *steps /* [d][3] */,
                          const f64_1 *weights /* [d] */, f64_1 *area);

/* Write the largest distance of two corners radii[p, i] unit[i] of every particle p. */
NMC_API int nmc_diameters(const f64_2 *radii /* [n][k] */, const f64_2 *unit /* [k][3] */,
                          f64_1 *values /* [n] */);

/* Write whether the radius sum_lm a_lm Y_lm is positive in all directions, of every row of
 * coefficients; columns: Y_lm in the directions, a row for each l * l + l + m. */
NMC_API int nmc_positive_radii(const f64_2 *coefficients /* [n][k] */,
                               const f64_2 *columns /* [k][d] */, b8_1 *positive /* [n] */);

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

/* Radius of a star shape by splines over the faces of a cube; see src/geometry/radius_table.hpp. */
typedef struct {
    const f64_3 spline; /* [faces][n][n] */
    const f64_1 bounds; /* [2] */
} nmc_radius_table;

/* Write X and its gradient at points, none of them the origin. */
NMC_API int nmc_radii(const nmc_radius_table *table, const f64_2 *points /* [k][3] */,
                      f64_2 *radii /* [k][4] */);

/* Write for points[first:last] 1 inside, -1 outside, 0 so close to the shell that the table cannot
 * tell. */
NMC_API int nmc_sides_of_shell(const nmc_radius_table *table, const f64_2 *points /* [k][3] */,
                               int64_t first, int64_t last, i8_1 *sides /* [k] */);

/* A function of place as a cubic spline over a grid of nodes; see src/geometry/grid_spline.hpp. */
typedef struct {
    const f64_1 lower;  /* [3] */
    double step;
    const f64_3 values; /* [x][y][z] */
} nmc_grid_spline;

/* Write the function at points[first:last]. */
NMC_API int nmc_spline_at(const nmc_grid_spline *spline, const f64_2 *points /* [k][3] */,
                          int64_t first, int64_t last, f64_1 *values /* [k] */);

/* Write the distance in um, up to `reach`, of grid nodes from where the cells of the seeds marked
 * inside end: negative inside. nodes: the cheapest seed of every node; start, seeds: candidates by
 * boxes of edge `box` from `corner` on. Returns places on that surface, one for each edge of the
 * grid that crosses it, and its normals there. */
NMC_API int nmc_distances_from_cells(const f64_2 *rows /* [r][10] */, const b8_1 *inside /* [r] */,
                                     const f64_1 *corner /* [3] */, double box,
                                     const i64_1 *shape /* [3] */, const i64_1 *start,
                                     const i32_1 *seeds, const f64_1 *lower /* [3] */, double step,
                                     const i32_3 *nodes /* [x][y][z] */, double reach,
                                     f64_3 *distances /* [x][y][z] */, own_f64_2 *places,
                                     own_f64_2 *normals);

/* Write the distance in um, up to `reach`, of grid nodes from a shell: negative inside. Returns
 * places and normals as nmc_distances_from_cells does. */
NMC_API int nmc_distances_from_shell(const nmc_radius_table *table, const f64_1 *lower /* [3] */,
                                     double step, double reach,
                                     f64_3 *distances /* [x][y][z] */, own_f64_2 *places,
                                     own_f64_2 *normals);

/* Arrays behind the functions F_l of a particle or an image; see nmc_mesh/mesher/field.py. */
typedef struct {
    int64_t kind;
    const f64_2 rows;      /* [r][10] */
    const i32_1 seed_of;
    const i32_1 label_of;
    const f64_1 lower;     /* [3] */
    const f64_1 step;      /* [3] */
    const i64_1 shape;     /* [3] */
    const i64_1 start;
    const i32_1 near;
    const f64_1 weight;
    double slope;
    const nmc_radius_table shell;
    const nmc_grid_spline layer;
    int64_t coating;
    int64_t beyond;
} nmc_field;

/* Move places to where the first counts[i] of their labels have equal F, by Newton; write whether
 * that was within reach. */
NMC_API int nmc_project(const nmc_field *field, const i32_2 *names /* [k][4] */,
                        const i32_1 *counts /* [k] */, double reach, f64_2 *places /* [k][3] */,
                        b8_1 *converged /* [k] */);

/* A lattice, A15 or body-centred cubic; see src/mesher/a15.hpp and lattice.hpp for how vertices,
 * edges, faces and tetrahedra are numbered, and src/mesher/graded.hpp where it is graded (tets not
 * empty), which body-centred cubic ones may be. */
typedef struct {
    const f64_1 lower; /* [3] */
    double a;
    const i64_1 shape; /* [3] */
    const f64_1 step;  /* [3] */
    int64_t a15;       /* whether it is */
    const f64_2 places; /* [v][4] */
    const i32_2 tets;   /* [t][14] */
    const i64_1 start;  /* [v+1] */
    const i32_1 near;
} nmc_lattice;

/* Number the edges and faces of the tetrahedra whose vertices differ in labels, in tets[4:14]; edge
 * and face 0 are those of all others. Returns the numbers of edges and faces, and for every vertex
 * its neighbours of another label, from start on. */
NMC_API int nmc_number_graded(i32_2 *tets /* [t][14] */, const i32_1 *labels /* [v] */,
                              int64_t *edges, int64_t *faces, own_i64_1 *start, own_i32_1 *near);

/* Edge lengths asked for, in um; see nmc_mesh/mesher/sizes.py. */
typedef struct {
    const f64_1 of_label; /* per label, or empty: inner */
    double inner;
    double outer;
    double slope;
    bool boundaries; /* whether boundaries alone ask */
    int64_t around;
} nmc_lengths;

/* Mark which of the octants points[first:last] of an edge length are too large. */
NMC_API int nmc_mark_large(const nmc_field *field, const nmc_lengths *lengths,
                           const f64_2 *points /* [k][3] */, double edge, int64_t first,
                           int64_t last, b8_1 *large /* [k] */);

/* Write the label with the least F at points[first:last]; beyond a domain boundary its label. */
NMC_API int nmc_labels_at(const nmc_field *field, const f64_2 *points /* [k][3] */, int64_t first,
                          int64_t last, i32_1 *labels /* [k] */);

/* Do what labels_at does, but see no domain boundaries. */
NMC_API int nmc_cells_at(const nmc_field *field, const f64_2 *points /* [k][3] */, int64_t first,
                         int64_t last, i32_1 *labels /* [k] */);

/* Write the domain boundary that each of points[first:last] is farthest beyond. */
NMC_API int nmc_domain_boundaries_at(const nmc_field *field, const f64_2 *points /* [k][3] */,
                                     int64_t first, int64_t last, i32_1 *labels /* [k] */);

/* Write how far points[first:last] lie beyond the domain boundary, in um, to first order. */
NMC_API int nmc_domain_boundary_distances(const nmc_field *field, const f64_2 *points /* [k][3] */,
                                          int64_t first, int64_t last,
                                          f64_1 *distances /* [k] */);

/* Write the labels of the lattice vertices first ... last - 1. */
NMC_API int nmc_label_vertices(const nmc_field *field, const nmc_lattice *lattice, int64_t first,
                               int64_t last, i32_1 *labels);

/* Mark the lattice tetrahedra, of the cells first ... last - 1, with a vertex in a grain. */
NMC_API int nmc_mark_tets(const nmc_lattice *lattice, const i32_1 *labels, int64_t first,
                          int64_t last, b8_1 *active);

/* Mark those tetrahedra too, of the cells first ... last - 1, that touch a vertex warped onto a
 * grain: so every vertex of a grain has all of its cells, those outside among them. */
NMC_API int nmc_mark_touching(const nmc_lattice *lattice, const i32_2 *sets /* [v][4] */,
                              const b8_1 *wanted /* [v] */, int64_t first, int64_t last,
                              b8_1 *active);

/* Mark the vertices of the active tetrahedra first ... last - 1. */
NMC_API int nmc_mark_vertices(const nmc_lattice *lattice, const b8_1 *active, int64_t first,
                              int64_t last, b8_1 *wanted);

/* Place the wanted vertices first ... last - 1, on boundaries that pass close by, and write the set
 * of labels that each touches, filled up with EMPTY. */
NMC_API int nmc_warp_vertices(const nmc_field *field, const nmc_lattice *lattice,
                              const i32_1 *labels /* [v] */, const b8_1 *wanted /* [v] */,
                              int64_t first, int64_t last, f64_2 *points /* [v][3] */,
                              i32_2 *sets /* [v][4] */);

/* Mark the warped vertices of active tetrahedra whose volume fell under 5 % of the lattice's. */
NMC_API int nmc_mark_flat(const nmc_lattice *lattice, const b8_1 *active,
                          const f64_2 *points /* [v][3] */, const i32_2 *sets /* [v][4] */,
                          int64_t first, int64_t last, b8_1 *flat /* [v] */);

/* Put the marked vertices back on the lattice and clear the marks. */
NMC_API int nmc_unwarp(const nmc_lattice *lattice, b8_1 *flat /* [v] */,
                       f64_2 *points /* [v][3] */, i32_2 *sets /* [v][4] */);

/* Mark the cut edges, and the faces with three cuts, of tetrahedra first ... last - 1. */
NMC_API int nmc_mark_cuts(const nmc_field *field, const nmc_lattice *lattice, const b8_1 *active,
                          const i32_2 *sets /* [v][4] */, int64_t first, int64_t last, b8_1 *cut,
                          b8_1 *triple);

/* Edges or faces that have a point, and the number of the first point of every 64 of them; see
 * src/mesher/marks.hpp. */
typedef struct {
    const b8_1 marked;  /* [n] */
    const i32_1 before; /* one for every 64 */
} nmc_marks;

/* Number the points of what is marked, from first on; return the next number. */
NMC_API int nmc_number_marks(const b8_1 *marked, int64_t first, i32_1 *before, int64_t *next);

/* Write the places of the cuts and triple points of the tetrahedra first ... last - 1, which are 0
 * where they are not known. */
NMC_API int nmc_place_cuts(const nmc_field *field, const nmc_lattice *lattice, const b8_1 *active,
                           const i32_2 *sets /* [v][4] */, const nmc_marks *cut, const nmc_marks *triple,
                           int64_t first, int64_t last, f64_2 *points /* [p][3] */);

/* Split the active tetrahedra first ... last - 1. Returns the pieces, their labels and new inner
 * points; inner point i is named -1 - i in the pieces. */
NMC_API int nmc_split_tets(const nmc_field *field, const nmc_lattice *lattice, const b8_1 *active,
                           const i32_2 *sets /* [v][4] */, const nmc_marks *cut, const nmc_marks *triple,
                           const f64_2 *points /* [p][3] */, int64_t first, int64_t last,
                           own_i32_2 *cells, own_i32_1 *labels, own_f64_2 *inner);

/* Sort the places of keys, of 0 ... count - 1, by counting. Returns starts and order: the places of
 * k are order[starts[k]:starts[k + 1]], ascending. */
NMC_API int nmc_bucket(const i32_1 *keys, int64_t count, own_i64_1 *starts, own_i32_1 *order);

/* Write the least and the greatest number that is the lowest vertex of a face, of the blocks of 4096
 * cells first ... last - 1; see src/mesh/face_lists.hpp. */
NMC_API int nmc_face_spans(const i32_2 *cells /* [m][4] */, int64_t first, int64_t last,
                           i32_2 *spans /* [b][2] */);

/* Write the cells behind the faces whose lowest vertex is one of first ... last - 1. */
NMC_API int nmc_pair_faces(const i32_2 *spans /* [b][2] */, const i32_2 *cells /* [m][4] */,
                           int64_t first, int64_t last, i32_2 *across /* [m][4] */);

/* Unite neighbouring cells of one label (alike: of any label) above 0; roots are the lowest. */
NMC_API int nmc_unite_cells(const i32_1 *labels /* [m] */, const i32_2 *across /* [m][4] */,
                            bool alike, i32_1 *parent /* [m] */);

/* Mark the cells of every piece that is not the largest of its label (alike: of all labels above 0),
 * the one of lowest root among equals. parent are the roots as unite_cells writes them; they are
 * the same afterwards. */
NMC_API int nmc_mark_fragments(const f64_2 *points /* [p][3] */, const i32_2 *cells /* [m][4] */,
                               const i32_1 *labels /* [m] */, bool alike, i32_1 *parent /* [m] */,
                               b8_1 *fragment /* [m] */);

/* Choose for every fragment the neighbouring label with the largest common surface, with inner one
 * of a grain if there is any. Fragment n has the cells cells[start[n]:start[n + 1]]; area holds the
 * areas of their faces. */
NMC_API int nmc_give_away(const i32_1 *labels /* [m] */, const i32_2 *across /* [m][4] */,
                          const b8_1 *fragment /* [m] */, const f64_2 *area /* [k][4] */,
                          const i64_1 *start /* [n+1] */, const i32_1 *cells /* [k] */,
                          bool inner, i32_1 *offer /* [n] */);

/* Write the signed volumes of the cells first ... last - 1. */
NMC_API int nmc_cell_volumes(const f64_2 *points /* [p][3] */, const i32_2 *cells /* [m][4] */,
                             int64_t first, int64_t last, f64_1 *volumes /* [m] */);

/* Write the lesser of the quality and the sine of the least angle of cells. */
NMC_API int nmc_fitness_of_cells(const f64_2 *points /* [p][3] */,
                                 const i32_2 *cells /* [m][4] */, f64_1 *fitness /* [m] */);

/* Move vertices onto domain boundaries, one after the other; a vertex may have several. */
NMC_API int nmc_project_to_domain_boundary(const nmc_field *field, const i64_1 *vertices /* [k] */,
                                           const i64_1 *boundaries /* [k] */,
                                           f64_2 *points /* [p][3] */);

/* Move the vertices off to their targets where the cells round them (start and order as bucket
 * gives them of the cells) keep the fitness good or what they had, or as many of so many equal
 * steps of the way as they do; return how many stay farther off than near. */
NMC_API int nmc_move_to_targets(f64_2 *points /* [p][3] */, const f64_2 *target /* [p][3] */,
                                const i32_2 *cells /* [m][4] */, const i64_1 *start /* [p+1] */,
                                const i32_1 *order /* [4m] */, const i64_1 *off, double near,
                                double good, int64_t steps, int64_t *stayed);

/* Lower sizes at the vertices of each cell to what its other vertices allow, with a slope per um of
 * edge; return whether any fell. */
NMC_API int nmc_level_sizes(const f64_2 *points /* [p][3] */, const i32_2 *cells /* [m][4] */,
                            double slope, f64_1 *sizes /* [p] */, bool *fell);

/* Write the first-order distances of places[first:last] from the exact boundaries of two grains
 * each, of a grain and outside where the second is 0. */
NMC_API int nmc_boundary_distances(const nmc_field *field, const f64_2 *places /* [k][3] */,
                                   const i32_2 *pairs /* [k][2] */, int64_t first, int64_t last,
                                   f64_1 *distances /* [k] */);

/* Move the nodes first ... last - 1 of edges onto the boundaries of their labels, 0 the last of
 * them where it is outside; write which were moved. reach and crease are shares of the edge. */
NMC_API int nmc_move_nodes(const nmc_field *field, const f64_3 *ends /* [k][2][3] */,
                           const i32_2 *names /* [k][4] */, const i32_1 *counts /* [k] */,
                           double reach, double crease, int64_t first, int64_t last,
                           f64_2 *places /* [k][3] */, b8_1 *moved /* [k] */);

/* Things listed by the cubes of a grid that they lie in; see nmc_mesh/mesher/cubes.py. */
typedef struct {
    const f64_1 lower;  /* [3] */
    double edge;
    const i64_1 shape;  /* [3] */
    const i64_1 start;
    const i32_1 things;
} nmc_cubes;

/* Labels that need to be looked at near the vertices of a mesh; see nmc_mesh/mesher/contacts.py. */
typedef struct {
    double edge;
    double close;
    double around;
    const i64_1 start;
    const i64_1 closest;
    const i32_1 labels;
} nmc_contacts;

/* List the contacts of the vertices order[first ... last - 1], those close by first, as rows (vertex, label,
 * whether it is close by): see src/mesher/contacts.hpp. label_at: the label of a cell at every vertex; facets_at[start[v]:start[v + 1]]:
 * facets at vertex v. The lists of the field must be complete up to edge + around around. */
NMC_API int nmc_find_contacts(const nmc_field *field, double edge, double close, double around,
                              const f64_2 *points /* [p][3] */, const i32_1 *label_at /* [p] */,
                              const i32_2 *pairs /* [k][2] */, const i64_1 *start /* [p+1] */,
                              const i32_1 *facets_at /* [3k] */, const i32_1 *order /* [p] */,
                              int64_t first, int64_t last, own_i32_2 *contacts /* [n][3] */);

/* Write a bound in um of the distance of every place of the facets order[first ... last - 1], flat or
 * curved, from the exact boundary of their two labels; infinite where nothing is proved within reach.
 * The lists of the field must be complete up to size * 1.8661 around. shell: see ShellBounds in
 * src/mesher/covering.hpp. */
NMC_API int nmc_bound_distances(const nmc_field *field, const f64_1 *shell /* [4] */, double size,
                                double reach, const f64_2 *points /* [p][3] */,
                                const i32_2 *facets /* [k][c] */, const i32_2 *pairs /* [k][2] */,
                                const nmc_contacts *contacts, const i32_1 *order /* [k] */, int64_t first, int64_t last,
                                f64_1 *bounds /* [k] */);

/* Write two bounds of the facets which[first ... last - 1] with the help of those near, whose bounds
 * are proven[k]: of the distance from the boundaries of both labels, whoever is on the other side,
 * and from the boundary of the two. cubes: of the facets. */
NMC_API int nmc_bound_by_neighbours(const nmc_field *field, const f64_1 *shell /* [4] */, double size,
                                    double reach, const f64_2 *points /* [p][3] */,
                                    const i32_2 *facets /* [k][c] */, const i32_2 *pairs /* [k][2] */,
                                    const nmc_cubes *cubes, const f64_1 *proven /* [k] */,
                                    const i64_1 *which /* [n] */, int64_t first, int64_t last,
                                    f64_2 *bounds /* [n][2] */);

/* Write, for the cells first ... last - 1, how far in um from the facets of its label a place of
 * the cell can be where that label is not the cheapest: 0 if it is so everywhere, infinite where
 * nothing is proved. facets_at[start[v]:start[v + 1]]: facets at vertex v; cubes: of the facets. The
 * lists of the field must be complete up to size * 1.8661 around. See src/mesher/owned_cells.cpp. */
NMC_API int nmc_bound_owned(const nmc_field *field, const f64_1 *shell /* [4] */, double size,
                            const f64_2 *points /* [p][3] */, const i32_2 *cells /* [m][4] */,
                            const i32_1 *labels /* [m] */, const i32_2 *facets /* [k][3] */,
                            const i32_2 *pairs /* [k][2] */, const i64_1 *start /* [p+1] */,
                            const i32_1 *facets_at /* [3k] */, const nmc_cubes *cubes,
                            const nmc_contacts *contacts, int64_t first, int64_t last,
                            f64_1 *bounds /* [m] */);

/* Write, for the boxes first ... last - 1 of a field, how far in um from the outer facets a place of
 * the exact outer surface in the box can be: 0 if there is none, infinite where no facet is near.
 * Bounds that are not more than `enough` um need not be any sharper. cubes: of these facets. See
 * src/mesher/met_surface.cpp. */
NMC_API int nmc_bound_surface(const nmc_field *field, const f64_1 *shell /* [4] */, double size,
                              const f64_2 *points /* [p][3] */, const i32_2 *facets /* [k][3] */,
                              const nmc_cubes *cubes, double enough, int64_t first,
                              int64_t last, f64_1 *bounds /* [b] */);

/* Write whether the sets first ... last - 1 of two to four labels (0: outside), ascending, filled up with
 * the least number, are proved to meet near the places given. The lists of the field must be complete up
 * to reach around. */
NMC_API int nmc_prove_junctions(const nmc_field *field, const f64_1 *shell /* [4] */, double reach,
                                const i32_2 *sets /* [s][4] */, const f64_2 *places /* [s][3] */,
                                int64_t first, int64_t last, b8_1 *found /* [s] */);

/* List the sets that were found and all parts of them, each with a 1 behind its labels, and where they
 * are by their hashes: see src/mesher/label_sets.hpp. */
NMC_API int nmc_table_junctions(const i32_2 *sets /* [s][4] */, const b8_1 *found /* [s] */,
                                own_i32_2 *known /* [k][5] */, own_i32_1 *slots /* [h] */);

/* List the sets of two to four labels (0: outside), beside those known, that meet in the boxes first ...
 * last - 1 of a field: labels ascending, filled up with the least number, then 1 if the set is proved
 * to meet, 0 if that is undecided down to the resolution in um. Sets of several boxes come several
 * times. known, slots: those of nmc_table_junctions. The lists of the field must be complete up to reach
 * around. */
NMC_API int nmc_find_junctions(const nmc_field *field, const f64_1 *shell /* [4] */,
                               double resolution, double reach, const i32_2 *known /* [k][5] */,
                               const i32_1 *slots /* [h] */, int64_t first, int64_t last,
                               own_i32_2 *sets /* [n][5] */);

/* ---- mesher: cleaving, end ------------------------------------------------------------------ */



/* ---- mesher: stars and their improvement ---------------------------------------------------- */

/* A mesh under work; see nmc_mesh/mesh/stars.py. */
typedef struct {
    f64_2 points;      /* [n][3] */
    i32_2 cells;       /* [m][4] */
    i32_1 labels;      /* [m] */
    i64_1 start;       /* [n] */
    i32_1 degree;      /* [n] */
    const i32_1 most;  /* [n] */
    i32_1 pool;
    i64_1 taken;       /* [1] */
    int64_t tight;
    int64_t measure;
    const i32_1 slab;  /* [n] */
    b8_1 touched;      /* [n] */
    const f64_1 edge;  /* cell edges at vertices over the lattice's, or empty: 1 */
} nmc_work;

/* Add the number of cells at every vertex to count. */
NMC_API int nmc_count_stars(const i32_2 *cells /* [m][4] */, i32_1 *count /* [n] */);

/* Write the cells of every vertex to pool, from start on; count must be zero before. */
NMC_API int nmc_fill_stars(const i32_2 *cells /* [m][4] */, const i64_1 *start /* [n] */,
                           i32_1 *count /* [n] */, i32_1 *pool);

/* How a mesh is cut into slabs; see nmc_mesh/mesher/improve.py. */
typedef struct {
    int64_t axis;
    double low;
    double thick;
    double shift; /* in slabs */
} nmc_slabs;

/* Write the slabs of the vertices first:last. */
NMC_API int nmc_enter_slabs(const f64_2 *points /* [n][3] */, const nmc_slabs *slabs, int64_t first,
                            int64_t last, i32_1 *slab /* [n] */);

/* Those of the bad cells first:last whose centroids lie in the middle half of a slab, and that. */
NMC_API int nmc_middle_cells(const nmc_work *work, const b8_1 *bad, const nmc_slabs *slabs,
                             int64_t first, int64_t last, own_i32_1 *cells, own_i32_1 *slab);

/* Mark which of the cells first:last are under good. */
NMC_API int nmc_judge_cells(const nmc_work *work, double good, b8_1 *bad, int64_t first,
                            int64_t last);

/* Mark anew the cells at vertices[first:last] of all those touched. */
NMC_API int nmc_judge_stars(const nmc_work *work, const i32_1 *vertices, double good, b8_1 *bad,
                            int64_t first, int64_t last);

/* Fit and smooth the vertices order[first:last]; edge, and leave from their strata, in um. By
 * angles, acute ones whose sines are under aim are lifted last. */
NMC_API int nmc_vertex_pass(const nmc_field *field, const nmc_work *work, const i32_1 *order,
                            double edge, double good, double leave, double aim, int64_t seed,
                            int64_t first, int64_t last);

/* Mend the cells order[first:last] that are under good: collapse, flip, smooth. Return the height
 * of the stack of dead cells. */
NMC_API int nmc_cell_pass(const nmc_field *field, const nmc_work *work, const i32_1 *order,
                          double edge, double good, double leave, int64_t seed, i64_1 *dead,
                          int64_t height, int64_t first, int64_t last, int64_t *rest);

/* Remove edges from vertices that are short of their domain boundary to vertices outside, so that
 * the cells before the domain boundary are apart from those beyond it. Return the height of the
 * stack of dead cells. */
NMC_API int nmc_cap_pits(const nmc_work *work, const i32_1 *pits, i64_1 *dead, int64_t height,
                         int64_t *rest);

/* Collapse the vertices order[first:last] onto near neighbours, towards the edge lengths that are
 * asked for at vertices. Return the height of the stack of dead cells. */
NMC_API int nmc_coarse_pass(const nmc_work *work, const i32_1 *order, const f64_1 *lengths,
                            double edge, i64_1 *dead, int64_t height, int64_t first, int64_t last,
                            int64_t *rest);

/* Write volume, smallest and largest dihedral angle and radius ratio of the cells first:last. */
NMC_API int nmc_measure_cells(const f64_2 *points /* [n][3] */, const i32_2 *cells /* [m][4] */,
                              f64_2 *shapes /* [m][4] */, int64_t first, int64_t last);

/* ---- mesher: improvement, end --------------------------------------------------------------- */



/* ---- mesh: what is known of a finished mesh -------------------------------------------------- */

/* Grain and ends of every edge with its lower end in [first, last) at which the triangles of a grain
   do not match up, and of every edge with four or more; `corners` are places in `triangles` by
   vertex. */
NMC_API int nmc_rims(int64_t first, int64_t last, const i64_1 *starts /* [n+1] */,
                     const i32_1 *corners /* [3t] */, const i32_2 *triangles /* [t][3] */,
                     const i32_2 *grains /* [t][2] */, own_i32_2 *open /* [h][3] */,
                     own_i32_2 *pinched /* [p][3] */);

/* Number the fans of cells around corners of opened facets: `ranks` of every corner of every cell,
   and how many fans each node has; `places` are places in `cells` by node. */
NMC_API int nmc_corner_fans(const i32_1 *nodes, const i64_1 *starts /* [n+1] */,
                            const i32_1 *places /* [4m] */, const i32_2 *cells /* [m][4] */,
                            const b8_2 *closed /* [m][4] */, i32_1 *ranks /* [4m] */,
                            i32_1 *copies /* [n] */);

/* Number the fans of cells around middles of edges; `places` are those of the six middles. */
NMC_API int nmc_middle_fans(const i32_1 *nodes, const i64_1 *starts /* [n+1] */,
                            const i32_1 *places /* [6m] */, const i32_2 *cells /* [m][4] */,
                            const b8_2 *closed /* [m][4] */, i32_1 *ranks /* [6m] */,
                            i32_1 *copies /* [n] */);

/* Write least, greatest and mean Bernstein coefficient of det J of cells[first:last]. */
NMC_API int nmc_bound_jacobian(const f64_2 *points /* [n][3] */, const i32_2 *cells /* [m][10] */,
                               int64_t first, int64_t last, f64_2 *bounds /* [m][3] */);

/* Write the integrals over the curved facets[first:last] by a quadrature: shape functions, slopes
   and weights at its points; see facet_integrals of nmc_mesh/mesh/curved.py. */
NMC_API int nmc_integrate_facets(const f64_2 *points /* [n][3] */,
                                 const i32_2 *facets /* [k][6] */,
                                 const f64_2 *origins /* [k][3] */,
                                 const f64_2 *shape /* [q][6] */,
                                 const f64_3 *slopes /* [q][2][6] */,
                                 const f64_1 *weights /* [q] */, int64_t first, int64_t last,
                                 f64_2 *sums /* [k][14] */);

/* Write the corners of the grid in planes [first, last), and the cells that begin there; numbers
   below 0 are left out. */
NMC_API int nmc_fill_hexes(const i32_3 *node, const i32_3 *cell, const f64_1 *lower /* [3] */,
                           const f64_1 *spacing /* [3] */, int64_t first, int64_t last,
                           f64_2 *points /* [n][3] */, i32_2 *cells /* [m][8] */);

/* Mark the corners of the grid in planes [first, last) where four or more labels meet, and the
   edges from them, by axis, where three or more do. */
NMC_API int nmc_mark_junctions(const i32_3 *labels, int64_t first, int64_t last,
                               b8_4 *lines /* [3][x][y][z] */, b8_3 *meets /* [x][y][z] */);

/* Write volume and volume times centroid of every grain, and its bounding box. */
NMC_API int nmc_first_moments(const f64_2 *points /* [n][3] */, const i32_2 *cells /* [m][] */,
                              const i32_1 *row /* [m] */, f64_2 *sums /* [g][4] */,
                              f64_3 *boxes /* [g][2][3] */);

/* Write the integral of (x - c)(x - c)^T over every grain, c its centroid. */
NMC_API int nmc_second_moments(const f64_2 *points /* [n][3] */, const i32_2 *cells /* [m][] */,
                               const i32_1 *row /* [m] */, const f64_2 *centroids /* [g][3] */,
                               f64_3 *moments /* [g][3][3] */);

/* Facets whose lowest vertex is in [first, last), and the grains and cells on their sides; a second
   cell of -2 marks a triangle of more than two cells. `spans` are those of nmc_face_spans. */
NMC_API int nmc_match_faces(int64_t first, int64_t last, const i32_2 *spans /* [b][2] */,
                            const i32_2 *cells /* [m][4] */,
                            const i32_1 *labels /* [m] */, own_i32_2 *facets /* [k][3] */,
                            own_i32_2 *grains /* [k][2] */, own_i32_2 *sides /* [k][2] */);

/* Triple lines whose lower vertex, and quadruple points, that are in [first, last). */
NMC_API int nmc_meet_facets(int64_t first, int64_t last, const i64_1 *starts /* [n+1] */,
                            const i32_1 *corners /* [3k] */, const i32_2 *facets /* [k][3] */,
                            const i32_2 *grains /* [k][2] */, own_i32_2 *edges /* [e][2] */,
                            own_i32_1 *vertices /* [q] */);

/* Rank the upper ends of the edges at the lower ends [first, last): number[order[p]] is the rank of
   upper[order[p]], count[v + 1] how many differ at v. */
NMC_API int nmc_rank_edges(int64_t first, int64_t last, const i64_1 *starts /* [n+1] */,
                           const i32_1 *order /* [e] */, const i32_1 *upper /* [e] */,
                           i32_1 *number /* [e] */, i64_1 *count /* [n+1] */);

/* ---- mesh: end ------------------------------------------------------------------------------ */



/* ---- crystal -------------------------------------------------------------------------------- */

/* Let grains exchange what lies in their frames, one pair of grains after the other, with a turn of
 * each about c (cosine and sine of half of it, of both); where they are one, it turns. A step stays
 * if the misfit grows by no more than its level. Neighbours of grain i: others[starts[i]] to before
 * starts[i + 1], with the number of the pair of each, whose areas sum up to 1; every pair stands
 * with both. Misfit: mean square of the differences of the shares of area up to each class of
 * disorientations, cosines: of half their upper ends. Returns that which is left. */
NMC_API int nmc_exchange_orientations(
    f64_2 *local /* [n][4] */, const f64_2 *frames /* [n][4] */, const i64_1 *starts /* [n+1] */,
    const i32_1 *others /* [e] */, const i32_1 *pairs /* [e] */, const f64_1 *areas,
    const f64_2 *group /* [g][4] */, const f64_1 *cosines /* [k] */, const f64_1 *target /* [k] */,
    const i32_2 *grains /* [m][2] */, const f64_2 *spins /* [m][4] */, const f64_1 *levels /* [m] */,
    double *left);

/* ---- sections ------------------------------------------------------------------------------- */

/* Number the connected sets of pixels of equal label >= 0 by their first pixel, from 0 on; -1
   elsewhere. Pixels touch along edges; (i, j) touches (i + 1, j - 1) as well if `six`. Returns the
   numbers and how many there are. */
NMC_API int nmc_plane_pieces(const i32_2 *labels /* [x][y] */, bool six, own_i32_2 *pieces,
                             int64_t *count);

/* Give pixels of label -2 the label >= 0 that is the fewest steps along edges away, that of the
   first pixel among equals; -1 where none can be reached. Other pixels stay. */
NMC_API int nmc_fill_plane(i32_2 *labels /* [x][y] */);

/* The middle of windows without the pieces of fewer than `least` pixels, which go to their
   neighbours as in nmc_fill_plane; a piece that meets the border of its window is large. */
NMC_API int nmc_close_windows(const i32_3 *wide /* [b][m][m] */, const f64_1 *least /* [b] */,
                              i32_3 *labels /* [b][n][n] */);

/* ---- calibration and validation ------------------------------------------------------------- */

/* Rows (p_x, p_y, A_xx, A_xy, A_yy, m, sqrt of the largest eigenvalue of A) of the costs
   (x - p)^T A (x - p) + m on a plane; seeds are x, y, z from the centre and z over the plane, marks
   as in GBPD.radial. */
NMC_API int nmc_planar_rows(const f64_2 *seeds /* [n][4] */, const f64_1 *turns /* [n] */,
                            const f64_2 *diagonals /* [n][3] */, const f64_1 *offsets /* [n] */,
                            own_f64_2 *rows /* [n][7] */);

/* Label the pixels of a mask by the rows of a plane, the others -1; pixel (i, j) lies at
   (x0, y0) + pixel * (i, j). Seeds whose minimum lies more than 5 cells of 6 pixels away are not
   looked at. */
NMC_API int nmc_label_mask(const f64_2 *rows /* [n][7] */, double pixel, double x0, double y0,
                           const b8_2 *wide /* [x][y] */, i32_2 *labels /* [x][y] */);

/* 1, i, j, ii, jj, ij summed over the pixels of the labels 0 ... count - 1. */
NMC_API int nmc_plane_moments(const i32_2 *labels, int64_t count, own_f64_2 *total /* [g][6] */);

/* Lengths in pixels of whole runs of a label along the first axis, or the second, whose middle lies
   in `core`; a run next to the border or to a negative label has no length. */
NMC_API int nmc_plane_chords(const i32_2 *labels /* [x][y] */, const b8_2 *core /* [x][y] */,
                             bool first, own_f64_1 *lengths);

/* Write the row of least cost at every pixel of every window, the lowest among equals. Window w
   looks at rows[starts[w, 0] : starts[w, 1]], `largest` are roots of their largest eigenvalues; its
   pixel (i, j) lies at centers[w] + i - (n - 1) / 2 along and j - (n - 1) / 2 across the direction
   turns[w] (cosine, sine), in the plane z = heights[w]. */
NMC_API int nmc_label_windows(const f64_2 *rows /* [m][10] */, const i64_2 *starts /* [b][2] */,
                              const f64_1 *centers /* [b] */, const f64_2 *turns /* [b][2] */,
                              const f64_1 *heights /* [b] */, const f64_1 *largest /* [m] */,
                              i32_3 *labels /* [b][n][n] */);

/* Rank the rows of every window by their pixels, most first, lower row first among equals: the rank
   of every pixel's row, the rows by rank, as many as fit, and how many there are. */
NMC_API int nmc_rank_windows(const i32_3 *labels /* [b][n][n] */, const i64_2 *starts /* [b][2] */,
                             u8_3 *ranks /* [b][n][n] */, i32_2 *visible /* [b][] */,
                             i64_1 *count /* [b] */);

/* Write the axes Q of radial seeds and the rows of Q^T D Q, as GBPD.rows has them. */
NMC_API int nmc_radial_rows(const f64_2 *seeds /* [m][3] */, const f64_1 *turns /* [m] */,
                            const f64_2 *diagonals /* [m][3] */, const f64_1 *offsets /* [m] */,
                            f64_3 *axes /* [m][3][3] */, f64_2 *rows /* [m][10] */);

/* Add 1, x, y, z, xx, yy, zz, xy, xz, yz of all voxels in planes [first, last) to the rows of their
   labels; the first plane of the array is number `offset`. */
NMC_API int nmc_add_second_moments(const i32_3 *labels, int64_t first, int64_t last,
                                   int64_t offset, i64_2 *total /* [g][10] */);

/* Enter every pair of labels that share a face of a voxel in the planes before `planes` into each
   other's row; one plane more may be there, faces toward it are looked at too. */
NMC_API int nmc_add_neighbours(const i32_3 *labels, int64_t planes, i32_2 *table /* [g][] */,
                               i64_1 *count /* [g] */);

/* ---- calibration and validation: end -------------------------------------------------------- */



/* ---- files and pictures --------------------------------------------------------------------- */

/* Write lower and upper corner of what each entity holds: nodes[starts[k] : starts[k + 1]]. */
NMC_API int nmc_bounding_boxes(const f64_2 *points /* [n][3] */, const i64_1 *starts /* [b+1] */,
                               const i32_2 *nodes /* [m][] */, f64_2 *boxes /* [b][6] */);

/* Undo the filters of a PNG's lines, `step` bytes per pixel; false if one is not known. */
NMC_API int nmc_unfilter_png(const u8_2 *raw /* [h][w+1] */, int64_t step,
                             u8_2 *lines /* [h][w] */, bool *known);

/* Write lines of numbers, none negative, values[starts[k] : starts[k + 1]] to the k-th, with a
   character between; returns how many bytes. */
NMC_API int nmc_write_lines(const i32_1 *values /* [n] */, const i64_1 *starts,
                            int64_t separator, u8_1 *text /* [12n] */, int64_t *size);

/* Draw triangles over what is seen already: the nearest in every pixel, and its nearness; see
   nmc_mesh/plot/raster.py for corners and walls. */
NMC_API int nmc_rasterize(const f64_3 *corners /* [t][3][6] */, const i32_1 *walls /* [t] */,
                          i32_2 *seen /* [h][w] */, f64_2 *nearness /* [h][w] */);

/* ---- files and pictures: end ---------------------------------------------------------------- */



/* ---- elementary functions ------------------------------------------------------------------- */

/* The functions of src/elementary.hpp: the same bits on every processor. `out` may be `x` or `y`. */

/* Write e^x. */
NMC_API int nmc_exp(const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

/* Write e^x - 1. */
NMC_API int nmc_expm1(const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

/* Write the natural logarithm of x. */
NMC_API int nmc_log(const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

/* Write the natural logarithm of 1 + x. */
NMC_API int nmc_log1p(const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

/* Write the hyperbolic tangent of x. */
NMC_API int nmc_tanh(const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

/* Write the sine of x radians. */
NMC_API int nmc_sin(const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

/* Write the cosine of x radians. */
NMC_API int nmc_cos(const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

/* Write the angle in [0, pi] whose cosine is x. */
NMC_API int nmc_acos(const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

/* Write the cube root of x. */
NMC_API int nmc_cbrt(const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

/* Write the sine and the cosine of x radians. */
NMC_API int nmc_sincos(const f64_1 *x /* [n] */, f64_1 *sine /* [n] */, f64_1 *cosine /* [n] */);

/* Write x^y. */
NMC_API int nmc_pow(const f64_1 *x /* [n] */, const f64_1 *y /* [n] */, f64_1 *out /* [n] */);

/* Write the angle of (x, y), in [-pi, pi]. */
NMC_API int nmc_atan2(const f64_1 *y /* [n] */, const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

/* Write sqrt(x^2 + y^2). */
NMC_API int nmc_hypot(const f64_1 *x /* [n] */, const f64_1 *y /* [n] */, f64_1 *out /* [n] */);

/* ---- elementary functions: end -------------------------------------------------------------- */

/* ---- numerics ------------------------------------------------------------------------------- */

/* Write the product of two matrices, each entry summed in ascending order, nothing fused. */
NMC_API int nmc_matmul(const f64_2 *a /* [m][k] */, const f64_2 *b /* [k][n] */,
                       f64_2 *out /* [m][n] */);

/* Write the rows first ... last - 1 of the product of a sparse matrix and a dense one: row r has the
 * entries starts[r] ... starts[r + 1] - 1, which are summed in their order, nothing fused. */
NMC_API int nmc_sparse_matmul(int64_t first, int64_t last, const i64_1 *starts /* [m+1] */,
                              const i32_1 *columns /* [e] */, const f64_1 *values /* [e] */,
                              const f64_2 *x /* [n][k] */, f64_2 *out /* [m][k] */);

/* Write the eigenvalues of symmetric matrices of 2 or 3 rows, ascending, and unit eigenvectors:
 * vectors[i, k] belongs to values[i, k]; its entry of largest size is positive. */
NMC_API int nmc_symmetric_eigen(const f64_3 *matrices /* [n][d][d] */, f64_2 *values /* [n][d] */,
                                f64_3 *vectors /* [n][d][d] */);

/* Write the nodes of Gauss's rule on [-1, 1], ascending, and their weights. */
NMC_API int nmc_gauss_rule(f64_1 *nodes /* [n] */, f64_1 *weights /* [n] */);

/* The draws take the address of a bitgen_t of numpy, whose lock the caller holds. */

/* Draw standard normal numbers. */
NMC_API int nmc_standard_normal(uint64_t generator, f64_1 *out /* [n] */);

/* Draw numbers of the gamma law of scale 1. */
NMC_API int nmc_standard_gamma(uint64_t generator, double shape, f64_1 *out /* [n] */);

/* Draw numbers of Student's t law. */
NMC_API int nmc_standard_t(uint64_t generator, double freedom, f64_1 *out /* [n] */);

/* Draw numbers of Poisson's law. */
NMC_API int nmc_poisson(uint64_t generator, double mean, i64_1 *out /* [n] */);

/* ---- numerics: end -------------------------------------------------------------------------- */

#ifdef __cplusplus
}
#endif
#endif
