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

/* ---- geometry: end -------------------------------------------------------------------------- */



/* ---- shell ---------------------------------------------------------------------------------- */

/* ---- shell: end ----------------------------------------------------------------------------- */



/* ---- grains --------------------------------------------------------------------------------- */

/* ---- grains: end ---------------------------------------------------------------------------- */



/* ---- particle ------------------------------------------------------------------------------- */

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

/* Arrays behind the functions F_l of a particle or an image; see nmc_mesh/mesh/field.py. */
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
    const f64_1 offset;
    double slope;
    const nmc_radius_table shell;
} nmc_field;

/* Move places to where the first counts[i] of their labels have equal F, by Newton; write whether
 * that was within reach. */
NMC_API int nmc_project(const nmc_field *field, const i32_2 *names /* [k][4] */,
                        const i32_1 *counts /* [k] */, double reach, f64_2 *places /* [k][3] */,
                        b8_1 *converged /* [k] */);

/* A body-centred cubic lattice; see src/mesher/lattice.hpp for how vertices, edges, faces and
 * tetrahedra are numbered. */
typedef struct {
    const f64_1 lower; /* [3] */
    double a;
    const i64_1 shape; /* [3] */
    const f64_1 step;  /* [3] */
} nmc_lattice;

/* Write the label with the least F at points[first:last]; beyond a wall that is the wall. */
NMC_API int nmc_labels_at(const nmc_field *field, const f64_2 *points /* [k][3] */, int64_t first,
                          int64_t last, i32_1 *labels /* [k] */);

/* Do what labels_at does, but see no walls. */
NMC_API int nmc_cells_at(const nmc_field *field, const f64_2 *points /* [k][3] */, int64_t first,
                         int64_t last, i32_1 *labels /* [k] */);

/* Write the wall that each of points[first:last] is farthest beyond. */
NMC_API int nmc_walls_at(const nmc_field *field, const f64_2 *points /* [k][3] */, int64_t first,
                         int64_t last, i32_1 *labels /* [k] */);

/* Write how far points[first:last] lie beyond the nearest wall, in um, to first order. */
NMC_API int nmc_wall_distances(const nmc_field *field, const f64_2 *points /* [k][3] */,
                               int64_t first, int64_t last, f64_1 *distances /* [k] */);

/* Write the labels of the lattice vertices first ... last - 1. */
NMC_API int nmc_label_vertices(const nmc_field *field, const nmc_lattice *lattice, int64_t first,
                               int64_t last, i32_1 *labels);

/* Mark the lattice tetrahedra, of the cells first ... last - 1, with a vertex in a grain. */
NMC_API int nmc_mark_tets(const nmc_lattice *lattice, const i32_1 *labels, int64_t first,
                          int64_t last, b8_1 *active);

/* Mark those tetrahedra too, of the cells first ... last - 1, that touch a vertex snapped onto a
 * grain: so every vertex of a grain has all of its cells, those outside among them. */
NMC_API int nmc_mark_touching(const nmc_lattice *lattice, const i32_2 *sets /* [v][4] */,
                              const b8_1 *wanted /* [v] */, int64_t first, int64_t last,
                              b8_1 *active);

/* Mark the vertices of the active tetrahedra first ... last - 1. */
NMC_API int nmc_mark_vertices(const nmc_lattice *lattice, const b8_1 *active, int64_t first,
                              int64_t last, b8_1 *wanted);

/* Place the wanted vertices first ... last - 1, and write the set of labels that each touches,
 * filled up with EMPTY. */
NMC_API int nmc_snap_vertices(const nmc_field *field, const nmc_lattice *lattice,
                              const i32_1 *labels /* [v] */, const b8_1 *wanted /* [v] */,
                              int64_t first, int64_t last, f64_2 *points /* [v][3] */,
                              i32_2 *sets /* [v][4] */);

/* Mark the snapped vertices of active tetrahedra whose volume fell under 5 % of the lattice's. */
NMC_API int nmc_mark_flat(const nmc_lattice *lattice, const b8_1 *active,
                          const f64_2 *points /* [v][3] */, const i32_2 *sets /* [v][4] */,
                          int64_t first, int64_t last, b8_1 *flat /* [v] */);

/* Put the marked vertices back on the lattice and clear the marks. */
NMC_API int nmc_unsnap(const nmc_lattice *lattice, b8_1 *flat /* [v] */,
                       f64_2 *points /* [v][3] */, i32_2 *sets /* [v][4] */);

/* Mark with 1 the cut edges, and the faces with three cuts, of tetrahedra first ... last - 1. */
NMC_API int nmc_mark_cuts(const nmc_field *field, const nmc_lattice *lattice, const b8_1 *active,
                          const i32_2 *sets /* [v][4] */, int64_t first, int64_t last, i32_1 *cut,
                          i32_1 *triple);

/* Replace marks (1) by numbers from first on, the rest by -1; return the next number. */
NMC_API int nmc_number_marks(i32_1 *marks, int64_t first, int64_t *next);

/* Write the places of the cuts and triple points of the tetrahedra first ... last - 1. */
NMC_API int nmc_place_cuts(const nmc_field *field, const nmc_lattice *lattice, const b8_1 *active,
                           const i32_2 *sets /* [v][4] */, const i32_1 *cut, const i32_1 *triple,
                           int64_t first, int64_t last, f64_2 *points /* [p][3] */);

/* Split the active tetrahedra first ... last - 1. Returns the pieces, their labels and new inner
 * points; inner point i is named -1 - i in the pieces. */
