// Lists of contacts, vertex by vertex: contacts.hpp says what they are good for.
#include "contacts.hpp"

#include "../processor.hpp"
#include "nearby.hpp"

namespace nmc {
namespace {

constexpr i64 SPLIT = 2;  // cubes of vertices that share a list, per edge of a box

i64 contacts_of(const Span<const Pack> &packs, const Witness &own, Vec at, const Scope &scope, double margin,
                const Span<i32> &places, bool *close) {
    const double c[3] = {at.x, at.y, at.z};
#ifdef NMC_X86
    if (has_avx2()) return contacts_avx2(packs, own, c, scope, margin, places, close);
#endif
    return contacts(packs, own, c, scope, margin, places, close);
}

struct Contact {
    i32 vertex;
    Label label;
    i32 close;
};

static_assert(sizeof(Contact) == 3 * sizeof(i32));

template <class F>
class ContactFinder {
public:
    struct Mesh {
        View<const double, 2> points;
        View<const i32, 1> label_at;
        View<const i32, 2> pairs;
        View<const i64, 1> start;
        View<const i32, 1> facets_at;
    };

    ContactFinder(const F &field, const Scope &scope, const Mesh &mesh, Buffer<Contact> &made)
        : field_(field), scope_(scope), mesh_(mesh), made_(made),
          nearby_(field, SPLIT, scope.edge + scope.around) {}

    bool ok() const { return nearby_.ok() && made_.ok() && places_.ok() && close_.ok() && labels_.ok(); }

    // Push the contacts of a vertex; EMPTY for any label, where the lists do not reach as far.
    void find(i32 v) {
        const Vec at = point(mesh_.points, v);
        const double wide = scope_.edge + scope_.around;
        const auto *list = nearby_.list_of({{at.x, at.y, at.z}, {wide, wide, wide}});
        if (list == nullptr) {
            made_.push({v, EMPTY, 1});
            return;
        }
        collect_labels(v);
        const i64 room = list->packs.size() * PACK, first = made_.size();
        if (!ok() || !places_.resize(room) || !close_.resize(room)) return;
        for (i64 n = 0; n < labels_.size(); ++n) {
            const i64 kept = contacts_of(constant(list->packs.span()), seen_from(at, field_.seed(labels_[n])),
                                         at, scope_, 2.0 * list->margin, places_.span(), close_.data());
            for (i64 k = 0; k < kept; ++k) {
                if (places_[k] >= list->labels.size()) continue;
                const Label label = list->labels[places_[k]];
                // Of one label, nobody asks for its own.
                if (labels_.size() > 1 || label != labels_[n]) note(first, {v, label, close_[k]});
            }
        }
        for (i64 n = first, end = first; n < made_.size(); ++n)
            if (made_[n].close) swap(made_[n], made_[end++]);
    }

private:
    const F &field_;
    const Scope scope_;
    const Mesh mesh_;
    Buffer<Contact> &made_;
    Nearby<F> nearby_;
    Buffer<i32> places_;
    Buffer<bool> close_;
    Buffer<Label> labels_;

    // Push a contact, but once of those from the first on.
    void note(i64 first, const Contact &contact) {
        for (i64 n = first; n < made_.size(); ++n)
            if (made_[n].label == contact.label) {
                made_[n].close = made_[n].close | contact.close;
                return;
            }
        made_.push(contact);
    }

    static void swap(Contact &a, Contact &b) {
        const Contact kept = a;
        a = b;
        b = kept;
    }

    // The labels of the cells at a vertex: of the facets there, or of any cell where there are none.
    void collect_labels(i32 v) {
        labels_.resize(0);
        add(mesh_.label_at[v]);
        for (i64 n = mesh_.start[v]; n < mesh_.start[v + 1]; ++n)
            for (int side = 0; side < 2; ++side) add(mesh_.pairs(mesh_.facets_at[n], side));
    }

    void add(Label label) {
        bool known = label <= 0;
        for (i64 n = 0; n < labels_.size(); ++n) known = known || labels_[n] == label;
        if (!known) labels_.push(label);
    }
};

}  // namespace
}  // namespace nmc

using namespace nmc;

int nmc_find_contacts(const nmc_field *raw, double edge, double close, double around,
                      const f64_2 *points, const i32_1 *label_at,
                      const i32_2 *pairs, const i64_1 *start, const i32_1 *facets_at, const i32_1 *order_,
                      int64_t first, int64_t last, own_i32_2 *contacts_) {
    const auto order = in(*order_);
    Buffer<Contact> made;
    const int status = with_particle_field(*raw, [&]<class F>(const F &field) {
        ContactFinder<F> finder(field, {edge, close, around},
                                {in(*points), in(*label_at), in(*pairs), in(*start), in(*facets_at)}, made);
        for (i64 n = first; n < last && finder.ok(); ++n) finder.find(order[n]);
        return finder.ok() ? NMC_OK : NMC_NO_MEMORY;
    });
    if (status == NMC_OK) made.give(contacts_, made.size(), 3);
    return status;
}
