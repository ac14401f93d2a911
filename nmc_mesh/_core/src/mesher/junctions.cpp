// Which sets of two, three and four labels meet in the exact diagram: found, not sampled.
//
// First the sets of the mesh are proved, each where the mesh has it: Newton goes on from there, and the
// theorem of covering.hpp says whether what it found is there. Most of the diagram is known by that.
//
// Then a box keeps the labels that no other is proved to be cheaper than in all of it (docs/model.md,
// section 2); only those can meet in it. With few of them left, each set of them is known already, or
// proved not to meet in the box (meeting.hpp), or sought from the box's centre. A box of which that
// leaves nothing needs no more; the others are halved along every axis
//
//     +---------+----+----+
//     |  A B    | AB |ABC |     down to the resolution. What is then still neither found nor
//     |         +----+----+     excluded is undecided, and told so.
//     |         | AC |ABC |
//     +---------+----+----+
//
// All cells outside are one label, 0.
#include "label_sets.hpp"
#include "meeting.hpp"
#include "project.hpp"
#include "sift.hpp"

namespace nmc {

constexpr int FEW = Meeting::MOST;  // labels in a box of which sets are looked at one by one
constexpr int CROWD = 12;    // labels in a last box of which all sets are noted

template <class F>
class Search {
public:
    Search(const F &field, const ShellBounds &shell, double least_half, double reach,
           const SlottedSets &known, Buffer<LabelSet> &sets)
        : field_(field), shell_(shell), least_half_(least_half), reach_(reach), known_(known),
          all_(sets),
          sift_(field, shell) {}

    // Whether a set of a mesh, 0 for outside, is proved to meet near a place; false, too: no memory.
    bool prove(const LabelSet &set, Vec place) {
        const i64 box = field_.box_of(place);
        if (box != box_) {
            i64 at[3];
            Vec centre;
            const double half = field_.cube_of(place, 1, at, centre);
            near_ = sift_.begin(centre, norm(centre) + 2.0 * half + reach_);
            box_ = box;
        }
        Label names[MOST_SET];
        const int count = set.size();
        for (int i = 0; i < count; ++i) {
            names[i] = set.names[i] == 0 ? field_.nearest_outside(place) : set.names[i];
            if (names[i] == 0) return false;
        }
        return sift_.ok() && exists(names, count, place, 0.125 * reach_);
    }

    bool ok() const { return sift_.ok(); }

    // Search a cube with all labels that are near it; false: no memory.
    bool search(Vec centre, double half) {
        sets_.clear();
        near_ = sift_.begin(centre, norm(centre) + 2.0 * half + reach_);
        if (!sift_.ok() || !places_.resize(packs_of(near_.count) * PACK)) return false;
        descend(centre, half, near_);
        return sift_.ok() && sets_.ok() && all_.append(sets_.sets().data(), sets_.size());
    }

private:
    const F &field_;
    const ShellBounds shell_;
    const double least_half_, reach_;
    const SlottedSets known_;  // from the mesh
    i64 box_ = -1;             // whose labels near_ holds
    Buffer<LabelSet> &all_;
    SetTable sets_;          // of this cube
    Sift<F> sift_;
    Pool near_ = {};         // labels that may be cheapest in the cube or within reach of it
    Buffer<i32> places_;     // of those among them that a junction must look at

