// Face-connected components of equal label, by joining runs of voxels along z.
//
//     column c - 1   |--- 7 ---|-- 2 --|--- 7 ---|       Two runs touch if their ranges along z
//     column c       |-- 7 --|--- 7 -----|-- 2 --|       overlap: both columns are walked at once,
//                    z ->                                and the run that ends first gives way.
#include "../mesh/union.hpp"

namespace nmc {
namespace {

inline i64 smaller(i64 a, i64 b) { return a < b ? a : b; }
inline i64 larger(i64 a, i64 b) { return a > b ? a : b; }

// Where the runs of every column begin; see nmc_runs.
struct Runs {
    i64 depth;
    View<const i64, 1> start;
    View<const i32, 1> first;

    i64 columns() const { return start.length() - 1; }
    // Where run r of column c ends.
    i64 end(i64 c, i64 r) const { return r + 1 < start[c + 1] ? first[r + 1] : depth; }
};

// Call touch(r, s) for the runs r of column c and s of column `other` that overlap.
template <class Touch>
void for_touching(const Runs &runs, i64 c, i64 other, Touch touch) {
    i64 r = runs.start[c], s = runs.start[other];
    while (r < runs.start[c + 1] && s < runs.start[other + 1]) {
        const i64 end = runs.end(c, r), other_end = runs.end(other, s);
        touch(r, s, smaller(end, other_end) - larger(runs.first[r], runs.first[s]));
        r += end <= other_end;
        s += other_end <= end;
    }
}

// Replace the forest of runs, whose roots come first, by numbers of components in the order of
// their roots; return how many there are. Numbers are negative until all are known.
i64 number_roots(const View<i32, 1> &parent) {
    i32 count = 0;
    for (i64 r = 0; r < parent.length(); ++r) {
        if (parent[r] == r) {
            parent[r] = -count - 1;
            ++count;
        } else {
            parent[r] = parent[parent[r]];
        }
    }
    for (i64 r = 0; r < parent.length(); ++r) parent[r] = -parent[r] - 1;
    return count;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_count_runs(const i32_2 *columns_, int64_t a, int64_t b, i64_1 *start_) {
    const auto columns = in(*columns_);
    const auto start = out(*start_);
    for (i64 c = a; c < b; ++c) {
        const auto column = columns.row(c);
        i64 count = 1;
        for (i64 z = 1; z < column.length(); ++z) count += column[z] != column[z - 1];
        start[c + 1] = count;
    }
    return NMC_OK;
}

int nmc_find_runs(const i32_2 *columns_, int64_t a, int64_t b, const i64_1 *start_,
                  i32_1 *first_) {
    const auto columns = in(*columns_);
    const auto start = in(*start_);
    const auto first = out(*first_);
    for (i64 c = a; c < b; ++c) {
        const auto column = columns.row(c);
        i64 r = start[c];
        first[r] = 0;
        for (i64 z = 1; z < column.length(); ++z)
            if (column[z] != column[z - 1]) first[++r] = static_cast<i32>(z);
    }
    return NMC_OK;
}

int nmc_join_runs(const i32_2 *columns_, int64_t width, const i64_1 *start_, const i32_1 *first_,
                  own_i32_1 *component_, own_i64_1 *voxels_, own_i32_1 *label_) {
    const auto columns = in(*columns_);
    const Runs runs{columns.shape[1], in(*start_), in(*first_)};
    Buffer<i32> component(runs.first.length());
    if (!component.ok()) return NMC_NO_MEMORY;
    const auto parent = component.view();
    for (i64 r = 0; r < parent.length(); ++r) parent[r] = static_cast<i32>(r);
    for (i64 c = 0; c < columns.length(); ++c) {
        for (int side = 0; side < 2; ++side) {
            const i64 other = c - (side == 0 ? width : 1);
            if (other < 0 || (side == 1 && c % width == 0)) continue;
            for_touching(runs, c, other, [&](i64 r, i64 s, i64) {
                if (columns(c, runs.first[r]) != columns(other, runs.first[s])) return;
                const i32 p = find_root(parent, static_cast<i32>(r));
                const i32 q = find_root(parent, static_cast<i32>(s));
                // The first run is the root, so that components are numbered in C order.
                parent[larger(p, q)] = static_cast<i32>(smaller(p, q));
            });
        }
    }
    const i64 count = number_roots(parent);
    Buffer<i64> voxels(count, 0);
    Buffer<i32> label(count, 0);
    if (!voxels.ok() || !label.ok()) return NMC_NO_MEMORY;
    for (i64 c = 0; c < columns.length(); ++c) {
        for (i64 r = runs.start[c]; r < runs.start[c + 1]; ++r) {
            voxels[component[r]] += runs.end(c, r) - runs.first[r];
            label[component[r]] = columns(c, runs.first[r]);
        }
    }
    component.give(component_, component.size());
    voxels.give(voxels_, count);
    label.give(label_, count);
    return NMC_OK;
}

int nmc_run_contacts(const nmc_runs *raw, const b8_1 *wanted_, const f64_1 *areas_,
                     own_i64_2 *pairs_, own_f64_1 *sizes_) {
    const Runs runs{raw->depth, in(raw->start), in(raw->first)};
    const auto component = in(raw->component);
    const auto wanted = in(*wanted_);
    const auto areas = in(*areas_);
    Buffer<i64> pairs;
    Buffer<double> sizes;
    const auto add = [&](i64 p, i64 q, double area) {
        if (p == q) return;
        if (wanted[p]) pairs.push(p), pairs.push(q), sizes.push(area);
        if (wanted[q]) pairs.push(q), pairs.push(p), sizes.push(area);
    };
    for (i64 c = 0; c < runs.columns(); ++c) {
        for (int side = 0; side < 2; ++side) {
            const i64 other = c - (side == 0 ? raw->width : 1);
            if (other < 0 || (side == 1 && c % raw->width == 0)) continue;
            for_touching(runs, c, other, [&](i64 r, i64 s, i64 shared) {
                add(component[r], component[s], areas[side] * static_cast<double>(shared));
            });
        }
        for (i64 r = runs.start[c]; r + 1 < runs.start[c + 1]; ++r)
            add(component[r + 1], component[r], areas[2]);
        if (!pairs.ok() || !sizes.ok()) return NMC_NO_MEMORY;
    }
    const i64 count = sizes.size();
    pairs.give(pairs_, count, 2);
    sizes.give(sizes_, count);
    return NMC_OK;
}

int nmc_paint_runs(i32_2 *columns_, const nmc_runs *raw, const i32_1 *owner_, int64_t a,
                   int64_t b) {
    const auto columns = out(*columns_);
    const Runs runs{raw->depth, in(raw->start), in(raw->first)};
    const auto component = in(raw->component);
    const auto owner = in(*owner_);
    for (i64 c = a; c < b; ++c) {
        for (i64 r = runs.start[c]; r < runs.start[c + 1]; ++r) {
            const i32 label = owner[component[r]];
            const i64 end = runs.end(c, r);
            for (i64 z = runs.first[r]; z < end; ++z) columns(c, z) = label;
        }
    }
    return NMC_OK;
}
