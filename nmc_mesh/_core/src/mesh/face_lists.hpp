// The faces of a mesh by their lowest vertex, for some vertices at a time.
//
// The lists of all vertices would take as much memory as the cells. Vertices and cells of a mesh are
// numbered in much the same order, so the faces at some vertices are those of few blocks of cells:
// each block knows between which numbers the lowest vertices of its faces lie, and only blocks that
// reach the vertices asked for are read.
#pragma once

#include <algorithm>

#include "csr.hpp"
#include "faces.hpp"

namespace nmc {

constexpr i64 BLOCK = 4096;  // cells

// The lowest vertices of the faces of a cell, by the corner opposite to the face.
struct Lowest {
    i32 of[4];

    Lowest(const View<const i32, 2> &cells, i64 cell) {
        const i32 *c = cells.data + 4 * cell;
        const i32 front = std::min(c[0], c[1]), back = std::min(c[2], c[3]);
        of[0] = std::min(c[1], back);
        of[1] = std::min(c[0], back);
        of[2] = std::min(front, c[3]);
        of[3] = std::min(front, c[2]);
    }
};

// The faces whose lowest vertex is one of first ... last - 1: those of vertex v, ascending, are
// faces[starts[v - first]] ... faces[starts[v - first + 1] - 1].
class FaceLists {
public:
    FaceLists(const View<const i32, 2> &spans, const View<const i32, 2> &cells, i64 first, i64 last)
        : starts_(last - first + 1, 0), first_(first) {
        if (!starts_.ok()) return;
        const auto each = [&](auto visit) {
            const u64 width = static_cast<u64>(last - first);
            for (i64 b = 0; b < spans.length(); ++b) {
                if (spans(b, 1) < first || spans(b, 0) >= last) continue;
                const i64 end = std::min((b + 1) * BLOCK, cells.length());
                for (i64 cell = b * BLOCK; cell < end; ++cell) {
                    const Lowest lowest(cells, cell);
                    for (int corner = 0; corner < 4; ++corner) {
                        const u64 place = static_cast<u64>(lowest.of[corner] - first);
                        if (place < width) visit(static_cast<i64>(place), 4 * cell + corner);
                    }
                }
            }
        };
        // Counted one place ahead: while they are filled, starts[k + 1] is where list k goes on.
        each([&](i64 place, i64) { ++starts_[place + 1]; });
        i64 total = 0;
        for (i64 k = 1; k < starts_.size(); ++k) {
            const i64 length = starts_[k];
            starts_[k] = total;
            total += length;
        }
        if (!faces_.resize(total)) return;
        each([&](i64 place, i64 face) { faces_[starts_[place + 1]++] = static_cast<i32>(face); });
        longest_ = longest_list(starts_.view(), 0, last - first);
    }

    bool ok() const { return starts_.ok() && faces_.ok(); }
    // The most faces at one vertex.
    i64 longest() const { return longest_; }
    View<i32, 1> at(i64 vertex) {
        View<i32, 1> list;
        const i64 start = starts_[vertex - first_];
        list.data = faces_.data() + start;
        list.shape[0] = starts_[vertex - first_ + 1] - start;
        return list;
    }

private:
    Buffer<i64> starts_;
    Buffer<i32> faces_;
    i64 first_, longest_ = 0;
};

}  // namespace nmc
