#include "array.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

int nmc_free(uint64_t address) {
    std::free(reinterpret_cast<void *>(static_cast<std::uintptr_t>(address)));
    return NMC_OK;
}

int nmc_trim_memory(bool *able) {
#ifdef __GLIBC__
    malloc_trim(0);
    *able = true;
#else
    *able = false;
#endif
    return NMC_OK;
}
