// Matrices of a power diagram whose first axes point to the origin.
#include "../grains/frame.hpp"

namespace nmc {
namespace {

// The axis to the origin and the one across it; at the origin every direction will do.
void flat_axes(double x, double y, double axes[2][2]) {
    const double size = std::sqrt(x * x + y * y);
    const double along = size > 0.0 ? x / size : 1.0, across = size > 0.0 ? y / size : 0.0;
    axes[0][0] = axes[1][1] = along;
    axes[0][1] = across;
    axes[1][0] = -across;
}

}  // namespace
}  // namespace nmc

using namespace nmc;

// M = Q^T D Q, M_ij = sum_k (q_ki d_k) q_kj, and the mean of M_ij and M_ji, whose last bits differ.
int nmc_radial_matrices(const f64_2 *seeds_, const f64_2 *diagonals_, const f64_1 *turns_,
                        f64_3 *matrices_) {
    const auto seeds = in(*seeds_), diagonals = in(*diagonals_);
    const auto turns = in(*turns_);
    const auto matrices = out(*matrices_);
    const i64 d = seeds.shape[1];
    if (d != 2 && d != 3) return NMC_BAD_INPUT;
    for (i64 n = 0; n < seeds.length(); ++n) {
        double axes[3][3];
        if (d == 3) {
            const Frame frame = frame_of(point(seeds, n), turns[n]);
            for (int k = 0; k < 3; ++k)
                for (int c = 0; c < 3; ++c) axes[k][c] = frame.axis[k][c];
        } else {
            double flat[2][2];
            flat_axes(seeds(n, 0), seeds(n, 1), flat);
            for (int k = 0; k < 2; ++k)
                for (int c = 0; c < 2; ++c) axes[k][c] = flat[k][c];
        }
        const auto entry = [&](i64 i, i64 j) {
            double sum = 0.0;
            for (i64 k = 0; k < d; ++k) sum += axes[k][i] * diagonals(n, k) * axes[k][j];
            return sum;
        };
        for (i64 i = 0; i < d; ++i)
            for (i64 j = 0; j < d; ++j) matrices(n, i, j) = 0.5 * (entry(i, j) + entry(j, i));
    }
    return NMC_OK;
}
