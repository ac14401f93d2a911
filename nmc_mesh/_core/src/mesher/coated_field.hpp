// A particle with a coating: cells outside it are coating where k(x) <= 0, and the one label
// `beyond` elsewhere, which is outside (-1) or the electrolyte around.
//
//     C_j(x)    = F_j(x) + s max(k(x), 0)           the coating in the cell outside j
//     F_beyond  = min_j F_j(x) - s min(k(x), 0)     all else outside
//
// The lesser of both is F_j: so the particle ends where it does without a coating, creases and all,
// and the coating at k = 0. k is a spline over a grid (nmc_mesh/particle/coating.py).
#pragma once

#include "../geometry/grid_spline.hpp"
#include "cell_field.hpp"

namespace nmc {

template <class Base>
class CoatedField : public Base {
public:
    static constexpr bool BOUNDED = Base::BOUNDED;

    // `coating` is the first of the labels of cells outside.
    explicit CoatedField(const nmc_field &raw)
        : Base(raw), layer_(raw.layer), slope_(raw.slope),
          coating_(static_cast<Label>(raw.coating)), beyond_(static_cast<Label>(raw.beyond)) {}

    Sample sample(Label label, Label host, Vec p) const {
        if (label == beyond_) return sample_beyond(p);
        if (label >= coating_) return raised(Base::sample(label, host, p), p);
        if (label >= 0 || !BOUNDED) return Base::sample(label, host, p);
        if constexpr (BOUNDED) {
            Sample own = {};
            if (host > 0) own = sample(host, 0, p);
            const Sample past = Base::beyond(label, p);
            return {own.value - slope_ * past.value, own.gradient - slope_ * past.gradient};
        }
        return {};
    }
    double value(Label label, Label host, Vec p) const { return sample(label, host, p).value; }

    // With domain boundaries apart: what is at a place but for them.
    Pick cell_at(Vec p) const {
        const Pick best = Base::cell_at(p);
        if (best.label < coating_ || !(layer_.at(p).value > 0.0)) return best;
        return {beyond_, best.value};
    }

    Pick label_at(Vec p) const {
        const Pick best = cell_at(p);
        if constexpr (BOUNDED) {
            const Pick face = Base::nearest_domain_boundary(p);
            if (face.value > 0.0)
                return {face.label, best.value - slope_ * face.value};
        }
        return best;
    }

private:
    GridSpline layer_;
    double slope_;
    Label coating_, beyond_;

    Sample raised(Sample cell, Vec p) const {
        const Slope k = layer_.at(p);
        if (!(k.value > 0.0)) return cell;
        return {cell.value + slope_ * k.value, cell.gradient + slope_ * k.gradient};
    }

    Sample sample_beyond(Vec p) const {
        Sample best = {std::numeric_limits<double>::infinity(), {}};
        Base::for_candidates(p, [&](Label label) {
            if (label < coating_) return;
            const Sample here = Base::sample(label, 0, p);
            if (here.value < best.value) best = here;
        });
        const Slope k = layer_.at(p);
        if (!(k.value < 0.0)) return best;
        return {best.value - slope_ * k.value, best.gradient - slope_ * k.gradient};
    }
};

}  // namespace nmc
