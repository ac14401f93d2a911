// Candidate lists of boxes: from the seed tree to root blocks, then down an octree to the boxes.
//
//     +-------------------+    level 0: a root block, about two grains wide; its list comes from
//     |         |    |    |             the tree of seeds (gather)
//     |         |----+----|    level 1: one eighth of it; its list is what remains of the root's
//     |         |    |  . |             (narrow)
//     +---------+---------+    ...
//     |         |         |    level L: a box; its list is written out
//     |         |         |
//     +-------------------+    Boxes are visited in Morton order, so that the lists on the way from
//                              the root to a box (one per level) serve its neighbours too.
//
// Witness dominance (docs/model.md, section 2; ours): let w be the cheapest candidate at the centre c of a
// box with half sizes h, A = M_i, W = M_w and Delta = q_i - q_w. Everywhere in the box
//
//     Delta >= Delta(c) - sum_k |dDelta_k(c)| h_k - sum_k max(0, (W - A)_kk) h_k^2
//              - 2 sum_{k<l} |(A - W)_kl| h_k h_l,
//
// so seed i is nowhere the cheapest if that is positive. The linear terms cancel inside Delta,
// which makes the bound far sharper than bounds of the two costs alone.
#include "packs.hpp"
#include "tree.hpp"

namespace nmc {
namespace {

struct Cell {
    i64 at[3];
};

Vec centre_of(const Block &block) { return {block.centre[0], block.centre[1], block.centre[2]}; }
Vec half_of(const Block &block) { return {block.half[0], block.half[1], block.half[2]}; }

// An upper bound of q_w over a block.
double greatest_in(const Witness &w, const Block &block) {
    const double *h = block.half;
    const double linear = magnitude(w.p) * h[0] + magnitude(w.q) * h[1] + magnitude(w.r) * h[2];
    const double mixed = magnitude(w.m01) * h[0] * h[1] + magnitude(w.m02) * h[0] * h[2] +
                         magnitude(w.m12) * h[1] * h[2];
    const double square = w.m00 * h[0] * h[0] + w.m11 * h[1] * h[1] + w.m22 * h[2] * h[2];
    return w.cost + 2.0 * (linear + mixed) + square;
}

// Shell's method: lists are short, and no two entries are equal.
void sort(i32 *values, i64 size) {
    i64 gap = 1;
    while (3 * gap < size) gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3) {
        for (i64 k = gap; k < size; ++k) {
            const i32 value = values[k];
            i64 j = k;
            for (; j >= gap && values[j - gap] > value; j -= gap) values[j] = values[j - gap];
            values[j] = value;
        }
    }
}

// The cell of Morton number t in a cube of 2^level cells per axis: the bits of x, y, z interleaved,
// z lowest.
Cell morton_cell(i64 t, i64 level) {
    Cell cell{};
    for (i64 bit = 0; bit < level; ++bit) {
        cell.at[0] |= ((t >> (3 * bit + 2)) & 1) << bit;
        cell.at[1] |= ((t >> (3 * bit + 1)) & 1) << bit;
        cell.at[2] |= ((t >> (3 * bit)) & 1) << bit;
    }
    return cell;
}

// The grid of boxes and its root blocks.
struct Grid {
    View<const double, 1> lower, box, slack;
    View<const i64, 1> shape;
    i64 levels;

    // Number of root blocks along y and z.
    i64 roots(int axis) const { return (shape[axis] + (i64{1} << levels) - 1) >> levels; }
    Cell root(i64 block) const {
        const i64 across = roots(1), deep = roots(2);
        return {{block / (across * deep), block / deep % across, block % deep}};
    }
    // Block `cell` of 2^up boxes along every axis.
    Block block(const Cell &cell, i64 up) const {
        Block block;
        for (int k = 0; k < 3; ++k) {
            const double edge = box[k] * static_cast<double>(i64{1} << up);
            block.centre[k] = lower[k] + (static_cast<double>(cell.at[k]) + 0.5) * edge;
            block.half[k] = 0.5 * edge + slack[k];
        }
        return block;
    }
    i64 number(const Cell &cell) const {
        return (cell.at[0] * shape[1] + cell.at[1]) * shape[2] + cell.at[2];
    }
};

// The candidates of a root block: those that may be cheapest somewhere in it, in ascending order.
class Root {
public:
    explicit Root(const Tree &tree) : tree_(tree) {}

    const Buffer<i32> &seeds() const { return seeds_; }

