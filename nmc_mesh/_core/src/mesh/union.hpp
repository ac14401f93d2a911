// Union-find over small numbers: parent[i] == i at a root.
#pragma once

#include "../array.hpp"

namespace nmc {

// The root of i; the path is halved on the way.
inline i32 find_root(const View<i32, 1> &parent, i32 i) {
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

}  // namespace nmc
