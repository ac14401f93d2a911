// What the library was built from: the header, so that the loader refuses another one's, and all
// sources, so that machines can tell whether they make the same bytes. build.py counts both.
#include <cstdint>

#include "../core.h"

extern "C" NMC_API const std::uint32_t nmc_header;
extern "C" NMC_API const std::uint64_t nmc_sources;
const std::uint32_t nmc_header = NMC_HEADER;
const std::uint64_t nmc_sources = NMC_SOURCES;