    // The witness is the seed at `best` in tree order. A node is left out if its lower bound lies
    // above the witness everywhere; a seed if the witness dominates it. False: no memory.
    bool gather(i64 best, const Block &block, double margin) {
        Pack one;
        put(seed_at(tree_.rows, best), {&one, 1}, 0);
        const Witness w = witness(one, 0, block.centre);
        if (!collect(block, greatest_in(w, block) + margin)) return false;
        const i64 count = firsts_.size();
        if (!seeds_.resize(count * PACK)) return false;
        const i64 kept = undominated(constant(leaves_.span()), w, block, margin, seeds_.span());
        for (i64 k = 0; k < kept; ++k)
            seeds_[k] = tree_.order[firsts_[seeds_[k] / PACK] + seeds_[k] % PACK];
        seeds_.resize(kept);
        sort(seeds_.data(), kept);
        return true;
    }

private:
    // Collect the leaves whose lower bound does not exceed the ceiling.
    bool collect(const Block &block, double ceiling) {
        const Vec c = centre_of(block), h = half_of(block);
        const i64 inner = tree_.span.length() / 2;
        i64 stack[DEEP];
        int top = 0;
        stack[top++] = 0;
        leaves_.resize(0);
        firsts_.resize(0);
        while (top > 0) {
            const i64 k = stack[--top];
            if (lower_bound(tree_.nodes, k, c, h) > ceiling) continue;
            if (k < inner) {
                stack[top++] = 2 * k + 2;
                stack[top++] = 2 * k + 1;
                continue;
            }
            const i64 end = tree_.span(k, 1);
            for (i64 first = tree_.span(k, 0); first < end; first += PACK) {
                const i64 size = end - first < PACK ? end - first : PACK;
                Pack pack;
                for (i64 j = 0; j < size; ++j) put(seed_at(tree_.rows, first + j), {&pack, 1}, j);
                pad({&pack, 1}, size);
                if (!leaves_.push(pack) || !firsts_.push(first)) return false;
            }
        }
        return true;
    }

    const Tree &tree_;
    Buffer<Pack> leaves_;
    Buffer<i64> firsts_;  // of every pack of leaves_: the place in tree order of its first seed
    Buffer<i32> seeds_;
};

// The lists on the way from a root block to a box, one per level, and their rows in packs.
class Levels {
public:
    explicit Levels(i64 levels) : last_(levels), sizes_(levels + 1, 0) {}

    bool ok() const { return sizes_.ok(); }
    const i32 *seeds(i64 level) const { return seeds_.data() + level * most_; }
    i64 size(i64 level) const { return sizes_[level]; }

    // Begin with the list of a root block. False: no memory.
    bool begin(const View<const double, 2> &rows, const Buffer<i32> &list) {
        most_ = packs_of(list.size()) * PACK;
        if (!seeds_.resize((last_ + 1) * most_) || !places_.resize(most_) ||
            !packs_.resize((last_ + 1) * packs_of(most_)))
            return false;
        sizes_[0] = list.size();
        for (i64 k = 0; k < list.size(); ++k) {
            seeds_[k] = list[k];
            put(seed_at(rows, list[k]), packs(0), k);
        }
        pad(packs(0), list.size());
        return true;
    }

    // Keep of the list above what its cheapest seed in the centre of a block does not dominate.
    void narrow(i64 level, const Block &block, double margin) {
        const i64 size = sizes_[level - 1];
        const auto above = constant(part(packs(level - 1), 0, packs_of(size)));
        const auto longer = part(seeds_.span(), (level - 1) * most_, most_);
        const auto list = part(seeds_.span(), level * most_, most_);
        if (size == 1) {
            sizes_[level] = 1;
            at(list, 0) = at(longer, 0);
            return;
        }
        const i64 best = cheapest_of(above, block);
        const Witness w =
            witness(at(above, best / PACK), static_cast<int>(best % PACK), block.centre);
        const i64 kept = undominated(above, w, block, margin, places_.span());
        sizes_[level] = kept;
        for (i64 k = 0; k < kept; ++k) at(list, k) = at(longer, places_[k]);
        if (level == last_ || kept == 1) return;  // nobody will read the rows
        const Span<Pack> here = packs(level);
        for (i64 k = 0; k < kept; ++k) {
            const i32 place = places_[k];
            for (int c = 0; c < COLUMNS; ++c)
                at(here, k / PACK).column[c][k % PACK] =
                    at(above, place / PACK).column[c][place % PACK];
        }
        pad(here, kept);
    }

private:
    Span<Pack> packs(i64 level) {
        return part(packs_.span(), level * packs_of(most_), packs_of(most_));
    }

