// A bound of the distance of every place of a facet from the exact boundary of its two labels: see
// covering.hpp for why it holds.
//
//        x_0 ----------- x_1      A piece of a facet is moved onto the boundary by its corners: Newton
//         :               :       says where to, x + v. How far a place of the moved piece is from
//        y_0 --.     .-- y_1      the boundary, rho, is the theorem's to say, and
//     boundary  '---'
//                                     distance <= max |v| + rho.
//
// Nothing need be known of v for that; a good one makes rho small. A facet is halved along its sides
// as long as that can sharpen its bound: what the middle of a piece alone is off tells how much of it
// is real.
//
// Beyond the end of a boundary, where other labels come between, the moved piece would leave it: there
// pieces are compared with places that are proved to be near the boundary already, those of other
// facets of the same two labels and what Newton finds between them and the piece. From a convex set T
// all of whose places are within b of the boundary
//
//     distance <= max_i d(c_i, T) + b        over the control points c_i, for d(., T) is convex.
#pragma once

#include "boundary_seeker.hpp"
#include "contacts.hpp"
#include "nearby.hpp"
#include "proven.hpp"

namespace nmc {

template <class F, int N>
class FacetJudge {
    static constexpr i64 SPLIT = 4;         // cubes of facets that share a list, per edge of a box
    static constexpr double SHARP = 0.03;  // sizes by which a bound may exceed what is real,
    static constexpr double NEAR = 1.1;    // beyond this factor
    static constexpr double BLUNT = 0.1;   // in place of SHARP where the boundary has ended
    static constexpr double AROUND = 0.1;  // sizes: least distance in which other labels are looked at
    static constexpr int DEPTH = 6;        // halvings of a side at most
    static constexpr int BLUNT_DEPTH = 3;  // where the boundary has ended
    static constexpr int MOST_KNOWN = 128;  // places of a boundary that are kept, at most
    static constexpr int PULLS = 4;        // halvings of the way to a place that is known
    static constexpr int MOST_NEAR = 32;   // labels beside a piece of the outer surface, at most
    static constexpr int PIECES = 400;     // of a facet that are looked at, at most

public:
    // Nothing is proved beyond `reach`.
    FacetJudge(const F &field, const ShellBounds &shell, double size, double reach)
        : field_(field), shell_(shell), size_(size), full_(reach), reach_(reach),
          nearby_(field, SPLIT, LISTED * size), seeker_(field, near_) {}

    bool ok() const { return near_.ok() && gaps_.ok() && nearby_.ok() && known_.ok(); }

    // NEVER where nothing is proved. `corners`: vertices, whose contacts are known.
    double judge(const Piece<N> &facet, Label first, Label second, const i32 (&corners)[3],
                 const Contacts &contacts) {
        begin(facet, first, second);
        known_.resize(0);
        if (take_contacts(corners, contacts, true)) {
            const double bound = at_once();
            if (bound < NEVER) return bound;
        }
        if (take_contacts(corners, contacts, false)) {
            double bound = by_slopes();
            if (!(bound < NEVER)) bound = refine();
            if (bound < NEVER) return bound;
        }
        look_around(full_);
        return refine();
    }

    // The same with what is known of the boundary from other facets.
    double judge(const Piece<N> &facet, Label first, Label second, const Span<const Proven> &known) {
        begin(facet, first, second);
        look_around(full_);
        known_.resize(0);
        known_.append(known.data, known.length);
        return ok() && known.length > 0 ? refine() : NEVER;
    }

    // A bound of the distance of every place from the boundaries of both its labels, whoever is on
    // their other side, from what is known of each.
    double judge(const Piece<N> &facet, const Span<const Proven> (&known)[2]) {
        whole_ = facet;
        Triangle stack[3 * BLUNT_DEPTH + 4];
        int top = 0;
        stack[top++] = WHOLE;
        double bound = 0.0;
        while (top > 0) {
            const Triangle part = stack[--top];
            const Piece<N> piece = piece_of(part);
            Piece<1> middle;
            middle.control[0] = middle_of(part);
            const double found = most(from_known(piece, known[0]), from_known(piece, known[1]));
            const double off = most(from_known(middle, known[0]), from_known(middle, known[1]));
            if (found <= most(bound, BLUNT * size_ + NEAR * off) || part.depth == BLUNT_DEPTH) {
                bound = most(bound, found);
                continue;
            }
            const Vec still[3] = {};
            quarter(part, still, stack + top);
            top += 4;
        }
        return bound;
    }

private:
    struct Triangle {
        Vec corner[3];  // barycentric
        Vec way[3];     // v of the corners
        int depth;
    };
    static constexpr Triangle WHOLE = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {}, 0};

