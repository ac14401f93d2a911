// Sets of two to four labels, and tables that find them by hash.
#pragma once

#include "label.hpp"

namespace nmc {

constexpr int MOST_SET = 4;  // labels of a set

struct LabelSet {
    Label names[MOST_SET];  // ascending, 0 for outside; the rest is EMPTY
    i32 found;              // 1: it exists; 0: undecided

    // Of labels in any order; those outside are below 0.
    static LabelSet of(const Label *names, int count) {
        LabelSet set = {{EMPTY, EMPTY, EMPTY, EMPTY}, 0};
        for (int i = 0; i < count; ++i) {
            const Label name = names[i] < 0 ? 0 : names[i];
            int k = i;
            for (; k > 0 && set.names[k - 1] > name; --k) set.names[k] = set.names[k - 1];
            set.names[k] = name;
        }
        return set;
    }

    int size() const {
        int count = 0;
        while (count < MOST_SET && names[count] != EMPTY) ++count;
        return count;
    }

    u64 hash() const {
        u64 mixed = 0;
        for (const Label name : names) mixed = (mixed ^ static_cast<u32>(name)) * 0x9E3779B97F4A7C15u;
        return mixed >> 32;
    }

    friend bool same(const LabelSet &a, const LabelSet &b) {
        for (int i = 0; i < MOST_SET; ++i)
            if (a.names[i] != b.names[i]) return false;
        return true;
    }
};

static_assert(sizeof(LabelSet) == 5 * sizeof(i32));

// Sets and where they are by their hashes: places in a row of sets, less than 0 in free slots, whose number
// is a power of two (or none).
struct SlottedSets {
    const LabelSet *sets;
    Span<const i32> slots;

    // The slot that holds a set, or the free one where it belongs.
    i64 slot_of(const LabelSet &set) const {
        const i64 mask = slots.length - 1;
        i64 slot = static_cast<i64>(set.hash()) & mask;
        while (at(slots, slot) >= 0 && !same(sets[at(slots, slot)], set)) slot = (slot + 1) & mask;
        return slot;
    }
    i64 place_of(const LabelSet &set) const { return slots.length > 0 ? at(slots, slot_of(set)) : -1; }
    bool proved(const LabelSet &set) const {
        const i64 place = place_of(set);
        return place >= 0 && sets[place].found;
    }
};

// The same, growing.
class SetTable {
public:
    bool ok() const { return sets_.ok() && slots_.ok(); }
    i64 size() const { return sets_.size(); }
    const LabelSet &operator[](i64 place) const { return sets_[place]; }
    bool proved(const LabelSet &set) const { return view().proved(set); }

    void clear() {
        sets_.resize(0);
        slots_.resize(0);
    }

    void note(const LabelSet &set) {
        const i64 slot = slots_.size() > 0 ? view().slot_of(set) : -1;
        if (slot >= 0 && slots_[slot] >= 0) {
            LabelSet &known = sets_[slots_[slot]];
            known.found = known.found | set.found;
            return;
        }
        if (!sets_.push(set)) return;
        if (2 * sets_.size() <= slots_.size()) {
            slots_[slot] = static_cast<i32>(sets_.size() - 1);
            return;
        }
        const i64 room = slots_.size() > 0 ? 2 * slots_.size() : 256;
        if (!slots_.resize(room)) return;
        for (i64 n = 0; n < room; ++n) slots_[n] = -1;
        for (i64 n = 0; n < sets_.size(); ++n) slots_[view().slot_of(sets_[n])] = static_cast<i32>(n);
    }

    // Note that labels meet, and any of them: where a junction is proved, the theorem of covering.hpp finds
    // a place close by where only some of the labels are equal and the others a little dearer.
    void note_all(const Label *names, int count) {
        for (int bits = 3; bits < 1 << count; ++bits) {
            Label some[MOST_SET];
            int chosen = 0;
            for (int i = 0; i < count; ++i)
                if (bits >> i & 1) some[chosen++] = names[i];
            if (chosen < 2) continue;
            LabelSet set = LabelSet::of(some, chosen);
            set.found = 1;
            note(set);
        }
    }

    Buffer<LabelSet> &sets() { return sets_; }
    Buffer<i32> &slots() { return slots_; }

private:
    Buffer<LabelSet> sets_;
    Buffer<i32> slots_;

    SlottedSets view() const { return {sets_.span().data, slots_.span()}; }
};

}  // namespace nmc
