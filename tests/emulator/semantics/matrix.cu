// Matrix instructions, whose fragments are laid out over the lanes of a warp, and 16-bit numbers.
#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine/gpu.h"
#include "tests/emulator/device_vector.h"
#include "tests/emulator/semantics/semantics.h"

namespace adjoint::gpu {
namespace {

// C = A B with A 16×16 and B 16×8 in bfloat16, C in float32, by one warp.
__global__ void product(const uint16_t* A, const uint16_t* B, float* C) {
    GPU_SHARED(a, uint16_t[16][24]);
    GPU_SHARED(b, uint16_t[16][24]);
    const int lane = int(threadIdx.x);
    for (int i = lane; i < 256; i += 32) a[i / 16][i % 16] = A[i];
    for (int i = lane; i < 128; i += 32) b[i / 8][i % 8] = B[i];
    __syncwarp();
    unsigned fragment_a[4], fragment_b[2];
    ldmatrix_x4(fragment_a, &a[lane % 16][lane / 16 * 8]);
    ldmatrix_x2_trans(fragment_b, &b[lane % 16][0]);
    float d[4] = {};
    mma_bf16_16816(d, fragment_a, fragment_b);
    for (int i = 0; i < 4; ++i) C[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = d[i];
}
uint16_t bfloat16_bits(float f) {  // exact for the small integers used here
    uint32_t bits;
    std::memcpy(&bits, &f, 4);
    return uint16_t(bits >> 16);
}
std::string product_broken() {
    std::vector<uint16_t> A, B;
    for (int i = 0; i < 256; ++i) A.push_back(bfloat16_bits(float(i % 13 - 6)));
    for (int i = 0; i < 128; ++i) B.push_back(bfloat16_bits(float(i % 7 - 3)));
    std::vector<float> expected(128, 0.f);
    for (int row = 0; row < 16; ++row)
        for (int col = 0; col < 8; ++col)
            for (int k = 0; k < 16; ++k)
                expected[size_t(row * 8 + col)] += float((row * 16 + k) % 13 - 6) * float((k * 8 + col) % 7 - 3);
    DeviceVector<uint16_t> a(A), b(B);
    DeviceVector<float> c(128);
    launch(product, 1, 32, 0, nullptr, a.data(), b.data(), c.data());
    return difference(c.to_host(), expected);
}

__global__ void conversions(const float* x, float* half, float* bfloat, int n) {
    const int i = int(threadIdx.x);
    if (i >= n) return;
    half[i] = __half2float(__float2half(x[i]));
    bfloat[i] = __bfloat162float(__float2bfloat16(x[i]));
}
// Round to nearest even, overflow to infinity, subnormal numbers.
std::string conversions_broken() {
    const std::vector<float> values = {0.f,    1.f,        -1.f,          65504.f,     65519.f,     65520.f,    1e-8f,
                                       5.96e-8f, 1.0009765f, 1.00048828125f, 1.00146484375f, 3.14159265f, -2.5e-6f};
    const std::vector<float> as_half = {0.f, 1.f, -1.f, 65504.f, 65504.f, INFINITY, 0.f, 5.9604645e-08f, 1.0009765625f,
                                        1.f, 1.001953125f, 3.140625f, -2.50339508e-06f};
    const int n = int(values.size());
    DeviceVector<float> x(values), half(values.size()), bfloat(values.size());
    launch(conversions, 1, 32, 0, nullptr, x.data(), half.data(), bfloat.data(), n);
    const std::string wrong = difference(half.to_host(), as_half);
    if (!wrong.empty()) return "half: " + wrong;
    return bfloat.to_host()[11] == 3.140625f ? "" : "bfloat16 of 3.14159265 is not 3.140625";
}

}  // namespace

const std::vector<Promise> matrix_promises = {
    {"ldmatrix and mma", product_broken},
    {"half and bfloat16", conversions_broken},
};

}  // namespace adjoint::gpu