    const F &field_;
    const ShellBounds shell_;
    const double size_, full_;
    double reach_;  // how far is looked
    Piece<N> whole_;
    Label grain_, other_;
    Buffer<Label> near_;  // labels that may be cheaper than the grain within reach of the facet
    Buffer<Gap> gaps_;
    Buffer<Proven> known_;
    Nearby<F> nearby_;
    BoundarySeeker<F> seeker_;

    void begin(const Piece<N> &facet, Label first, Label second) {
        whole_ = facet;
        grain_ = first;
        other_ = second;
    }

    // Fill near_ with what may be cheaper within some distance of the facet.
    void look_around(double reach) {
        reach_ = reach;
        seeker_.set(grain_, other_, reach);
        near_.resize(0);
        if (!nearby_.rivals(grain_, nearby_.block_of(whole_.control, reach), near_))
            field_.for_candidates(whole_.centre, [&](Label label) {
                if (label != grain_) near_.push(label);
            });
        drop_other();
    }

    void drop_other() {
        i64 kept = 0;
        for (i64 n = 0; n < near_.size(); ++n)
            if (near_[n] != other_) near_[kept++] = near_[n];
        near_.resize(kept);
    }

    // Fill near_ with what the corners name, close by or around; false: that is not all there is, or too
    // much. A place of a curved facet is at most 4/3 of what its sides' middles are off from the flat one.
    bool take_contacts(const i32 (&corners)[3], const Contacts &contacts, bool close) {
        const Vec *b = whole_.control;
        double bulge = 0.0, longest2 = 0.0;
        for (int i = 0; i < 3; ++i) {
            const Vec next = b[(i + 1) % 3];
            longest2 = most(longest2, square(next - b[i]));
            if constexpr (N == 6) bulge = most(bulge, 2.0 / 3.0 * norm(b[3 + i] - 0.5 * (b[i] + next)));
        }
        const Scope &scope = contacts.scope;
        reach_ = ((close ? scope.close : scope.around) - bulge) * (1.0 - 1e-9);
        seeker_.set(grain_, other_, reach_);
        if (!(longest2 <= scope.edge * scope.edge) || !near_.resize(MOST_NEAR)) return false;
        const int count = contacts.join(corners, close, grain_, near_.data(), MOST_NEAR);
        near_.resize(count > 0 ? count : 0);
        drop_other();
        return count >= 0;
    }

    // The bound of a facet as it lies, where that is sharp; else NEVER. Most facets need no more.
    double at_once() {
        const Vec still[N] = {};
        const double rho = bound_of(whole_, still);
        const bool sharp = rho <= SHARP * size_ || (rho < NEVER && rho <= SHARP * size_ + NEAR * off());
        return sharp ? rho : NEVER;
    }

    // The bound of a flat facet whose corners are moved onto the boundary as far as slopes tell, where that
    // is sharp; else NEVER. Most of those beside the boundary need no more.
    double by_slopes() {
        if constexpr (N == 6 || F::BOUNDED) return NEVER;
        const Label partner = other_ == 0 ? seeker_.outside_at(whole_.centre) : other_;
        if (partner == 0) return NEVER;
        Vec way[N];
        double off = 0.0;
        for (int i = 0; i < 3; ++i) {
            const Vec p = whole_.control[i];
            const Sample own = quadric(field_.seed(grain_), p), its = quadric(field_.seed(partner), p);
            const Vec slope = its.gradient - own.gradient;
            way[i] = ((own.value - its.value) / square(slope)) * slope;
            off = most(off, norm(way[i]));
        }
        const double bound = bound_of(whole_, way);
        return bound <= SHARP * size_ + NEAR * off ? bound : NEVER;
    }

    // About how far the middle of the facet and its sides are off, to first order.
    double off() const {
        const Label partner = other_ == 0 ? seeker_.outside_at(whole_.centre) : other_;
        if (partner == 0 || (F::BOUNDED && partner < 0)) return 0.0;
        double off = 0.0;
        const Vec third = {1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0};
        for (const Vec at : {third, Vec{0.5, 0.5, 0.0}, Vec{0.0, 0.5, 0.5}, Vec{0.5, 0.0, 0.5},
                             Vec{1.0, 0.0, 0.0}, Vec{0.0, 1.0, 0.0}, Vec{0.0, 0.0, 1.0}}) {
            const Vec p = blossom(at, at);
            const Sample own = quadric(field_.seed(grain_), p), its = quadric(field_.seed(partner), p);
            off = most(off, std::fabs(its.value - own.value) / norm(its.gradient - own.gradient));
        }
        return off;
    }

