// Which header the library was built from, so that the loader refuses another one's.
#include <cstdint>

#include "../core.h"

extern "C" NMC_API const std::uint32_t nmc_header;
const std::uint32_t nmc_header = NMC_HEADER;
