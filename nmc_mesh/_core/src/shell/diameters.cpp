// The largest distance of two corners of a star shape.
#include "../vec.hpp"

using namespace nmc;

int nmc_diameters(const f64_2 *radii_, const f64_2 *unit_, f64_1 *values_) {
    const auto radii = in(*radii_), unit = in(*unit_);
    const auto values = out(*values_);
    const i64 count = unit.length();
    Buffer<double> x(count), y(count), z(count);
    if (!x.ok() || !y.ok() || !z.ok()) return NMC_NO_MEMORY;
    constexpr int LANES = 8;  // maxima side by side, so that the loop over j runs in vectors
    for (i64 p = 0; p < radii.length(); ++p) {
        for (i64 i = 0; i < count; ++i) {
            x[i] = radii(p, i) * unit(i, 0);
            y[i] = radii(p, i) * unit(i, 1);
            z[i] = radii(p, i) * unit(i, 2);
        }
        double best[LANES] = {};
        const auto compare = [&](i64 i, i64 j, int lane) {
            const Vec way{x[i] - x[j], y[i] - y[j], z[i] - z[j]};
            best[lane] = most(best[lane], square(way));
        };
        for (i64 i = 0; i < count; ++i) {
            i64 j = 0;
            for (; j + LANES <= i; j += LANES)
                for (int lane = 0; lane < LANES; ++lane) compare(i, j + lane, lane);
            for (; j < i; ++j) compare(i, j, 0);
        }
        for (int lane = 1; lane < LANES; ++lane) best[0] = most(best[0], best[lane]);
        values[p] = std::sqrt(best[0]);
    }
    return NMC_OK;
}