    i64 last_, most_ = 0;
    Buffer<i64> sizes_;
    Buffer<i32> seeds_, places_;
    Buffer<Pack> packs_;
};

// The lists of all boxes of one root block, appended to `lists`; false if memory ran out. `near` is
// where the last search of the tree ended.
bool list_block(const Tree &tree, const View<const double, 2> &rows, const Grid &grid, i64 number,
                i64 &near, Root &root, Levels &held, const View<i64, 1> &counts,
                Buffer<i32> &lists) {
    const i64 levels = grid.levels, boxes = i64{1} << (3 * levels);
    const Cell corner = grid.root(number);
    for (i64 t = 0; t < boxes;) {
        // The highest level whose block begins with box t: those above are known already.
        i64 level = 0;
        if (t > 0)
            for (level = levels; ((t >> (3 * (levels - level))) & 7) == 0;) --level;
        Cell cell{};
        bool inside = true;
        for (; level <= levels && inside; ++level) {
            const i64 up = levels - level;
            cell = morton_cell(t >> (3 * up), level);
            for (int k = 0; k < 3; ++k) {
                cell.at[k] += corner.at[k] << level;
                inside = inside && cell.at[k] << up < grid.shape[k];
            }
            if (!inside) {
                t += i64{1} << (3 * up);
                break;
            }
            const Block block = grid.block(cell, up);
            const double *h = block.half;
            const double margin =
                guard(tree.scale, centre_of(block), most(most(h[0], h[1]), h[2]));
            if (level > 0) {
                held.narrow(level, block, margin);
                continue;
            }
            near = cheapest(tree, centre_of(block), near);
            if (!root.gather(near, block, margin) || !held.begin(rows, root.seeds())) return false;
        }
        if (!inside) continue;
        if (!lists.append(held.seeds(levels), held.size(levels))) return false;
        counts[grid.number(cell)] = held.size(levels);
        ++t;
    }
    return true;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_list_candidates(const nmc_tree *raw, const f64_2 *rows_, const f64_1 *lower,
                        const f64_1 *box, const f64_1 *slack, const i64_1 *shape, int64_t levels,
                        int64_t first, int64_t last, i64_1 *counts_, own_i32_1 *lists_) {
    const Tree tree(*raw);
    const auto rows = in(*rows_);
    const auto counts = out(*counts_);
    const Grid grid{in(*lower), in(*box), in(*slack), in(*shape), levels};
    Root root(tree);
    Levels held(levels);
    if (!held.ok()) return NMC_NO_MEMORY;
    Buffer<i32> lists;
    i64 near = rows.length() - 1;
    for (i64 block = first; block < last; ++block)
        if (!list_block(tree, rows, grid, block, near, root, held, counts, lists))
            return NMC_NO_MEMORY;
    lists.give(lists_, lists.size());
    return NMC_OK;
}

int nmc_place_candidates(const i32_1 *lists_, const i64_1 *shape, int64_t levels, int64_t first,
                         int64_t last, const i64_1 *start_, i32_1 *seeds_) {
    const auto lists = in(*lists_);
    const auto start = in(*start_);
    const auto seeds = out(*seeds_);
    const Grid grid{{}, {}, {}, in(*shape), levels};
    i64 used = 0;
    for (i64 block = first; block < last; ++block) {
        const Cell root = grid.root(block);
        for (i64 t = 0; t < i64{1} << (3 * levels); ++t) {
            Cell cell = morton_cell(t, levels);
            bool inside = true;
            for (int k = 0; k < 3; ++k) {
                cell.at[k] += root.at[k] << levels;
                inside = inside && cell.at[k] < grid.shape[k];
            }
            if (!inside) continue;
            const i64 b = grid.number(cell);
            for (i64 k = start[b]; k < start[b + 1]; ++k) seeds[k] = lists[used++];
        }
    }
    return NMC_OK;
}

int nmc_unite_candidates(int64_t count, const i64_1 *shape_, const i64_1 *parts_,
                         const i64_1 *rings_, const i64_1 *start_, const i32_1 *seeds_,
                         int64_t first, int64_t last, i64_1 *total_, i32_1 *united_) {
    const auto shape = in(*shape_), parts = in(*parts_), rings = in(*rings_), start = in(*start_);
    const auto seeds = in(*seeds_);
    const auto total = out(*total_);
    const auto united = out(*united_);
    const i64 across = shape[1] * parts[1] + 2 * rings[1];
    const i64 deep = shape[2] * parts[2] + 2 * rings[2];
    const i64 width[] = {parts[0] + 2 * rings[0], parts[1] + 2 * rings[1], parts[2] + 2 * rings[2]};
    Buffer<i64> seen(count, -1);  // the box that last had a seed
    Buffer<i32> held(count);
    if (!seen.ok() || !held.ok()) return NMC_NO_MEMORY;
    for (i64 b = first; b < last; ++b) {
        const i64 x = b / (shape[1] * shape[2]) * parts[0];
        const i64 y = b / shape[2] % shape[1] * parts[1];
        const i64 z = b % shape[2] * parts[2];
        i64 size = 0;
        for (i64 u = x; u < x + width[0]; ++u) {
            for (i64 v = y; v < y + width[1]; ++v) {
                const i64 line = (u * across + v) * deep + z;
                for (i64 k = start[line]; k < start[line + width[2]]; ++k) {
                    const i32 i = seeds[k];
                    if (seen[i] == b) continue;
                    seen[i] = b;
                    held[size++] = i;
                }
            }
        }
        if (united.length() == 0) {
            total[b + 1] = size;
            continue;
        }
        sort(held.data(), size);
        for (i64 k = 0; k < size; ++k) united[total[b] + k] = held[k];
    }
    return NMC_OK;
}
