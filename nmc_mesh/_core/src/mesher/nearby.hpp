// Which labels may own a place near another one: short lists, kept for cubes of a grid.
//
//     +---+---+---+      A list is made when a cube is first asked for: the witness, the cheapest label
//     |   |   |   |      at the cube's centre, is proved cheaper than all that are left out, in the ball
//     +---+-x-+---+      that holds the cube and `reach` around it. It depends on the cube alone, so what
//     |   |   |   |      comes of it does not depend on what was asked before.
#pragma once

#include "covering.hpp"

namespace nmc {

template <class F>
class Nearby {
public:
    Nearby(const F &field, double edge, double reach)
        : field_(field), edge_(edge), reach_(reach), ball_(0.8661 * edge + reach), slots_(SLOTS) {
        if (slots_.ok())
            for (i64 n = 0; n < SLOTS; ++n) slots_[n].count = UNUSED;
    }

    bool ok() const { return slots_.ok() && more_.ok(); }
    double reach() const { return reach_; }

    // The labels that may be the cheapest within reach of a place.
    Span<const Label> at(Vec p) {
        const i64 x = cube_of(p.x), y = cube_of(p.y), z = cube_of(p.z);
        const u64 hash = static_cast<u64>(x) * 73856093u ^ static_cast<u64>(y) * 19349663u ^
                         static_cast<u64>(z) * 83492791u;
        Slot &slot = slots_[static_cast<i64>(hash % SLOTS)];
        if (slot.count == UNUSED || slot.x != x || slot.y != y || slot.z != z) fill(slot, x, y, z);
        if (slot.count <= MOST) return {slot.labels, slot.count};
        more_.resize(0);
        list({middle(x), middle(y), middle(z)}, [&](Label label) { more_.push(label); });
        return {more_.data(), more_.size()};
    }

private:
    static constexpr int SLOTS = 1024, MOST = 26;
    static constexpr i32 UNUSED = -1;
    struct Slot {
        i64 x, y, z;
        i32 count;
        Label labels[MOST];
    };

    const F &field_;
    const double edge_, reach_, ball_;
    Buffer<Slot> slots_;
    Buffer<Label> more_;  // of a cube with too many for a slot

    i64 cube_of(double place) const { return static_cast<i64>(std::floor(place / edge_)); }
    double middle(i64 cube) const { return (static_cast<double>(cube) + 0.5) * edge_; }

    void fill(Slot &slot, i64 x, i64 y, i64 z) const {
        slot.x = x;
        slot.y = y;
        slot.z = z;
        slot.count = 0;
        list({middle(x), middle(y), middle(z)}, [&](Label label) {
            if (slot.count < MOST) slot.labels[slot.count] = label;
            ++slot.count;
        });
    }

    template <class Visit>
    void list(Vec c, Visit &&visit) const {
        const Label witness = field_.cell_at(c).label;
        if (witness == 0) return;
        const Seed &base = field_.seed(witness);
        const Sample own = quadric(base, c);
        field_.for_candidates(c, [&](Label label) {
            if (label == witness || !dearer(field_.seed(label), base, own, c, ball_)) visit(label);
        });
    }
};

}  // namespace nmc
