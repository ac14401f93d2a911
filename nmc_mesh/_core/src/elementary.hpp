// Elementary functions that give the same bits on every processor.
//
// A mathematics library picks its code by the processor it runs on, and what the choices give
// differs in the last bit. These use + - * / and sqrt of IEEE 754 alone, in one order, and small
// tables. Each ends with a sum of two doubles that lies far closer to the true value than doubles
// lie to each other, and rounds it once; so the result is the double nearest to the true value, but
// for those few arguments whose true value lies nearly half-way between two doubles.
//
//                      error of the sum,     of 10^6 random arguments
//                      share of the value    not the nearest double
//     exp              2^-78                 0
//     expm1, tanh      2^-70                 0
//     log, log1p       2^-76                 0
//     pow              2^-66                 0
//     sin, cos         2^-68                 2 at most
//     atan2 acos       2^-68                 1 at most
//     cbrt             2^-92                 0
//     hypot            2^-100                0
//
// The first column is a bound, and the code says where it comes from. The second was counted with
// MPFR for several laws of arguments each: small, large, near 1, near multiples of pi, with results
// below the normal numbers. The largest error met is 0.500007 units in the last place, where
// glibc 2.36 has 0.51 for exp, sin, acos and pow, 0.8 for expm1, 2 for tanh, 3 for cbrt.
// Special values are those of C (annex F) and IEEE 754; a NaN that comes out has one pattern of bits.
#pragma once

namespace nmc::exact {

double exp(double x);
double expm1(double x);
double log(double x);
double log1p(double x);
double pow(double x, double y);
double tanh(double x);

double sin(double x);
double cos(double x);
void sincos(double x, double &sine, double &cosine);
double atan2(double y, double x);
double acos(double x);

double cbrt(double x);
double hypot(double x, double y);

}  // namespace nmc::exact
