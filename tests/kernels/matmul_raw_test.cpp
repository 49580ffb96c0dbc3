// The raw CPU matrix product in every instruction set: values against float64 sums, nothing written outside C, the same
// bits for any number of threads.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "engine/isa.h"
#include "engine/parallel.h"
#include "kernels/linear/matmul/problem.h"

using namespace adjoint;

TEST_SUITE_BEGIN("kernels");

namespace {

struct Case {
    int64_t m, n, k;
    int64_t batch = 1;
    bool shared_b = false;
    int64_t extra = 0;  // leading dimensions beyond the row's length
};

// Numbers in (−1, 1), the same for the same seed. They are kept: the same product is made in many ways.
template <class T>
const T* random_numbers(int64_t count, uint32_t seed) {
    struct Sequence {
        std::vector<T> numbers;
        uint32_t state;
    };
    static std::map<uint32_t, Sequence> all;
    Sequence& s = all.try_emplace(seed, Sequence{{}, seed}).first->second;
    for (s.numbers.reserve(size_t(count)); int64_t(s.numbers.size()) < count;) {
        s.state = s.state * 1664525u + 1013904223u;
        s.numbers.push_back(T(int32_t(s.state) >> 8) / T(1 << 23));
    }
    return s.numbers.data();
}

template <class T>
using RawMatmul = void (*)(const MatmulProblem<T>&);
// Builds of one instruction set have one kernel by all three names.
template <class T>
std::vector<std::pair<std::string, RawMatmul<T>>> builds() {
    std::vector<std::pair<std::string, RawMatmul<T>>> all{{"baseline", isa_baseline::matmul_raw}};
    auto add = [&](const char* name, RawMatmul<T> matmul) {
        if (matmul != all.back().second) all.push_back({name, matmul});
    };
    if (isa() >= Isa::avx2) add("avx2", isa_avx2::matmul_raw);
    if (isa() >= Isa::avx512) add("avx512", isa_avx512::matmul_raw);
    return all;
}

// One case in one build; returns C with everything around it.
template <class T>
std::vector<T> product(RawMatmul<T> matmul, const Case& s, bool ta, bool tb, bool accumulate, bool check) {
    MatmulProblem<T> p;
    p.m = s.m, p.n = s.n, p.k = s.k, p.transpose_a = ta, p.transpose_b = tb, p.accumulate = accumulate;
    p.lda = (ta ? s.m : s.k) + s.extra, p.ldb = (tb ? s.k : s.n) + s.extra, p.ldc = s.n + s.extra;
    p.batch = s.batch;
    p.batch_a = (ta ? s.k : s.m) * p.lda, p.batch_b = s.shared_b ? 0 : (tb ? s.n : s.k) * p.ldb, p.batch_c = s.m * p.ldc;
    const T *a = random_numbers<T>(p.batch_a * s.batch, 1), *before = random_numbers<T>(p.batch_c * s.batch, 3);
    const T* b = random_numbers<T>(s.shared_b ? (tb ? s.n : s.k) * p.ldb : p.batch_b * s.batch, 2);
    std::vector<T> c(before, before + p.batch_c * s.batch);
    p.a = a, p.b = b, p.c = c.data();
    matmul(p);
    if (!check) return c;

    double worst = 0;
    bool outside_untouched = true;
    // k roundings of partial sums that grow like √k: errors grow like k.
    const double tolerance = (sizeof(T) == 4 ? 1e-7 : 2e-16) * double(s.k + 8);
    for (int64_t q = 0; q < s.batch; q++)
        for (int64_t i = 0; i < s.m; i++)
            for (int64_t j = 0; j < p.ldc; j++) {
                const size_t at = size_t(q * p.batch_c + i * p.ldc + j);
                if (j >= s.n) {
                    outside_untouched = outside_untouched && c[at] == before[at];
                    continue;
                }
                // All elements of small products; of large ones the edges and a scattering.
                if (s.m * s.n > 4096 && i > 2 && i < s.m - 3 && j > 2 && j < s.n - 3 && (i * 31 + j * 17) % 61) continue;
                double exact = accumulate ? double(before[at]) : 0;
                for (int64_t l = 0; l < s.k; l++)
                    exact += double(a[size_t(q * p.batch_a + (ta ? l * p.lda + i : i * p.lda + l))]) *
                             double(b[size_t(q * p.batch_b + (tb ? j * p.ldb + l : l * p.ldb + j))]);
                double error = std::abs(double(c[at]) - exact);
                if (!(error <= worst)) worst = error;
            }
    CHECK(worst <= tolerance);
    CHECK(outside_untouched);
    return c;
}

std::string described(const std::string& build, const Case& s, int way) {
    return build + " " + std::to_string(s.m) + "x" + std::to_string(s.n) + "x" + std::to_string(s.k) + " batch " +
           std::to_string(s.batch) + (way & 1 ? " A^T" : " A") + (way & 2 ? " B^T" : " B") + (way & 4 ? " +=" : "");
}

template <class T>
void all_ways(const Case& s) {
    for (auto& [name, matmul] : builds<T>())
        for (int way = 0; way < 8; way++) {
            INFO(described(name, s, way) << ", bits " << 8 * sizeof(T));
            product<T>(matmul, s, way & 1, way & 2, way & 4, true);
        }
}

}  // namespace

