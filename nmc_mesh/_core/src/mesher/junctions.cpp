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

namespace nmc {

constexpr int MOST_SET = 4;  // labels of a set; with more in a box they cannot all be known
constexpr int FEW = 6;       // labels in a last box among which sets are sought all the same

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
        : field_(field), shell_(shell), least_half_(least_half), reach_(reach), all_(sets) {}

    // Search a cube with all labels that are near it; false: no memory.
    bool search(Vec centre, double half) {
        near_.resize(0);
        sets_.resize(0);
        field_.for_candidates(centre, [&](Label label) { near_.push(label); });
        pool_.resize(0);
        for (i64 n = 0; n < near_.size(); ++n) pool_.push(near_[n]);
        if (!near_.ok() || !pool_.ok()) return false;
        descend(centre, half, 0, near_.size());
        return pool_.ok() && sets_.ok() && all_.append(sets_.data(), sets_.size());
    }

private:
    const F &field_;
    const ShellBounds shell_;
    const double least_half_, reach_;
    Buffer<LabelSet> &all_;
    Buffer<LabelSet> sets_;  // of this cube
    Buffer<Label> near_;     // labels that may be cheapest in the cube or within reach of it
    Buffer<Label> pool_;     // a stack: the labels of the boxes on the way down

    // The labels of the box above are pool_[first ... first + count - 1].
    void descend(Vec centre, double half, i64 first, i64 count) {
        const i64 mine = pool_.size();
        const Side side = sift(centre, half, first, count);
        const i64 left = pool_.size() - mine;
        if (side != BEYOND && has_grain(mine, left) && (left > 1 || side == ACROSS)) {
            const bool last = half * 0.5 < least_half_;
            const bool all_known = left <= (last ? FEW : MOST_SET) &&
                                   seek(centre, half, mine, left, side, last);
            if (!all_known && last && left > FEW) crowd(mine, left, side);
            if (!all_known && !last)
                for (int corner = 0; corner < 8; ++corner) {
                    const double h = 0.5 * half;
                    const Vec to = {corner & 1 ? h : -h, corner & 2 ? h : -h, corner & 4 ? h : -h};
                    descend(centre + to, h, mine, left);
                }
        }
        pool_.resize(mine);
    }

    enum Side { INSIDE, ACROSS, BEYOND };  // of the shell

    // Push the labels that none of the others is cheaper than in all of the box.
    Side sift(Vec c, double half, i64 first, i64 count) {
        const double r = half * 1.7320508075688773;
        double cheapest = NEVER;
        Label witness = EMPTY;
        for (i64 n = first; n < first + count; ++n) {
            const double q = quadric(field_.seed(pool_[n]), c).value;
            if (q < cheapest) {
                cheapest = q;
                witness = pool_[n];
            }
        }
        if (witness == EMPTY) return INSIDE;
        const Seed &base = field_.seed(witness);
        const Sample own = quadric(base, c);
        for (i64 n = first; n < first + count; ++n) {
            const Label label = pool_[n];
            if (label != witness) {
                const Seed &seed = field_.seed(label);
                const Sample its = quadric(seed, c);
                const Vec slope = its.gradient - own.gradient;
                const double sway =
                    half * (std::fabs(slope.x) + std::fabs(slope.y) + std::fabs(slope.z)) +
                    0.5 * r * r * bend_of(base, seed);
                const double guard =
                    1e-12 * (std::fabs(its.value) + std::fabs(own.value) + 1.0);
                if (its.value - own.value - sway > guard) continue;
            }
            pool_.push(label);
        }
        if constexpr (F::BOUNDED) {
            Piece<1> piece;
            piece.control[0] = c;
            piece.close();
            const Gap gap = gap_to_domain_boundary(field_, shell_, piece, r);
            if (gap.least_within(r) > 0.0) return INSIDE;
            const double steep = norm(gap.slope) + gap.turn + 0.5 * gap.bend * r;
            return gap.high + r * steep < 0.0 ? BEYOND : ACROSS;
        }
        return INSIDE;
    }

    bool has_grain(i64 first, i64 count) const {
        for (i64 n = first; n < first + count; ++n)
            if (pool_[n] > 0) return true;
        return false;
    }

    // Seek every set of the labels of a box; whether all are known now. Those that are not are
    // noted as undecided if the box is the last.
    bool seek(Vec centre, double half, i64 first, i64 count, Side side, bool last) {
        Label labels[FEW + 1];
        int size = 0;
        for (i64 n = first; n < first + count; ++n) labels[size++] = pool_[n];
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

    // Too many labels in a box of the last size: every pair of them is undecided, unless known.
    void crowd(i64 first, i64 count, Side side) {
        for (i64 i = first; i < first + count; ++i)
            for (i64 j = i + 1; j < first + count + (side == ACROSS); ++j) {
                Label names[MOST_SET] = {pool_[i], j < first + count ? pool_[j] : -1, EMPTY, EMPTY};
                if (names[0] < 0 && names[1] < 0) continue;
                const LabelSet set = set_of(names, 2);
                if (place_of(set) < 0) note(set, -1);
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

    i64 place_of(const LabelSet &set) const {
        for (i64 n = 0; n < sets_.size(); ++n)
            if (same(sets_[n], set)) return n;
        return -1;
    }

    void note(const LabelSet &set, i64 place) {
        if (place < 0) sets_.push(set);
        else sets_[place].found = sets_[place].found | set.found;
    }

    // Whether the labels meet near a place, by Newton and the theorem; all others are dearer there.
    bool exists(const Label *names, int count, Vec place, double half) const {
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
        for (i64 n = 0; n < near_.size(); ++n) {
            bool held = false;
            for (int i = 0; i < count; ++i) held = held || names[i] == near_[n];
            if (!held && !(gap_of(near_[n], piece, base, own, around).least_within(rho) > 0.0))
                return false;
        }
        if constexpr (F::BOUNDED)
            if (!walled && !(gap_of(-1, piece, base, own, around).least_within(rho) > 0.0))
                return false;
        return true;
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
