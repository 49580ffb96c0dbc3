// The emulation of the PTX instructions that engine/gpu.h wraps: asynchronous copies and matrix fragments. The
// layouts are those of the PTX manual (m16n8k16, ldmatrix).
#pragma once
#include "engine/emulator/collectives.h"

namespace adjoint::gpu {
template <class T>
T atomic_load(const T* p) {
    ::adjoint::emulator::preempt();
    T v;
    __atomic_load(p, &v, __ATOMIC_RELAXED);
    return v;
}
inline void cp_async16(void* dst, const void* src, bool pred) {
    if ((reinterpret_cast<uintptr_t>(dst) | reinterpret_cast<uintptr_t>(src)) & 15)
        ::adjoint::emulator::fail("cp.async: misaligned address %p <- %p", dst, src);
    ::adjoint::emulator::async_issue({dst, src, 16, pred ? 16u : 0u, 0});
}
inline void cp_async_commit() { ::adjoint::emulator::async_commit(); }
template <int N>
inline void cp_async_wait() {
    ::adjoint::emulator::async_wait(N);
}
namespace fragments {
// Shared-memory reads are done by the lane that owns the row (so ASan/TSan see
// them); only the register exchange is hidden glue.
struct LdMatrix {
    uint16_t row[8];
    unsigned r[4];
};
template <int N, bool Trans>
EMULATOR_GLUE void ldmatrix_fn(void* const args[32], uint32_t active) {
    if (active != 0xffffffffu) ::adjoint::emulator::fail("ldmatrix needs a full warp");
    for (int l = 0; l < 32; ++l)
        for (int j = 0; j < N; ++j) {
            unsigned v = 0;
            for (int e = 0; e < 2; ++e) {
                const int r = Trans ? 2 * (l % 4) + e : l / 4, c = Trans ? l / 4 : 2 * (l % 4) + e;
                v |= unsigned(static_cast<LdMatrix*>(args[j * 8 + r])->row[c]) << (16 * e);
            }
            static_cast<LdMatrix*>(args[l])->r[j] = v;
        }
}
template <int N, bool Trans>
EMULATOR_GLUE void ldmatrix_exchange(unsigned* out, const uint16_t* row, const char* f, int line) {
    LdMatrix a;
    for (int i = 0; i < 8; ++i) a.row[i] = row[i];
    ::adjoint::emulator::warp_collective(0xffffffffu, ldmatrix_fn<N, Trans>, &a, false, f, line);
    for (int j = 0; j < N; ++j) out[j] = a.r[j];
}
template <int N, bool Trans>
void ldmatrix(unsigned* out, const void* row, const char* f, int line) {
    uint16_t tmp[8] = {};
    if (::adjoint::emulator::lane_id() < 8 * N) {
        if (reinterpret_cast<uintptr_t>(row) & 15) ::adjoint::emulator::fail("ldmatrix: misaligned row address");
        for (int i = 0; i < 8; ++i) tmp[i] = static_cast<const uint16_t*>(row)[i];
    }
    ldmatrix_exchange<N, Trans>(out, tmp, f, line);
}
struct Mma {
    float* d;
    const unsigned* a;
    const unsigned* b;
};
EMULATOR_GLUE inline void mma_bf16_16816_fn(void* const args[32], uint32_t active) {
    if (active != 0xffffffffu) ::adjoint::emulator::fail("mma.sync needs a full warp");
    float A[16][16], B[16][8];
    auto bf = [](unsigned reg, int half) EMULATOR_GLUE { return std::bit_cast<float>((reg >> (16 * half)) << 16); };
    for (int l = 0; l < 32; ++l) {
        const auto* m = static_cast<Mma*>(args[l]);
        const int g = l / 4, t = l % 4;
        for (int i = 0; i < 4; ++i)
            for (int h = 0; h < 2; ++h) A[g + 8 * (i & 1)][2 * t + h + 8 * (i >> 1)] = bf(m->a[i], h);
        for (int i = 0; i < 2; ++i)
            for (int h = 0; h < 2; ++h) B[2 * t + h + 8 * i][g] = bf(m->b[i], h);
    }
    for (int l = 0; l < 32; ++l) {
        auto* m = static_cast<Mma*>(args[l]);
        const int g = l / 4, t = l % 4;
        for (int i = 0; i < 4; ++i) {
            const int r = g + 8 * (i >> 1), c = 2 * t + (i & 1);
            float s = m->d[i];
            for (int k = 0; k < 16; ++k) s += A[r][k] * B[k][c];
            m->d[i] = s;
        }
    }
}
}  // namespace fragments
inline void ldmatrix_x4(unsigned (&r)[4], const void* row, EMULATOR_SITE) {
    fragments::ldmatrix<4, false>(r, row, file_, line_);
}
inline void ldmatrix_x2_trans(unsigned (&r)[2], const void* row, EMULATOR_SITE) {
    fragments::ldmatrix<2, true>(r, row, file_, line_);
}
EMULATOR_GLUE inline void mma_bf16_16816(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], EMULATOR_SITE) {
    fragments::Mma m{d, a, b};
    ::adjoint::emulator::warp_collective(0xffffffffu, fragments::mma_bf16_16816_fn, &m, false, file_, line_);
}
inline void named_barrier_sync(int id, int threads, EMULATOR_SITE) {
    ::adjoint::emulator::named_barrier(id, threads, true, file_, line_);
}
inline void named_barrier_arrive(int id, int threads, EMULATOR_SITE) {
    ::adjoint::emulator::named_barrier(id, threads, false, file_, line_);
}
}  // namespace adjoint::gpu
