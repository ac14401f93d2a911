// A hexahedron for every voxel, and the triple lines and quadruple points between the voxels.
#include "../array.hpp"

namespace nmc {
namespace {

// Steps from a voxel's lower corner to its eight corners, in VTK's order.
constexpr int STEPS[8][3] = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0},
                             {0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {0, 1, 1}};

// Count the different labels among those of eight voxels whose number has these bits; a template,
// so that the compiler writes out the few comparisons that are left.
template <int Bits>
int distinct(const i32 *labels) {
    int count = 0;
    for (int n = 0; n < 8; ++n) {
        if ((n & Bits) != Bits) continue;
        bool fresh = true;
        for (int m = 0; m < n; ++m)
            if ((m & Bits) == Bits) fresh &= labels[m] != labels[n];
        count += fresh;
    }
    return count;
}

// The four rows of voxels, along z, around a row of corners of the grid.
struct Rows {
    View<const i32, 1> at[4];

    Rows(const View<const i32, 3> &labels, i64 i, i64 j) {
        for (int n = 0; n < 4; ++n) at[n] = labels.row(i + (n >> 1)).row(j + (n & 1));
    }
    // Whether the four voxels at one place of the rows have one label.
    bool alike(i64 k) const {
        const i32 label = at[0][k];
        return ((at[1][k] ^ label) | (at[2][k] ^ label) | (at[3][k] ^ label)) == 0;
    }
    // The labels of the eight voxels around a corner. Bit 2 of a voxel's number is its step along x,
    // bit 1 along y, bit 0 along z.
    void around(i64 k, i32 *labels) const {
        for (int n = 0; n < 8; ++n) labels[n] = at[n >> 1][k + (n & 1)];
    }
};

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_fill_hexes(const i32_3 *node_, const i32_3 *cell_, const f64_1 *lower_,
                   const f64_1 *spacing_, int64_t first, int64_t last, f64_2 *points_,
                   i32_2 *cells_) {
    const auto node = in(*node_), cell = in(*cell_);
    const auto lower = in(*lower_), spacing = in(*spacing_);
    const auto points = out(*points_);
    const auto cells = out(*cells_);
    for (i64 i = first; i < last; ++i)
        for (i64 j = 0; j < node.shape[1]; ++j)
            for (i64 k = 0; k < node.shape[2]; ++k) {
                const i64 n = node(i, j, k);
                if (n >= 0) {
                    points(n, 0) = lower[0] + static_cast<double>(i) * spacing[0];
                    points(n, 1) = lower[1] + static_cast<double>(j) * spacing[1];
                    points(n, 2) = lower[2] + static_cast<double>(k) * spacing[2];
                }
                const i64 c = cell(i + 1, j + 1, k + 1);
                if (c < 0) continue;
                for (int m = 0; m < 8; ++m)
                    cells(c, m) = node(i + STEPS[m][0], j + STEPS[m][1], k + STEPS[m][2]);
            }
    return NMC_OK;
}

int nmc_mark_junctions(const i32_3 *labels_, int64_t first, int64_t last, b8_4 *lines_,
                       b8_3 *meets_) {
    const auto labels = in(*labels_);
    const auto lines = out(*lines_);
    const auto meets = out(*meets_);
    i32 around[8];
    for (i64 i = first; i < last; ++i)
        for (i64 j = 0; j < meets.shape[1]; ++j) {
            const Rows rows(labels, i, j);
            bool before = false, after = rows.alike(0);
            for (i64 k = 0; k < meets.shape[2]; ++k) {
                before = after;
                after = rows.alike(k + 1);
                if (before && after && rows.at[0][k] == rows.at[0][k + 1]) continue;
                rows.around(k, around);
                meets(i, j, k) = distinct<0>(around) >= 4;
                lines(0, i, j, k) = distinct<4>(around) >= 3;  // the four voxels ahead along x
                lines(1, i, j, k) = distinct<2>(around) >= 3;
                lines(2, i, j, k) = distinct<1>(around) >= 3;
            }
        }
    return NMC_OK;
}
