// The numbers of the points of edges or faces, few of which have one.
//
//     marked   . . 1 . . 1 1 . | . 1 . . . . . . | . . .       a byte for each
//     before   n               | n + 3           | n + 4       a number for every 64 (here 8)
//
// A number for each would take four bytes of every edge and face of the lattice, more than the mesh
// itself. So only where a run of them begins is kept, and the marks before one in its run counted.
#pragma once

#include "../array.hpp"

namespace nmc {

class Marks {
public:
    static constexpr i64 RUN = 64;

    explicit Marks(const nmc_marks &raw) : marked_(in(raw.marked)), before_(in(raw.before)) {}

    bool has(i64 n) const { return marked_[n]; }
    // The number of the point of edge or face n, -1 where there is none.
    i64 operator[](i64 n) const {
        if (!marked_[n]) return -1;
        i64 number = before_[n / RUN];
        for (i64 k = n / RUN * RUN; k < n; ++k) number += marked_[k];
        return number;
    }

private:
    View<const bool, 1> marked_;
    View<const i32, 1> before_;
};

}  // namespace nmc
