#include "link.hpp"

namespace nmc {

Link::Link(const Star &star) {
    for (i64 &key : keys_) key = -1;
    for (int i = 0; i < star.size; ++i)
        for (const i32 u : star.faces[i]) {
            const int at = slot(u);
            if (keys_[at] < 0) {
                keys_[at] = u;
                labels_[at] = 0;
            }
            labels_[at] |= star.bits[i];
        }
}

int Link::slot(i64 u) const {
    // Knuth's multiplicative hash; numbers of neighbours are close to each other.
    i64 at = (u * 2654435761 >> 7) & (SLOTS - 1);
    while (keys_[at] != u && keys_[at] >= 0) at = (at + 1) & (SLOTS - 1);
    return static_cast<int>(at);
}

bool mean_of_stratum(const Work &work, const Star &star, Vec &mean) {
    if (star.n_names == 1) {
        mean = star.centre();
        return true;
    }
    const i32 all = (1 << star.n_names) - 1;
    Link link(star);
    int used = 0;
    Vec total = {};
    for (int i = 0; i < star.size; ++i)
        for (const i64 u : star.faces[i]) {
            i32 &labels = link.labels(u);
            if (labels != all) continue;
            ++used;
            total = total + work.at(u);
            labels = 0;  // every neighbour counts once
        }
    if (used == 0) return false;
    mean = {total.x / used, total.y / used, total.z / used};
    return true;
}

// Whether more than one label is among these bits.
static bool several(i32 bits) { return (bits & (bits - 1)) != 0; }

bool pinches(const Work &work, const Star &star, i64 u, Star &other) {
    if (!other.read(work, u)) return true;
    Link here(star), there(other);
    for (int i = 0; i < star.size; ++i) {
        if (!star.is_joined(i, u)) continue;
        for (const i64 m : star.faces[i]) {
            if (m == u || !several(here.labels(m)) || !several(there.labels(m))) continue;
            i32 sides = 0;
            for (int j = 0; j < star.size; ++j)
                if (star.is_joined(j, u) && star.is_joined(j, m)) sides |= star.bits[j];
            if (!several(sides)) return true;
        }
    }
    return false;
}

}  // namespace nmc
