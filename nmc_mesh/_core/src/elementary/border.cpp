// The elementary functions over arrays, as Python calls them.
#include "../elementary.hpp"

#include "../array.hpp"

using namespace nmc;

namespace {

template <double (*f)(double)>
int each(const f64_1 *x_, f64_1 *out_) {
    const auto x = in(*x_);
    const auto values = out(*out_);
    for (i64 i = 0; i < x.length(); ++i) values[i] = f(x[i]);
    return NMC_OK;
}

template <double (*f)(double, double)>
int each(const f64_1 *x_, const f64_1 *y_, f64_1 *out_) {
    const auto x = in(*x_);
    const auto y = in(*y_);
    const auto values = out(*out_);
    for (i64 i = 0; i < x.length(); ++i) values[i] = f(x[i], y[i]);
    return NMC_OK;
}

}  // namespace

int nmc_exp(const f64_1 *x, f64_1 *out) { return each<exact::exp>(x, out); }
int nmc_expm1(const f64_1 *x, f64_1 *out) { return each<exact::expm1>(x, out); }
int nmc_log(const f64_1 *x, f64_1 *out) { return each<exact::log>(x, out); }
int nmc_log1p(const f64_1 *x, f64_1 *out) { return each<exact::log1p>(x, out); }
int nmc_tanh(const f64_1 *x, f64_1 *out) { return each<exact::tanh>(x, out); }
int nmc_sin(const f64_1 *x, f64_1 *out) { return each<exact::sin>(x, out); }
int nmc_cos(const f64_1 *x, f64_1 *out) { return each<exact::cos>(x, out); }
int nmc_acos(const f64_1 *x, f64_1 *out) { return each<exact::acos>(x, out); }
int nmc_cbrt(const f64_1 *x, f64_1 *out) { return each<exact::cbrt>(x, out); }
int nmc_pow(const f64_1 *x, const f64_1 *y, f64_1 *out) { return each<exact::pow>(x, y, out); }
int nmc_atan2(const f64_1 *y, const f64_1 *x, f64_1 *out) { return each<exact::atan2>(y, x, out); }
int nmc_hypot(const f64_1 *x, const f64_1 *y, f64_1 *out) { return each<exact::hypot>(x, y, out); }

int nmc_sincos(const f64_1 *x_, f64_1 *sine_, f64_1 *cosine_) {
    const auto x = in(*x_);
    const auto sine = out(*sine_), cosine = out(*cosine_);
    for (i64 i = 0; i < x.length(); ++i) exact::sincos(x[i], sine[i], cosine[i]);
    return NMC_OK;
}
