// Vectors of three numbers. Every operation is written out in one fixed order, because bytes of
// meshes depend on it: a sum of three products is (x + y) + z.
#pragma once

#include <cmath>

#include "array.hpp"

namespace nmc {

struct Vec {
    double x, y, z;

    double operator[](int axis) const { return axis == 0 ? x : axis == 1 ? y : z; }
};

inline Vec operator+(Vec a, Vec b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vec operator-(Vec a, Vec b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vec operator*(double s, Vec a) { return {s * a.x, s * a.y, s * a.z}; }
inline double dot(Vec a, Vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline double square(Vec a) { return a.x * a.x + a.y * a.y + a.z * a.z; }
inline Vec cross(Vec a, Vec b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline double norm(Vec a) { return std::sqrt(square(a)); }

// Row i of an array of points (n, 3).
template <class T>
inline Vec point(const View<T, 2> &points, i64 i) {
    NMC_CHECK(0 <= i && i < points.shape[0] && points.shape[1] == 3);
    const T *row = points.data + 3 * i;
    return {row[0], row[1], row[2]};
}

inline void set_point(const View<double, 2> &points, i64 i, Vec p) {
    NMC_CHECK(0 <= i && i < points.shape[0] && points.shape[1] == 3);
    double *row = points.data + 3 * i;
    row[0] = p.x;
    row[1] = p.y;
    row[2] = p.z;
}

// The lesser and the greater of two numbers; a NaN in second place loses.
inline double least(double a, double b) { return b < a ? b : a; }
inline double most(double a, double b) { return b > a ? b : a; }

}  // namespace nmc
