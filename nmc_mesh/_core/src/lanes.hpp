// Several numbers that are computed at once, each as if it were alone: the same operations in the
// same order, so the same bytes whatever the number of lanes.
//
// These are vectors of the compilers (g++ and clang++ alike), which use the processor's where it
// has them and split up wider ones. Two lanes are what every x86-64 and arm64 processor has.
#pragma once

#include "vec.hpp"

namespace nmc {

template <int N>
struct LanesOf {
    typedef double type __attribute__((vector_size(8 * N)));
};
template <int N>
using Lanes = typename LanesOf<N>::type;

template <int N>
inline Lanes<N> all(double value) {
    Lanes<N> result;
    for (int n = 0; n < N; ++n) result[n] = value;
    return result;
}
template <int N>
inline Lanes<N> load(const double *from) {
    Lanes<N> result;
    std::memcpy(&result, from, sizeof result);
    return result;
}
template <int N>
inline void store(double *to, Lanes<N> value) {
    std::memcpy(to, &value, sizeof value);
}

template <int N>
inline Lanes<N> root(Lanes<N> a) {
    Lanes<N> result = {};
    for (int n = 0; n < N; ++n) result[n] = std::sqrt(a[n]);
    return result;
}

// As least() and most() of numbers.
template <class T>
inline T lesser(T a, T b) {
    return b < a ? b : a;
}
template <class T>
inline T greater(T a, T b) {
    return b > a ? b : a;
}

// Vectors of three, one in each lane.
template <int N>
struct VecLanes {
    Lanes<N> x, y, z;
};

template <int N>
inline VecLanes<N> all(Vec a) {
    return {all<N>(a.x), all<N>(a.y), all<N>(a.z)};
}
template <int N>
inline VecLanes<N> operator-(VecLanes<N> a, VecLanes<N> b) {
    return {a.x - b.x, a.y - b.y, a.z - b.z};
}
template <int N>
inline Lanes<N> dot(VecLanes<N> a, VecLanes<N> b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <int N>
inline VecLanes<N> cross(VecLanes<N> a, VecLanes<N> b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

}  // namespace nmc
