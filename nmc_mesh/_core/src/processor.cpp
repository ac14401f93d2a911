#include "processor.hpp"

#ifdef NMC_X86
#include <cpuid.h>

namespace nmc {
namespace {

// Bits of the instructions cpuid and xgetbv (Intel's manual, volume 2). The compilers' own
// __builtin_cpu_supports needs a runtime library that zig does not link.
constexpr unsigned OSXSAVE = 1u << 27, AVX = 1u << 28, AVX2 = 1u << 5;
constexpr unsigned VECTOR_STATE = 6;  // the system saves the 128-bit and the 256-bit registers

bool look() {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE) || !(c & AVX)) return false;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & VECTOR_STATE) != VECTOR_STATE) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & AVX2);
}

int known = -1;  // asked once: a virtual machine takes microseconds to answer

}  // namespace

bool has_avx2() {
    int state = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (state < 0) {
        state = look();
        __atomic_store_n(&known, state, __ATOMIC_RELAXED);
    }
    return state == 1;
}

}  // namespace nmc
#endif
