#include "array.hpp"

int nmc_free(uint64_t address) {
    std::free(reinterpret_cast<void *>(static_cast<std::uintptr_t>(address)));
    return NMC_OK;
}
