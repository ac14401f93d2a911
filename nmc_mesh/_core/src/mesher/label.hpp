// Labels: grains from 1 up, 0 what a dropped grain leaves behind, cells outside and domain
// boundaries below 0.
#pragma once

#include "../vec.hpp"

namespace nmc {

using Label = i32;

// No label: fills up a vertex's set of labels.
constexpr Label EMPTY = INT32_MIN;

// A function F_l, or a distance, at a place.
struct Sample {
    double value;
    Vec gradient;
};

// What is the least, or the farthest, at a place, and its value there.
struct Pick {
    Label label;
    double value;
};

}  // namespace nmc
