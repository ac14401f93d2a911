// What the operating system says of memory. Python's own `resource` and `os.sysconf` are those of
// Unix, and they count the peak in units that differ from system to system.
#include "array.hpp"

#ifdef _WIN32
// clang-format off
#include <windows.h>
#include <psapi.h>
// clang-format on
#else
#include <sys/resource.h>
#include <unistd.h>
#endif

int nmc_memory(int64_t *total, int64_t *available, int64_t *peak) {
#ifdef _WIN32
    MEMORYSTATUSEX machine = {};
    machine.dwLength = sizeof machine;
    PROCESS_MEMORY_COUNTERS process = {};
    const bool known =
        GlobalMemoryStatusEx(&machine) &&
        K32GetProcessMemoryInfo(GetCurrentProcess(), &process, sizeof process);
    if (!known) return NMC_NO_MEMORY;
    *total = static_cast<int64_t>(machine.ullTotalPhys);
    *available = static_cast<int64_t>(machine.ullAvailPhys);
    *peak = static_cast<int64_t>(process.PeakWorkingSetSize);
#else
    rusage process = {};
    getrusage(RUSAGE_SELF, &process);
#ifdef __APPLE__
    constexpr int64_t UNIT = 1;
#else
    constexpr int64_t UNIT = 1024;
#endif
    *total = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    *available = -1;
    *peak = UNIT * process.ru_maxrss;
#endif
    return NMC_OK;
}
