// A particle cut off by its shell, and the one label around it, `coating`, without a cell of its own:
//
//     F_around(x) = min_l F_l(x) - s d(x)           over the grains l, d > 0 beyond the shell.
//
// The creases of that minimum lie where two grains meet, so where they meet the shell either may
// stand for it; see domain_boundary.hpp.
#pragma once

#include "cell_field.hpp"

namespace nmc {

class ShelledField : public CellField {
public:
    static constexpr bool BOUNDED = false;

    explicit ShelledField(const nmc_field &raw)
        : CellField(raw), shell_(raw.shell), slope_(raw.slope),
          around_(static_cast<Label>(raw.coating)) {}

    Sample sample(Label label, Label, Vec p) const {
        return label == around_ ? sample_around(p) : cell(label, p);
    }
    double value(Label label, Label host, Vec p) const { return sample(label, host, p).value; }

    Pick cell_at(Vec p) const {
        const Pick best = CellField::cell_at(p);
        const double past = shell_.past(p);
        return past > 0.0 ? Pick{around_, best.value - slope_ * past} : best;
    }
    Pick label_at(Vec p) const { return cell_at(p); }

    template <class Visit>
    void for_candidates(Vec p, Visit &&visit) const {
        CellField::for_candidates(p, visit);
        visit(around_);
    }

private:
    ShellBoundary shell_;
    double slope_;
    Label around_;

    Sample sample_around(Vec p) const {
        const Sample grain = cell(CellField::cell_at(p).label, p);
        const Slope past = shell_.beyond(p);
        return {grain.value - slope_ * past.value, grain.gradient - slope_ * past.gradient};
    }
};

}  // namespace nmc
