// The mark network: what a seed sees, and its layers in single precision.
#pragma once

#include "frame.hpp"

namespace nmc {

// The seeds around some asked ones; see nmc_network_inputs.
struct Surroundings {
    View<const double, 2> seeds, noise;
    View<const double, 1> turns;
    View<const i32, 2> neighbours;
    View<const i64, 1> asked;
    double length, radius;
};

// Write the inputs of the network for the asked seed of number m; `inputs` has `width` places.
void write_inputs(const Surroundings &around, i64 m, float *inputs, i64 width);

}  // namespace nmc
