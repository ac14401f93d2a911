// Eigenvalues and eigenvectors of symmetric matrices of two and three rows, by Jacobi's rotations in
// one fixed order. Only + - * / and sqrt: the bytes are the same on every machine, which those of
// LAPACK are not.
#include "../array.hpp"

#include <algorithm>
#include <cmath>

namespace nmc {
namespace {

constexpr int SWEEPS = 50;  // five are enough: the entries off the diagonal fall quadratically

template <int N>
struct Eigen {
    double a[N][N];  // the matrix, which becomes diagonal
    double v[N][N];  // row k belongs to a[k][k]

    // Turn in the plane of axes p < q so that a_pq becomes 0 (Golub and van Loan, section 8.5):
    //
    //     theta = (a_qq - a_pp) / (2 a_pq),   t = tan = sign(theta) / (|theta| + sqrt(theta^2 + 1))
    //     a_pp -= t a_pq,   a_qq += t a_pq,   a_rp = c a_rp - s a_rq,   a_rq = s a_rp + c a_rq
    void turn(int p, int q) {
        const double off = a[p][q];
        const double theta = (a[q][q] - a[p][p]) / (2.0 * off);
        const double size = 1.0 / (std::fabs(theta) + std::sqrt(theta * theta + 1.0));
        const double t = theta < 0.0 ? -size : size;
        const double c = 1.0 / std::sqrt(t * t + 1.0), s = t * c;
        a[p][p] -= t * off;
        a[q][q] += t * off;
        a[p][q] = a[q][p] = 0.0;
        for (int r = 0; r < N; ++r) {
            if (r != p && r != q) {
                const double first = a[r][p], second = a[r][q];
                a[r][p] = a[p][r] = c * first - s * second;
                a[r][q] = a[q][r] = s * first + c * second;
            }
            const double first = v[p][r], second = v[q][r];
            v[p][r] = c * first - s * second;
            v[q][r] = s * first + c * second;
        }
    }

    // An entry that would change neither of its diagonal entries counts as 0.
    bool negligible(int p, int q) const {
        const double off = std::fabs(a[p][q]), first = std::fabs(a[p][p]), second = std::fabs(a[q][q]);
        return first + off == first && second + off == second;
    }

    void solve() {
        for (int sweep = 0; sweep < SWEEPS; ++sweep) {
            bool done = true;
            for (int p = 0; p < N; ++p)
                for (int q = p + 1; q < N; ++q) {
                    if (negligible(p, q)) continue;
                    turn(p, q);
                    done = false;
                }
            if (done) return;
        }
    }

    // Ascending; of equal ones the order that came out.
    void sort() {
        for (int k = 1; k < N; ++k)
            for (int j = k; j > 0 && a[j][j] < a[j - 1][j - 1]; --j) {
                std::swap(a[j][j], a[j - 1][j - 1]);
                for (int r = 0; r < N; ++r) std::swap(v[j][r], v[j - 1][r]);
            }
    }

    // The entry of largest size is positive, the first of them among equals.
    void choose_signs() {
        for (int k = 0; k < N; ++k) {
            int largest = 0;
            for (int r = 1; r < N; ++r)
                if (std::fabs(v[k][r]) > std::fabs(v[k][largest])) largest = r;
            if (v[k][largest] < 0.0)
                for (int r = 0; r < N; ++r) v[k][r] = -v[k][r];
        }
    }
};

template <int N>
void solve_all(View<const double, 3> matrices, View<double, 2> values, View<double, 3> vectors) {
    for (i64 i = 0; i < matrices.length(); ++i) {
        Eigen<N> eigen{};
        for (int p = 0; p < N; ++p) {
            eigen.v[p][p] = 1.0;
            for (int q = 0; q < N; ++q)  // the lower triangle counts
                eigen.a[p][q] = p >= q ? matrices(i, p, q) : matrices(i, q, p);
        }
        eigen.solve();
        eigen.sort();
        eigen.choose_signs();
        for (int k = 0; k < N; ++k) {
            values(i, k) = eigen.a[k][k];
            for (int r = 0; r < N; ++r) vectors(i, k, r) = eigen.v[k][r];
        }
    }
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_symmetric_eigen(const f64_3 *matrices_, f64_2 *values_, f64_3 *vectors_) {
    const auto matrices = in(*matrices_);
    const auto values = out(*values_);
    const auto vectors = out(*vectors_);
    if (matrices.shape[1] == 3) solve_all<3>(matrices, values, vectors);
    else if (matrices.shape[1] == 2) solve_all<2>(matrices, values, vectors);
    else return NMC_BAD_INPUT;
    return NMC_OK;
}
