// Orientations exchanged between grains until neighbours are misoriented as often as they should be.
//
// Grain g has the orientation F_g l_g: a frame of its own, which stays, and what lies in it, which
// two grains exchange. A turn s about the crystal's c axis may come with it: F_i l_j s. A pair of
// neighbours falls into the class of its disorientation; the cosine of half of it is the largest
// |<q_a, q_b g>| over the rotations g, so classes are told without an arc cosine.
#include <cmath>

#include "../array.hpp"

namespace nmc {
namespace {

struct Turn {
    double w, x, y, z;
};

Turn turn(const View<const double, 2> &rows, i64 i) {
    return {rows(i, 0), rows(i, 1), rows(i, 2), rows(i, 3)};
}

Turn operator*(const Turn &a, const Turn &b) {
    return {a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z,
            a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
            a.w * b.y + a.y * b.w + a.z * b.x - a.x * b.z,
            a.w * b.z + a.z * b.w + a.x * b.y - a.y * b.x};
}

struct Given {
    View<const i64, 1> starts;
    View<const i32, 1> others, pairs;
    View<const double, 1> areas;
    View<const double, 2> group;
    View<const double, 1> cosines, target;
};

// Class of the disorientation of two grains; cosines of half the upper ends descend.
i32 class_of(const Given &given, const Turn &a, const Turn &b) {
    const Turn between = Turn{a.w, -a.x, -a.y, -a.z} * b;
    double closest = 0.0;
    for (i64 g = 0; g < given.group.length(); ++g) {
        const Turn r = turn(given.group, g);
        double dot = r.w * between.w + r.x * between.x + r.y * between.y + r.z * between.z;
        if (dot < 0) dot = -dot;
        if (dot > closest) closest = dot;
    }
    const i64 last = given.cosines.length() - 1;
    i64 low = 0, high = last;
    while (low < high) {
        const i64 middle = (low + high) / 2;
        if (closest >= given.cosines[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return static_cast<i32>(low);
}

// Mean square of the difference of the shares up to each class.
double misfit(const Given &given, const Buffer<double> &shares) {
    double sum = 0.0, total = 0.0;
    const i64 count = given.target.length();
    for (i64 k = 0; k < count; ++k) {
        sum += shares[k] - given.target[k];
        total += sum * sum;
    }
    return total / static_cast<double>(count);
}

struct Change {
    i32 pair, kind;
};

// Classes of the pairs of grain i if it had the orientation q, and grain j the orientation p.
bool regard(const Given &given, i64 i, const Turn &q, i64 j, const Turn &p,
            const Buffer<Turn> &turns, bool both, Buffer<Change> &changes) {
    for (i64 e = given.starts[i]; e < given.starts[i + 1]; ++e) {
        const i64 other = given.others[e];
        if (other == j && !both) continue;
        const Turn &beside = other == j ? p : turns[other];
        if (!changes.push({given.pairs[e], class_of(given, q, beside)})) return false;
    }
    return true;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_exchange_orientations(f64_2 *local_, const f64_2 *frames_, const i64_1 *starts_,
                              const i32_1 *others_, const i32_1 *pairs_, const f64_1 *areas_,
                              const f64_2 *group_, const f64_1 *cosines_, const f64_1 *target_,
                              const i32_2 *grains_, const f64_2 *spins_, const f64_1 *levels_,
                              double *left) {
    const Given given{in(*starts_), in(*others_), in(*pairs_),  in(*areas_),
                      in(*group_),  in(*cosines_), in(*target_)};
    const auto local = out(*local_);
    const auto frames = in(*frames_), spins = in(*spins_);
    const auto grains = in(*grains_);
    const auto levels = in(*levels_);
    const i64 count = local.length(), pair_count = given.areas.length();
    Buffer<Turn> own(count), turns(count);
    Buffer<i32> kinds(pair_count);
    Buffer<double> shares(given.target.length());
    Buffer<Change> changes;
    if (!own.ok() || !turns.ok() || !kinds.ok() || !shares.ok()) return NMC_NO_MEMORY;
    for (i64 i = 0; i < count; ++i) {
        own[i] = turn(View<const double, 2>(*local_), i);
        turns[i] = turn(frames, i) * own[i];
    }
    for (i64 k = 0; k < shares.size(); ++k) shares[k] = 0.0;
    for (i64 i = 0; i < count; ++i)
        for (i64 e = given.starts[i]; e < given.starts[i + 1]; ++e) {
            if (given.others[e] < i) continue;
            const i32 kind = class_of(given, turns[i], turns[given.others[e]]);
            kinds[given.pairs[e]] = kind;
            shares[kind] += given.areas[given.pairs[e]];
        }
    double now = misfit(given, shares);
    for (i64 step = 0; step < grains.length(); ++step) {
        const i64 i = grains(step, 0), j = grains(step, 1);
        const Turn first{spins(step, 0), 0.0, 0.0, spins(step, 1)};
        const Turn second{spins(step, 2), 0.0, 0.0, spins(step, 3)};
        const Turn here = own[j] * first, there = own[i] * second;
        const Turn q = turn(frames, i) * here, p = turn(frames, j) * there;
        changes.resize(0);
        if (!regard(given, i, q, j, p, turns, true, changes)) return NMC_NO_MEMORY;
        if (i != j && !regard(given, j, p, i, q, turns, false, changes)) return NMC_NO_MEMORY;
        for (i64 c = 0; c < changes.size(); ++c) {
            const double area = given.areas[changes[c].pair];
            shares[kinds[changes[c].pair]] -= area;
            shares[changes[c].kind] += area;
        }
        const double then = misfit(given, shares);
        if (then - now <= levels[step]) {
            now = then;
            own[i] = here;
            turns[i] = q;
            if (i != j) {
                own[j] = there;
                turns[j] = p;
            }
            for (i64 c = 0; c < changes.size(); ++c) kinds[changes[c].pair] = changes[c].kind;
            continue;
        }
        for (i64 c = 0; c < changes.size(); ++c) {
            const double area = given.areas[changes[c].pair];
            shares[changes[c].kind] -= area;
            shares[kinds[changes[c].pair]] += area;
        }
    }
    for (i64 i = 0; i < count; ++i) {
        const Turn &l = own[i];
        const double size = std::sqrt(l.w * l.w + l.x * l.x + l.y * l.y + l.z * l.z);
        local(i, 0) = l.w / size;
        local(i, 1) = l.x / size;
        local(i, 2) = l.y / size;
        local(i, 3) = l.z / size;
    }
    *left = now;
    return NMC_OK;
}