    void descend(Vec centre, double half, const Pool &above) {
        Side side;
        const Pool mine = sift_.narrow(above, centre, half, side);
        const i64 left = mine.count;
        if (sift_.ok() && side != BEYOND && has_grain(mine) && (left > 1 || side == ACROSS)) {
            const bool last = half * 0.5 < least_half_;
            const bool few = left <= FEW, settled = few && settle(centre, half, mine, side, last);
            if (last && !few) crowd(mine, side);
            if (!settled && !last)
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

    // Whether every set of the labels of a box is known now, or does not meet in it. What is left of the
    // last box is undecided.
    bool settle(Vec centre, double half, const Pool &pool, Side side, bool last) {
        Meeting meeting(centre, half, sift_.margin());
        Label labels[FEW + 1];
        int size = 0;
        for (i64 n = 0; n < pool.count; ++n) {
            labels[size++] = sift_.label(pool, n);
            meeting.add(field_.seed(labels[n]));
        }
        if (side == ACROSS) labels[size++] = -1;
        bool apart[2 << FEW] = {};
        int open[2 << FEW], left = 0;
        for (int bits = 3; bits < 1 << size; ++bits) {
            Label names[MOST_SET] = {EMPTY, EMPTY, EMPTY, EMPTY};
            const int chosen = choose(labels, size, bits, names);
            if (chosen < 2) continue;
            for (int i = 0; i < size; ++i)
                apart[bits] = apart[bits] || (bits >> i & 1 && apart[bits & ~(1 << i)]);
            if (apart[bits] || is_known(LabelSet::of(names, chosen))) continue;
            apart[bits] = bits >> pool.count == 0 && meeting.apart(bits);
            if (!apart[bits]) open[left++] = bits;
        }
        // Where labels meet, fewer of them do, too: the largest sets first.
        bool settled = true;
        for (int of = MOST_SET; of >= 2; --of)
            for (int k = 0; k < left; ++k) {
                Label names[MOST_SET] = {EMPTY, EMPTY, EMPTY, EMPTY};
                if (choose(labels, size, open[k], names) != of || is_known(LabelSet::of(names, of))) continue;
                if (exists(names, of, centre, half)) sets_.note_all(names, of);
                else {
                    settled = false;
                    if (last) note(LabelSet::of(names, of));
                }
            }
        return settled;
    }

    bool is_known(const LabelSet &set) const { return known_.proved(set) || sets_.proved(set); }

    void note(const LabelSet &set) {
        if (!known_.proved(set)) sets_.note(set);
    }

    // The labels of some bits; how many, or 0 if they are no set: too many, or outside twice.
    static int choose(const Label *labels, int size, int bits, Label *names) {
        int chosen = 0, outside = 0;
        for (int i = 0; i < size; ++i) {
            if (!(bits >> i & 1)) continue;
            outside += labels[i] < 0;
            if (chosen == MOST_SET || outside > 1) return 0;
            names[chosen++] = labels[i];
        }
        return chosen;
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
            const LabelSet set = LabelSet::of(names, chosen);
            note(set);
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

static ShellBounds shell_of(const f64_1 &raw) {
    const auto numbers = in(raw);
    return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

static LabelSet set_of(const View<const i32, 2> &rows, i64 n) {
    const i32 *row = rows.row(n).data;
    return {{row[0], row[1], row[2], row[3]}, 0};
}

int nmc_prove_junctions(const nmc_field *raw, const f64_1 *shell, double reach, const i32_2 *sets_,
                        const f64_2 *places_, int64_t first, int64_t last, b8_1 *found_) {
    const auto sets = in(*sets_);
    const auto places = in(*places_);
    const auto found = out(*found_);
    Buffer<LabelSet> none;
    return with_particle_field(*raw, [&](const auto &field) {
        Search search(field, shell_of(*shell), reach, reach, SlottedSets{nullptr, {nullptr, 0}}, none);
        for (i64 n = first; n < last; ++n) {
            found[n] = search.prove(set_of(sets, n), point(places, n));
            if (!search.ok()) return NMC_NO_MEMORY;
        }
        return NMC_OK;
    });
}

int nmc_table_junctions(const i32_2 *sets_, const b8_1 *found_, own_i32_2 *known_, own_i32_1 *slots_) {
    const auto sets = in(*sets_);
    const auto found = in(*found_);
    SetTable table;
    for (i64 n = 0; n < found.length(); ++n) {
        const LabelSet set = set_of(sets, n);
        if (found[n]) table.note_all(set.names, set.size());
    }
    if (!table.ok()) return NMC_NO_MEMORY;
    table.sets().give(known_, table.size(), 5);
    table.slots().give(slots_, table.slots().size());
    return NMC_OK;
}

int nmc_find_junctions(const nmc_field *raw, const f64_1 *shell, double resolution, double reach,
                       const i32_2 *known_, const i32_1 *slots, int64_t first, int64_t last,
                       own_i32_2 *sets_) {
    const auto lower = in(raw->lower), step = in(raw->step);
    const auto shape = in(raw->shape);
    const SlottedSets known = {reinterpret_cast<const LabelSet *>(in(*known_).data), in(*slots).flat()};
    Buffer<LabelSet> sets;
    const int status = with_particle_field(*raw, [&](const auto &field) {
        Search search(field, shell_of(*shell), 0.5 * resolution, reach, known, sets);
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
