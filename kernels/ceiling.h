// What the machine can do at best, as the yardstick of every kernel: the rate of fused multiply-adds that never leave
// the registers, and of copying memory. Clocks of shared machines drift: alternate each measurement of a kernel with
// one of these, of like length, and quote the median ratio.
#pragma once
#include <cstdint>

namespace adjoint {

// Runs about `milliseconds` on all threads() at once; 10^9 floating-point operations per second (a multiply-add is two).
double fma_ceiling_gflops(double milliseconds = 4, bool float64 = false);

// Copies `bytes` (choose a size beyond the caches) on all threads(); 10^9 bytes per second, read and written bytes both
// counted. Uses 2 × `bytes` of memory, kept between calls of the same size.
double memory_ceiling_gbytes(int64_t bytes = int64_t(256) << 20);

}  // namespace adjoint
