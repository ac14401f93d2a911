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

/* ---- mesh: end ------------------------------------------------------------------------------ */



/* ---- calibration and validation ------------------------------------------------------------- */

/* ---- calibration and validation: end -------------------------------------------------------- */



/* ---- files and pictures --------------------------------------------------------------------- */

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

/* Write the angle in [-pi/2, pi/2] whose sine is x. */
NMC_API int nmc_asin(const f64_1 *x /* [n] */, f64_1 *out /* [n] */);

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

#ifdef __cplusplus
}
#endif
#endif
