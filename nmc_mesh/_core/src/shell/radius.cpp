// How far every direction stays inside a labelled particle: paths through voxels, face by face.
//
//     +---+---+---+---+    From the centre the path crosses the faces of x, y and z in the order
//     |   |   |  _|_--+    of the parameters t at which it meets them; every axis keeps the t of
//     +---+--_|--+---+     its next face (ahead) and the step of t from face to face (each).
//     |  c--- |   |   |
//     +---+---+---+---+
#include <limits>

#include "../vec.hpp"

namespace nmc {
namespace {

using Labels = View<const i32, 3>;

// A particle's label and the box [lower, upper) around its voxels.
struct Particle {
    i32 label;
    i64 lower[3], upper[3];

    // Call visit(i, j, k) for all its voxels.
    template <class Visit>
    void for_voxels(const Labels &labels, Visit visit) const {
        for (i64 i = lower[0]; i < upper[0]; ++i)
            for (i64 j = lower[1]; j < upper[1]; ++j)
                for (i64 k = lower[2]; k < upper[2]; ++k)
                    if (labels(i, j, k) == label) visit(i, j, k);
    }
};

Vec voxel(i64 i, i64 j, i64 k) {
    return {static_cast<double>(i), static_cast<double>(j), static_cast<double>(k)};
}

// Centre of mass in voxels.
Vec centre_of(const Labels &labels, const Particle &particle) {
    double count = 0.0;
    Vec sum{};
    particle.for_voxels(labels, [&](i64 i, i64 j, i64 k) {
        count += 1.0;
        sum = sum + voxel(i, j, k);
    });
    return {sum.x / count, sum.y / count, sum.z / count};
}

// Largest t such that start + t' way lies in voxels of the label for all t' in [0, t].
double reach(const Labels &labels, i32 label, Vec start, Vec way) {
    constexpr double NEVER = std::numeric_limits<double>::infinity();
    i64 cell[3], step[3];
    double ahead[3], each[3];
    for (int a = 0; a < 3; ++a) {
        cell[a] = static_cast<i64>(std::floor(start[a] + 0.5));
        step[a] = way[a] > 0.0 ? 1 : -1;
        each[a] = way[a] == 0.0 ? NEVER : 1.0 / std::fabs(way[a]);
        const double face = static_cast<double>(cell[a]) + 0.5 * static_cast<double>(step[a]);
        ahead[a] = way[a] == 0.0 ? NEVER : (face - start[a]) / way[a];
    }
    double t = 0.0;
    while (true) {
        for (int a = 0; a < 3; ++a)
            if (cell[a] < 0 || cell[a] >= labels.shape[a]) return t;
        if (labels(cell[0], cell[1], cell[2]) != label) return t;
        int axis = 0;
        if (ahead[1] < ahead[axis]) axis = 1;
        if (ahead[2] < ahead[axis]) axis = 2;
        t = ahead[axis];
        cell[axis] += step[axis];
        ahead[axis] += each[axis];
    }
}

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_measure_particles(const i32_3 *labels_, const f64_1 *spacing_, const i32_1 *ids_,
                          const i64_3 *corners_, const f64_3 *directions_, f64_2 *centres_,
                          f64_1 *volumes_, f64_1 *shares_, f64_2 *radii_) {
    const auto labels = in(*labels_);
    const auto spacing = in(*spacing_);
    const auto ids = in(*ids_);
    const auto corners = in(*corners_);
    const auto directions = in(*directions_);
    const auto centres = out(*centres_), radii = out(*radii_);
    const auto volumes = out(*volumes_), shares = out(*shares_);
    for (i64 p = 0; p < ids.length(); ++p) {
        Particle particle{ids[p], {}, {}};
        for (int a = 0; a < 3; ++a) {
            particle.lower[a] = corners(p, a, 0);
            particle.upper[a] = corners(p, a, 1);
        }
        const Vec start = centre_of(labels, particle);
        i64 count = 0, seen = 0;
        particle.for_voxels(labels, [&](i64 i, i64 j, i64 k) {
            ++count;
            seen += reach(labels, particle.label, start, voxel(i, j, k) - start) >= 1.0;
        });
        volumes[p] = static_cast<double>(count) * spacing[0] * spacing[1] * spacing[2];
        shares[p] = static_cast<double>(seen) / static_cast<double>(count);
        for (int a = 0; a < 3; ++a) centres(p, a) = start[a] * spacing[a];
        for (i64 q = 0; q < directions.shape[1]; ++q) {
            const Vec way{directions(p, q, 0) / spacing[0], directions(p, q, 1) / spacing[1],
                          directions(p, q, 2) / spacing[2]};
            radii(p, q) = reach(labels, particle.label, start, way);
        }
    }
    return NMC_OK;
}
