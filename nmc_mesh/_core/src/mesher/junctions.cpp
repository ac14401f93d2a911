// Which sets of two, three and four labels meet in the exact diagram: found, not sampled.
//
// A box keeps the labels that no other is proved to be cheaper than in all of it (docs/model.md,
// section 2); only those can meet in it. With few of them left, each set is sought by Newton from
// the box's centre, and the theorem of covering.hpp says whether what Newton found is there. A box
// whose sets are all known needs no more; the others are halved along every axis
//
//     +---------+----+----+
//     |  A B    | AB |ABC |     down to the resolution. What is then still neither found nor
//     |         +----+----+     excluded is undecided, and told so.
//     |         | AC |ABC |
//     +---------+----+----+
//
// All cells outside are one label, 0.
#include "covering.hpp"
#include "project.hpp"
#include "sift.hpp"

namespace nmc {

constexpr int MOST_SET = 4;  // labels of a set; with more in a box they cannot all be known
constexpr int FEW = 6;       // labels in a last box among which sets are sought all the same
constexpr int CROWD = 12;    // labels in a last box of which all sets are noted

struct LabelSet {
    Label names[MOST_SET];  // ascending; the rest is EMPTY
    i32 found;              // 1: it exists; 0: undecided
};

static_assert(sizeof(LabelSet) == 5 * sizeof(i32));

static bool same(const LabelSet &a, const LabelSet &b) {
    for (int i = 0; i < MOST_SET; ++i)
        if (a.names[i] != b.names[i]) return false;
    return true;
}

template <class F>
class Search {
public:
    Search(const F &field, const ShellBounds &shell, double least_half, double reach,
           Buffer<LabelSet> &sets)
        : field_(field), shell_(shell), least_half_(least_half), reach_(reach), all_(sets),
          sift_(field, shell) {}

    // Search a cube with all labels that are near it; false: no memory.
    bool search(Vec centre, double half) {
        sets_.resize(0);
        slots_.resize(0);
        near_ = sift_.begin(centre, norm(centre) + 2.0 * half + reach_);
        if (!sift_.ok() || !places_.resize(packs_of(near_.count) * PACK)) return false;
        descend(centre, half, near_);
        return sift_.ok() && sets_.ok() && slots_.ok() && all_.append(sets_.data(), sets_.size());
    }

private:
    const F &field_;
    const ShellBounds shell_;
    const double least_half_, reach_;
    Buffer<LabelSet> &all_;
    Buffer<LabelSet> sets_;  // of this cube
    Sift<F> sift_;
    Pool near_ = {};         // labels that may be cheapest in the cube or within reach of it
    Buffer<i32> places_;     // of those among them that a junction must look at
    Buffer<i32> slots_;      // place in sets_ by hash, or less than 0

    void descend(Vec centre, double half, const Pool &above) {
        Side side;
        const Pool mine = sift_.narrow(above, centre, half, side);
        const i64 left = mine.count;
        if (sift_.ok() && side != BEYOND && has_grain(mine) && (left > 1 || side == ACROSS)) {
            const bool last = half * 0.5 < least_half_;
            const bool all_known = left <= (last ? FEW : MOST_SET) &&
                                   seek(centre, half, mine, side, last);
            if (!all_known && last && left > FEW) crowd(mine, side);
            if (!all_known && !last)
                for (int corner = 0; corner < 8; ++corner) {
                    const double h = 0.5 * half;
                    const Vec to = {corner & 1 ? h : -h, corner & 2 ? h : -h, corner & 4 ? h : -h};
                    descend(centre + to, h, mine);
                }
        }
        sift_.drop(mine);
    }

    bool has_grain(const Pool &pool) const {
        for (i64 n = 0; n < pool.count; ++n)
            if (sift_.label(pool, n) > 0) return true;
        return false;
    }