NMC_API int nmc_split_tets(const nmc_field *field, const nmc_lattice *lattice, const b8_1 *active,
                           const i32_2 *sets /* [v][4] */, const i32_1 *cut, const i32_1 *triple,
                           const f64_2 *points /* [p][3] */, int64_t first, int64_t last,
                           own_i32_2 *cells, own_i32_1 *labels, own_f64_2 *inner);

/* Sort the places of keys, of 0 ... count - 1, by counting. Returns starts and order: the places of
 * k are order[starts[k]:starts[k + 1]], ascending. */
NMC_API int nmc_bucket(const i32_1 *keys, int64_t count, own_i64_1 *starts, own_i32_1 *order);

/* Write the lowest vertex of each face of the cells first ... last - 1. */
NMC_API int nmc_lowest_of_faces(const i32_2 *cells /* [m][4] */, int64_t first, int64_t last,
                                i32_2 *lowest /* [m][4] */);

/* Write the cells behind the faces whose lowest vertex is one of first ... last - 1; starts and
 * faces as bucket gives them of the lowest vertices. */
NMC_API int nmc_pair_faces(const i64_1 *starts, const i32_1 *faces /* [4m] */,
                           const i32_2 *cells /* [m][4] */, int64_t first, int64_t last,
                           i32_2 *across /* [m][4] */);

/* Unite neighbouring cells of one label (alike: of any label) above 0; roots are the lowest. */
NMC_API int nmc_unite_cells(const i32_1 *labels /* [m] */, const i32_2 *across /* [m][4] */,
                            bool alike, i32_1 *parent /* [m] */);

/* Choose for every fragment the neighbouring label with the largest common surface, with inner one
 * of a grain if there is any. Fragment n has the cells cells[start[n]:start[n + 1]]; area holds the
 * areas of their faces. */
NMC_API int nmc_give_away(const i32_1 *labels /* [m] */, const i32_2 *across /* [m][4] */,
                          const i32_1 *parent /* [m] */, const b8_1 *fragment /* [m] */,
                          const f64_2 *area /* [m][4] */, const i64_1 *start /* [n+1] */,
                          const i32_1 *cells, bool inner, i32_1 *offer /* [n] */);

/* Write the signed volumes of the cells first ... last - 1. */
NMC_API int nmc_cell_volumes(const f64_2 *points /* [p][3] */, const i32_2 *cells /* [m][4] */,
                             int64_t first, int64_t last, f64_1 *volumes /* [m] */);

/* Write the lesser of the quality and the sine of the least angle of cells. */
NMC_API int nmc_fitness_of_cells(const f64_2 *points /* [p][3] */,
                                 const i32_2 *cells /* [m][4] */, f64_1 *fitness /* [m] */);

/* Move vertices onto walls, one after the other; a vertex may have several. */
NMC_API int nmc_seat_on_walls(const nmc_field *field, const i64_1 *vertices /* [k] */,
                              const i64_1 *walls /* [k] */, f64_2 *points /* [p][3] */);

/* Move the vertices off to their targets where the cells round them (start and order as bucket
 * gives them of the cells) keep the fitness good or what they had; return how many stay farther off
 * than near. */
NMC_API int nmc_press(f64_2 *points /* [p][3] */, const f64_2 *target /* [p][3] */,
                      const i32_2 *cells /* [m][4] */, const i64_1 *start /* [p+1] */,
                      const i32_1 *order /* [4m] */, const i64_1 *off, double near,
                      double good, int64_t *stayed);

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

/* ---- mesher: cleaving, end ------------------------------------------------------------------ */



/* ---- mesher: stars and their improvement ---------------------------------------------------- */

/* A mesh under work; see nmc_mesh/mesh/stars.py. */
typedef struct {
    f64_2 points;      /* [n][3] */
    i32_2 cells;       /* [m][4] */
    i32_1 labels;      /* [m] */
    const i64_1 start; /* [n+1] */
    i32_1 degree;      /* [n] */
    i32_1 pool;
    int64_t measure;
    const i32_1 slab;  /* [n] */
    b8_1 touched;      /* [n] */
} nmc_work;

/* Add the number of cells at every vertex to count. */
NMC_API int nmc_count_stars(const i32_2 *cells /* [m][4] */, i32_1 *count /* [n] */);

/* Write the cells of every vertex to pool, from start on; count must be zero before. */
NMC_API int nmc_fill_stars(const i32_2 *cells /* [m][4] */, const i64_1 *start /* [n+1] */,
                           i32_1 *count /* [n] */, i32_1 *pool);

/* Mark which of the cells first:last are under good. */
NMC_API int nmc_judge_cells(const nmc_work *work, double good, b8_1 *bad, int64_t first,
                            int64_t last);

/* Mark anew the cells at vertices[first:last] of all those touched. */
NMC_API int nmc_judge_stars(const nmc_work *work, const i32_1 *vertices, double good, b8_1 *bad,
                            int64_t first, int64_t last);

/* Fit and smooth the vertices order[first:last]; edge, and leave from their strata, in um. */
NMC_API int nmc_vertex_pass(const nmc_field *field, const nmc_work *work, const i32_1 *order,
                            double edge, double good, double leave, int64_t seed, int64_t first,
                            int64_t last);

/* Mend the cells order[first:last] that are under good: collapse, flip, smooth. Return the height
 * of the stack of dead cells. */
NMC_API int nmc_cell_pass(const nmc_field *field, const nmc_work *work, const i32_1 *order,
                          double edge, double good, double leave, int64_t seed, i64_1 *dead,
                          int64_t height, int64_t first, int64_t last, int64_t *rest);

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