TEST_CASE("raw matmul: odd, tiny and tail shapes") {
    for (Case s : {Case{1, 1, 1}, Case{1, 1, 300}, Case{3, 5, 7}, Case{5, 3, 600}, Case{14, 32, 8}, Case{15, 33, 9},
                   Case{13, 31, 400, 1, false, 3}, Case{37, 53, 71}, Case{1, 200, 130}, Case{200, 1, 130},
                   Case{29, 65, 390, 1, false, 1}, Case{6, 16, 4}, Case{7, 17, 5}, Case{113, 40, 64}, Case{2, 96, 3}}) {
        all_ways<float>(s);
        all_ways<double>(s);
    }
}

TEST_CASE("raw matmul: larger shapes, several slices of depth, aliased rows") {
    for (Case s : {Case{130, 140, 800}, Case{70, 130, 512}, Case{300, 66, 256, 1, false, 256}}) {
        all_ways<float>(s);
        all_ways<double>(s);
    }
}

TEST_CASE("raw matmul: long depth in slabs") {
    for (Case s : {Case{1, 1, 5000}, Case{3, 40, 2100}, Case{40, 3, 2100}, Case{33, 2, 4099}, Case{20, 70, 3001, 1, false, 2}}) {
        all_ways<float>(s);
        all_ways<double>(s);
    }
}

TEST_CASE("raw matmul: batches") {
    for (Case s : {Case{5, 6, 7, 9}, Case{16, 16, 16, 40}, Case{5, 6, 7, 9, true}, Case{20, 30, 2050, 3}, Case{4, 5, 6, 3, true, 2},
                   Case{260, 260, 260, 2}}) {
        all_ways<float>(s);
        all_ways<double>(s);
    }
}

TEST_CASE("raw matmul with depth 0 writes zeros or adds nothing") {
    for (auto& [name, matmul] : builds<float>()) {
        std::vector<float> c(6, 2.0f);
        MatmulProblem<float> p;
        p.m = 2, p.n = 3, p.k = 0, p.c = c.data(), p.ldc = 3, p.ldb = 3;
        p.accumulate = true;
        matmul(p);
        CHECK(c == std::vector<float>(6, 2.0f));
        p.accumulate = false;
        matmul(p);
        CHECK(c == std::vector<float>(6, 0.0f));
    }
}

TEST_CASE("raw matmul gives the same bits for 1, 2, 3 and 7 threads") {
    const int before = threads();
    for (Case s : {Case{500, 256, 256}, Case{512, 370, 370}, Case{256, 256, 5000}, Case{256, 2, 5000}, Case{3, 700, 333},
                   Case{37, 53, 71, 60}, Case{1000, 3, 256}})
        for (auto& [name, matmul] : builds<float>())
            for (int way = 0; way < 8; way++) {
                INFO(described(name, s, way));
                set_threads(1);
                const std::vector<float> one = product<float>(matmul, s, way & 1, way & 2, way & 4, false);
                for (int n : {2, 3, 7}) {
                    set_threads(n);
                    const std::vector<float> many = product<float>(matmul, s, way & 1, way & 2, way & 4, false);
                    CHECK(std::memcmp(one.data(), many.data(), one.size() * sizeof(float)) == 0);
                }
            }
    set_threads(before);
}

TEST_SUITE_END();