    // Seek every set of the labels of a box; whether all are known now. Those that are not are
    // noted as undecided if the box is the last.
    bool seek(Vec centre, double half, const Pool &pool, Side side, bool last) {
        Label labels[FEW + 1];
        int size = 0;
        for (i64 n = 0; n < pool.count; ++n) labels[size++] = sift_.label(pool, n);
        if (side == ACROSS) labels[size++] = -1;
        bool all_known = true;
        for (int bits = 3; bits < 1 << size; ++bits) {
            Label names[MOST_SET] = {EMPTY, EMPTY, EMPTY, EMPTY};
            int chosen = 0, outside = 0;
            bool fits = true;
            for (int i = 0; i < size && fits; ++i) {
                if (!(bits >> i & 1)) continue;
                outside += labels[i] < 0;
                fits = chosen < MOST_SET && outside < 2;
                if (fits) names[chosen++] = labels[i];
            }
            if (!fits || chosen < 2) continue;
            LabelSet set = set_of(names, chosen);
            const i64 place = place_of(set);
            if (place >= 0 && sets_[place].found) continue;
            set.found = exists(names, chosen, centre, half);
            if (!set.found) all_known = false;
            if (set.found || last) note(set, place);
        }
        return all_known;
    }

    // Too many labels in a box of the last size to seek what they do: every set of them is undecided,
    // unless known; with more than CROWD of them, every pair.
    void crowd(const Pool &pool, Side side) {
        const i64 all = pool.count + (side == ACROSS);
        const int most_set = all <= CROWD ? MOST_SET : 2;
        Label names[MOST_SET] = {EMPTY, EMPTY, EMPTY, EMPTY};
        leave(pool, all, 0, names, 0, most_set);
    }

    // Note the sets that begin with the `chosen` names and go on with labels from the n-th up.
    void leave(const Pool &pool, i64 all, i64 n, Label *names, int chosen, int most_set) {
        if (chosen >= 2) {
            const LabelSet set = set_of(names, chosen);
            if (place_of(set) < 0) note(set, -1);
        }
        if (chosen == most_set) return;
        for (; n < all; ++n) {
            const Label label = n < pool.count ? sift_.label(pool, n) : -1;
            bool second = false;  // of outside
            for (int i = 0; i < chosen; ++i) second = second || (label < 0 && names[i] < 0);
            if (second) continue;
            names[chosen] = label;
            leave(pool, all, n + 1, names, chosen + 1, most_set);
        }
    }

    // Labels ascending, with 0 for outside.
    static LabelSet set_of(const Label *names, int count) {
        LabelSet set = {{EMPTY, EMPTY, EMPTY, EMPTY}, 0};
        for (int i = 0; i < count; ++i) {
            const Label name = names[i] < 0 ? 0 : names[i];
            int k = i;
            for (; k > 0 && set.names[k - 1] > name; --k) set.names[k] = set.names[k - 1];
            set.names[k] = name;
        }
        return set;
    }

    // The slot that holds a set, or the free one where it belongs.
    i64 slot_of(const LabelSet &set) const {
        u64 hash = 0;
        for (int i = 0; i < MOST_SET; ++i)
            hash = (hash ^ static_cast<u32>(set.names[i])) * 0x9E3779B97F4A7C15u;
        const i64 mask = slots_.size() - 1;
        i64 slot = static_cast<i64>(hash >> 32) & mask;
        while (slots_[slot] >= 0 && !same(sets_[slots_[slot]], set)) slot = (slot + 1) & mask;
        return slot;
    }

    i64 place_of(const LabelSet &set) const { return slots_.size() > 0 ? slots_[slot_of(set)] : -1; }

    void note(const LabelSet &set, i64 place) {
        if (place >= 0) {
            sets_[place].found = sets_[place].found | set.found;
            return;
        }
        if (!sets_.push(set)) return;
        if (2 * sets_.size() > slots_.size()) {
            const i64 size = slots_.size() > 0 ? 2 * slots_.size() : 256;
            if (!slots_.resize(size)) return;
            for (i64 n = 0; n < size; ++n) slots_[n] = -1;
            for (i64 n = 0; n < sets_.size(); ++n) slots_[slot_of(sets_[n])] = static_cast<i32>(n);
        } else {
            slots_[slot_of(set)] = static_cast<i32>(sets_.size() - 1);
        }
    }

