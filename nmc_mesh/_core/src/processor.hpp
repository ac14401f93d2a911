// What the processor can do, for loops that are compiled twice (*_avx2.cpp).
#pragma once

#if defined(__x86_64__) || defined(_M_X64)
#define NMC_X86 1

namespace nmc {

// Whether this machine and its operating system have AVX2.
bool has_avx2();

}  // namespace nmc
#endif