    // The greatest bound of the pieces.
    double refine() {
        Triangle stack[3 * DEPTH + 4];
        int top = 0;
        Triangle &all = stack[top++];
        all = WHOLE;
        for (int i = 0; i < 3; ++i) all.way[i] = way_from(all.corner[i]);
        double bound = 0.0, sample = 0.0;
        int looked = 0;
        while (top > 0) {
            const Triangle part = stack[--top];
            double found = bound_of(part), slack = SHARP * size_;
            ++looked;
            for (int i = 0; i < 3; ++i) sample = most(sample, norm(part.way[i]));
            bool sharp = found <= most(bound, slack + NEAR * sample), last = part.depth == DEPTH;
            if (!sharp) {
                double off;
                if (!look_amid(middle_of(part), off)) return NEVER;
                if (found == NEVER) {
                    slack = BLUNT * size_;
                    last = last || part.depth >= BLUNT_DEPTH;
                    found = from_known(piece_of(part), constant(known_.span()));
                }
                sample = most(sample, off);
                sharp = found <= most(bound, slack + NEAR * sample);
            }
            if (sharp || last || looked >= PIECES) {
                bound = most(bound, found);
                if (!(bound <= full_)) return NEVER;
                continue;
            }
            Vec w[3];
            for (int i = 0; i < 3; ++i)
                w[i] = way_from(0.5 * (part.corner[(i + 1) % 3] + part.corner[(i + 2) % 3]));
            quarter(part, w, stack + top);
            top += 4;
        }
        return bound;
    }

    // The four parts of a part, given v of the middles of its sides.
    static void quarter(const Triangle &part, const Vec (&w)[3], Triangle *parts) {
        const Vec *p = part.corner, *v = part.way;
        const Vec m[3] = {0.5 * (p[1] + p[2]), 0.5 * (p[2] + p[0]), 0.5 * (p[0] + p[1])};
        const int deep = part.depth + 1;
        parts[0] = {{p[0], m[2], m[1]}, {v[0], w[2], w[1]}, deep};
        parts[1] = {{m[2], p[1], m[0]}, {w[2], v[1], w[0]}, deep};
        parts[2] = {{m[1], m[0], p[2]}, {w[1], w[0], v[2]}, deep};
        parts[3] = {{m[0], m[1], m[2]}, {w[0], w[1], w[2]}, deep};
    }

    Vec middle_of(const Triangle &part) const {
        const Vec p = (1.0 / 3.0) * (part.corner[0] + part.corner[1] + part.corner[2]);
        return blossom(p, p);
    }

    Piece<N> piece_of(const Triangle &part) const {
        Piece<N> piece;
        for (int i = 0; i < 3; ++i) {
            piece.control[i] = blossom(part.corner[i], part.corner[i]);
            if constexpr (N == 6)
                piece.control[3 + i] = blossom(part.corner[i], part.corner[(i + 1) % 3]);
        }
        return piece;
    }

    // How far a place of the facet is off, by Newton or from what is known; false: nobody knows.
    bool look_amid(Vec from, double &off) {
        Vec to = from;
        seeker_.onto_boundary(to);
        off = note(to, from);
        if (off < NEVER) return true;
        i64 nearest = -1;
        for (i64 n = 0; n < known_.size(); ++n) {
            const double away = known_[n].from(from) + known_[n].bound;
            if (away < off) {
                off = away;
                nearest = n;
            }
        }
        if (nearest < 0) return false;
        off = least(off, pull(from, known_[nearest].middle()));
        return true;
    }

    // Look for a place of the boundary on the way from one near it to a place of the facet, as far on
    // that way as the boundary goes; how near it comes.
    double pull(Vec to, Vec from) {
        double best = NEVER, step = 0.5, t = 0.5;
        for (int turn = 0; turn < PULLS; ++turn) {
            Vec place = from + t * (to - from);
            seeker_.onto_boundary(place);
            const double away = note(place, to);
            best = least(best, away);
            step *= 0.5;
            t += away < NEVER ? step : -step;
        }
        return best;
    }

    // Keep a place if it is proved to be near the boundary; the distance of a place `to` of the facet.
    double note(Vec place, Vec to) {
        Piece<1> piece;
        piece.control[0] = place;
        const Vec still = {};
        const double rho = bound_of(piece, &still), away = norm(place - to) + rho;
        if (!(away <= reach_)) return NEVER;  // beyond, near_ is not all there is
        if (known_.size() < MOST_KNOWN) known_.push(Proven::at(place, rho));
        return away;
    }

    // The bound of a piece by what is known.
    template <int K>
    double from_known(const Piece<K> &piece, const Span<const Proven> &known) const {
        double bound = NEVER;
        for (i64 n = 0; n < known.length; ++n) {
            double away = known.data[n].bound;
            for (int i = 0; i < K && away < bound; ++i)
                away = most(away, known.data[n].bound + known.data[n].from(piece.control[i]));
            bound = least(bound, away);
        }
        return bound;
    }

