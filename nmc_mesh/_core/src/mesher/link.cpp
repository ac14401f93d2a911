#include "link.hpp"

namespace nmc {

Link::Link(const Star &star) {
    while (places_ <= 3 * star.size) places_ *= 2;
    for (int n = 0; n < places_; ++n) entry_[n] = -1;
    for (int i = 0; i < star.size; ++i)
        for (const i32 u : star.faces[i]) {
            i32 &entry = entry_[place_of(u)];
            if (entry < 0) {
                entry = size_;
                neighbours_[size_++] = {u, 0};
            }
            neighbours_[entry].labels |= star.bits[i];
        }
}

int Link::place_of(i32 u) const {
    // Knuth's multiplicative hash; numbers of neighbours are close to each other.
    u32 place = static_cast<u32>(u) * 2654435761u >> 22;
    while (true) {
        place &= static_cast<u32>(places_ - 1);
        if (entry_[place] < 0 || neighbours_[entry_[place]].vertex == u)
            return static_cast<int>(place);
        ++place;
    }
}

bool mean_of_stratum(const Work &work, const Star &star, Vec &mean) {
    if (star.n_names == 1) {
        mean = star.centre();
        return true;
    }
    const i32 all = (1 << star.n_names) - 1;
    const Link link(star);
    int used = 0;
    Vec total = {};
    for (int n = 0; n < link.size(); ++n) {
        if (link[n].labels != all) continue;
        ++used;
        total = total + work.at(link[n].vertex);
    }
    if (used == 0) return false;
    mean = {total.x / used, total.y / used, total.z / used};
    return true;
}

// Whether more than one label is among these bits.
static bool several(i32 bits) { return (bits & (bits - 1)) != 0; }

bool pinches(const Work &work, const Star &star, i64 u, Star &other) {
    if (!other.read(work, u)) return true;
    const Link here(star), there(other);
    for (int i = 0; i < star.size; ++i) {
        if (!star.is_joined(i, u)) continue;
        for (const i32 m : star.faces[i]) {
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
