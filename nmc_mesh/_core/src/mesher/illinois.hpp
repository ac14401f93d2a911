// The root of a function on [0, 1] by Illinois: regula falsi, where the value at an end that stays
// twice running is halved, so that the bracket shrinks from both sides.
#pragma once

#include "../vec.hpp"

namespace nmc {

// t with value(t) = 0; low = value(0) <= 0 and high = value(1) >= 0. It ends after `steps` steps,
// or where stop(now, a, b, t) says so: now = value(t), and [a, b] the bracket that t came from.
template <class Value, class Stop>
double illinois(double low, double high, int steps, Value value, Stop stop) {
    double a = 0.0, b = 1.0, t = 0.5;
    int stayed = 0;  // -1: the upper end the last time, 1: the lower one
    for (int turn = 0; turn < steps; ++turn) {
        t = high > low ? (a * high - b * low) / (high - low) : 0.5 * (a + b);
        const double now = value(t);
        if (stop(now, a, b, t)) break;
        if (!(now < 0.0)) {
            b = t;
            high = now;
            if (stayed == 1) low *= 0.5;
            stayed = 1;
        } else {
            a = t;
            low = now;
            if (stayed == -1) high *= 0.5;
            stayed = -1;
        }
    }
    return t;
}

}  // namespace nmc