    // The facet's polar form: its place at x where x = y.
    Vec blossom(Vec x, Vec y) const {
        const Vec *b = whole_.control;
        if constexpr (N == 3) return x.x * b[0] + x.y * b[1] + x.z * b[2];
        else {
            const Vec corners = x.x * y.x * b[0] + x.y * y.y * b[1] + x.z * y.z * b[2];
            const Vec sides = (x.x * y.y + x.y * y.x) * b[3] + (x.y * y.z + x.z * y.y) * b[4] +
                              (x.x * y.z + x.z * y.x) * b[5];
            return corners + sides;
        }
    }

    // v of a place of the facet, barycentric.
    Vec way_from(Vec at) const {
        const Vec from = blossom(at, at);
        Vec to = from;
        seeker_.onto_boundary(to);
        return to - from;
    }

    // The bound of a part by its own way.
    double bound_of(const Triangle &part) {
        Vec way[N];
        for (int i = 0; i < 3; ++i) {
            way[i] = part.way[i];
            if constexpr (N == 6) {
                const int next = (i + 1) % 3;
                const Vec ends = part.way[i] + part.way[next];
                way[3 + i] = 2.0 * way_from(0.5 * (part.corner[i] + part.corner[next])) - 0.5 * ends;
            }
        }
        return bound_of(piece_of(part), way);
    }

    // max |v| + rho of a piece.
    template <int K>
    double bound_of(Piece<K> piece, const Vec *way) {
        Label partner = other_;
        double moved = 0.0;
        for (int i = 0; i < K; ++i) moved = most(moved, norm(way[i]));
        if (!(moved <= reach_)) return NEVER;
        for (int i = 0; i < K; ++i) piece.control[i] = piece.control[i] + way[i];
        piece.close();
        if (partner == 0) partner = seeker_.outside_at(piece.centre);
        if (partner == 0) return NEVER;
        const Seed &base = field_.seed(grain_);
        const Spread<K> own = spread(base, piece);
        gaps_.resize(0);
        add(piece, base, own, partner);
        double rho = covering(gaps_.data(), 1, 1);
        if (!(moved + rho <= reach_)) return NEVER;
        const double around = most(4.0 * rho, AROUND * size_);
        const Sample amid = quadric(base, piece.centre);
        for (i64 n = 0; n < near_.size(); ++n)
            if (near_[n] != partner &&
                !dearer(field_.seed(near_[n]), base, amid, piece.centre, piece.radius + around))
                add(piece, base, own, near_[n]);
        if constexpr (F::BOUNDED)
            if (partner != -1) add(piece, base, own, -1);
        if (!ok()) return NEVER;
        const int count = static_cast<int>(gaps_.size());
        if (!F::BOUNDED && other_ == 0) rho = least(rest_of_surface(count, around),
                                                   covering_among(gaps_.data(), count, 1, around));
        else rho = covering_among(gaps_.data(), count, 1, around);
        return moved + rho <= reach_ ? moved + rho : NEVER;
    }

    // rho where the boundary is that with all cells outside together: so that creases between many
    // small ones need no place where three or more of them agree.
    //
    // Let m be the least h of the cells outside. From a place with m >= 0 on the way to h_B = 0, m
    // comes to 0 somewhere, and there the grain ends: it is enough that other grains stay dearer.
    // Where m < 0, it is h of one of those below 0 somewhere on the piece.
    double rest_of_surface(int count, double around) {
        Gap *gaps = gaps_.data();
        const Gap partner = gaps[0];
        Gap some[MOST_NEAR];
        if (count > MOST_NEAR) return NEVER;
        int grains = 1;
        some[0] = partner;
        for (int i = 1; i < count; ++i) {
            if (gaps[i].label < 0) continue;
            if (gaps[i].low < 0.0) return NEVER;
            some[grains++] = gaps[i];
        }
        double rho = covering_among(some, grains, 1, around);
        for (int k = 0; k < count && rho < NEVER; ++k) {
            if (gaps[k].label > 0 || !(gaps[k].low < 0.0)) continue;
            for (int i = 0; i < count; ++i) some[i] = gaps[i];
            some[0] = gaps[k];
            some[k] = gaps[0];
            some[0].high = 0.0;
            rho = most(rho, covering_among(some, count, 1, around));
        }
        return rho;
    }

    template <int K>
    void add(const Piece<K> &piece, const Seed &base, const Spread<K> &own, Label label) {
        if constexpr (F::BOUNDED)
            if (label == -1) {
                gaps_.push(gap_to_domain_boundary(field_, shell_, piece, full_));
                return;
            }
        const Seed &seed = field_.seed(label);
        gaps_.push(gap_between(label, spread(seed, piece), own, bend_of(base, seed)));
    }
};

}  // namespace nmc
