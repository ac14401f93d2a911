// Contacts of a vertex: the labels that need to be looked at in the cells and facets there, for all
// proofs.
//
//          C   \ B         Let h = F_C - F_A with the matrix D for a label A of a cell at the vertex x_i.
//       -------- x_i       Its Bernstein coefficients over the cell are means of values less a chord,
//          A   / |
//             /__|             h_ij = (h(x_i) + h(x_j)) / 2 - (x_i - x_j)^T D (x_i - x_j) / 2,
//           x_j  x_k
//
// so h_ij >= (a_i + a_j) / 2 with a_i = h(x_i) - |D| l^2 / 2 and l the longest edge: where a_i > 0 at all
// corners, C is dearer than A throughout. So it is within r of the cell if
//
//     h(x_i) > |D| l^2 / 2 + r (|grad h(x_i)| + 2 |D| l + |D| r)
//
// at all corners, for two such ways r, a short one and a long one. Every corner thus names, once for
// all cells and facets at it, the few labels for which that does not hold: what none of the corners
// names cannot be as cheap within r. A label that another undercuts around all these cells is not
// named, whatever it costs: then the other one is.
#pragma once

#include "label.hpp"
#include "contacts_loop.hpp"

namespace nmc {

// Lists of contacts, vertex by vertex.
class Contacts {
public:
    explicit Contacts(const nmc_contacts &raw)
        : scope{raw.edge, raw.close, raw.around}, start_(in(raw.start)), closest_(in(raw.closest)),
          labels_(in(raw.labels)) {}

    const Scope scope;

    // Put the labels that some of the vertices name, close by or around, without repetition and but
    // for `own`, into `names`, where there is room for `most_names`; how many they are, less than 0
    // if there may be more.
    template <int N>
    int join(const i32 (&vertices)[N], bool close, Label own, Label *names, int most_names) const {
        int count = 0;
        for (const i32 v : vertices)
            for (i64 n = start_[v], end = close ? closest_[v] : start_[v + 1]; n < end; ++n) {
                const Label label = labels_[n];
                bool known = label == own;
                for (int k = 0; k < count; ++k) known = known || names[k] == label;
                if (known) continue;
                if (count == most_names || label == EMPTY) return -1;
                names[count++] = label;
            }
        return count;
    }

private:
    View<const i64, 1> start_, closest_;
    View<const i32, 1> labels_;
};

}  // namespace nmc
