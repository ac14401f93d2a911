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

/* ---- mesher: cleaving, end ------------------------------------------------------------------ */



/* ---- mesher: stars and their improvement ---------------------------------------------------- */

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
   cell of -2 marks a triangle of more than two cells. `faces` are those of `cells`, by vertex. */
NMC_API int nmc_match_faces(int64_t first, int64_t last, const i64_1 *starts /* [n+1] */,
                            const i32_1 *faces /* [4m] */, const i32_2 *cells /* [m][4] */,
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