    // Whether the labels meet near a place, by Newton and the theorem; all others are dearer there.
    bool exists(const Label *names, int count, Vec place, double half) {
        Label grain = EMPTY;
        for (int i = 0; i < count; ++i)
            if (names[i] > 0) grain = names[i];
        if (grain == EMPTY) return false;
        const Vec start = place;
        if (!project(field_, names, count, place, least(4.0 * half, 0.5 * reach_))) return false;
        if (!(norm(place - start) <= 0.5 * reach_)) return false;
        Piece<1> piece;
        piece.control[0] = place;
        piece.close();
        const Seed &base = field_.seed(grain);
        const Spread<1> own = spread(base, piece);
        const double around = 0.01 * reach_;
        Gap gaps[MOST_SET];
        int used = 0;
        bool walled = false;
        for (int i = 0; i < count; ++i) {
            if (names[i] == grain) continue;
            gaps[used++] = gap_of(names[i], piece, base, own, around);
            walled = walled || (F::BOUNDED && names[i] == -1);
        }
        const double rho = covering(gaps, used, used);
        if (!(rho <= around)) return false;
        const i64 rivals = rivals_at(place, grain, around);
        for (i64 n = 0; n < rivals; ++n) {
            const Label rival = sift_.label(near_, places_[n]);
            bool held = rival == grain;
            for (int i = 0; i < count; ++i) held = held || names[i] == rival;
            if (!held && !(gap_of(rival, piece, base, own, around).least_within(rho) > 0.0))
                return false;
        }
        if constexpr (F::BOUNDED)
            if (!walled && !(gap_of(-1, piece, base, own, around).least_within(rho) > 0.0))
                return false;
        return true;
    }

    // Write the places in near_ of those that a grain is not proved to undercut close to a place.
    i64 rivals_at(Vec place, Label grain, double around) {
        const Block block = {{place.x, place.y, place.z}, {around, around, around}};
        return sift_.rivals(near_, seen_from(place, field_.seed(grain)), block, places_);
    }

    Gap gap_of(Label label, const Piece<1> &piece, const Seed &base, const Spread<1> &own,
               double around) const {
        if constexpr (F::BOUNDED)
            if (label == -1) return gap_to_domain_boundary(field_, shell_, piece, around);
        const Seed &seed = field_.seed(label);
        return gap_between(label, spread(seed, piece), own, bend_of(base, seed));
    }
};

}  // namespace nmc

using namespace nmc;

int nmc_find_junctions(const nmc_field *raw, const f64_1 *shell_, double resolution, double reach,
                       int64_t first, int64_t last, own_i32_2 *sets_) {
    const auto numbers = in(*shell_);
    const ShellBounds shell = {numbers[0], numbers[1], numbers[2], numbers[3]};
    const auto lower = in(raw->lower), step = in(raw->step);
    const auto shape = in(raw->shape);
    Buffer<LabelSet> sets;
    const int status = with_particle_field(*raw, [&](const auto &field) {
        Search search(field, shell, 0.5 * resolution, reach, sets);
        for (i64 box = first; box < last; ++box) {
            const i64 at[3] = {box / (shape[1] * shape[2]), box / shape[2] % shape[1],
                               box % shape[2]};
            double c[3];
            for (int axis = 0; axis < 3; ++axis)
                c[axis] = lower[axis] + (static_cast<double>(at[axis]) + 0.5) * step[axis];
            if (!search.search({c[0], c[1], c[2]}, 0.5 * step[0])) return NMC_NO_MEMORY;
        }
        return NMC_OK;
    });
    if (status == NMC_OK) sets.give(sets_, sets.size(), 5);
    return status;
}
