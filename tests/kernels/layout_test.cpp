// Layout operations where the battery does not look: the conventions (against NumPy's results, written out), indices
// that do not exist, large and awkward transpositions, bits for any number of threads.
#include "kernels/layout/layout.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "engine/parallel.h"
#include "engine/philox.h"
#include "engine/tape.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

using namespace adjoint;

TEST_SUITE_BEGIN("kernels");

namespace {

using Doubles = std::vector<double>;
using Integers = std::vector<int64_t>;

Tensor numbered(const Shape& shape) {
    Doubles v(size_t(shape.count()));
    for (size_t i = 0; i < v.size(); ++i) v[i] = double(i + 1);
    return Tensor::from(v, shape);
}

Tensor random_indices(int64_t m, int64_t n) {
    Philox random{3, 4};
    Integers v(static_cast<size_t>(m));
    for (size_t i = 0; i < v.size(); ++i) v[i] = int64_t(random.below(i, uint64_t(n)));
    return Tensor::from(v, {m});
}

template <class Call>
std::string refusal(const Call& call) {
    try {
        call();
    } catch (const Error& e) {
        CHECK(e.code == ExitCode::usage);
        return e.what();
    }
    return "not refused";
}

}  // namespace

TEST_CASE("padding follows NumPy's conventions") {
    Tensor x = numbered({4});
    CHECK(pad_reflect(x, {3}, {2}).values<double>() == Doubles{4, 3, 2, 1, 2, 3, 4, 3, 2});
    CHECK(pad_reflect(x, {5}, {0}).values<double>() == Doubles{2, 3, 4, 3, 2, 1, 2, 3, 4});
    CHECK(pad_symmetric(x, {3}, {2}).values<double>() == Doubles{3, 2, 1, 1, 2, 3, 4, 4, 3});
    CHECK(pad_symmetric(x, {0}, {6}).values<double>() == Doubles{1, 2, 3, 4, 4, 3, 2, 1, 1, 2});
    CHECK(pad_replicate(x, {2}, {1}).values<double>() == Doubles{1, 1, 1, 2, 3, 4, 4});
    CHECK(pad_zero(x, {1}, {2}).values<double>() == Doubles{0, 1, 2, 3, 4, 0, 0});
    CHECK(pad_reflect(numbered({2, 2}), {1, 0}, {0, 1}).values<double>() == Doubles{3, 4, 3, 1, 2, 1, 3, 4, 3});
    CHECK(refusal([&] { pad_zero(x, {1, 1}, {1, 1}); }).find("one entry for each of its 1 axes") != std::string::npos);
    CHECK(refusal([&] { pad_zero(x, {-1}, {0}); }).find("negative") != std::string::npos);
}

TEST_CASE("a border's gradient is folded back") {
    for (auto pad : {pad_reflect, pad_symmetric, pad_replicate}) {
        Tape tape;
        Tensor x = tape.variable(numbered({3}));
        Tensor y = pad(x, {2}, {1});
        Tensor g = gradient(y, {x}, {.cotangent = numbered({6})})[0];
        CHECK(g.values<double>() == (pad == pad_reflect     ? Doubles{3, 2 + 4 + 6, 1 + 5}
                                     : pad == pad_symmetric ? Doubles{2 + 3, 1 + 4, 5 + 6}
                                                            : Doubles{1 + 2 + 3, 4, 5 + 6}));
    }
}

TEST_CASE("slices, flips, rolls, stacks") {
    Tensor x = numbered({2, 5});
    CHECK(slice_axis(x, -1, 1, 5, 2).values<double>() == Doubles{2, 4, 7, 9});
    CHECK(flip(x, {1}).values<double>() == Doubles{5, 4, 3, 2, 1, 10, 9, 8, 7, 6});
    CHECK(flip(x, {0, -1}).values<double>() == Doubles{10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
    CHECK(roll(x, {1, -2}).values<double>() == Doubles{8, 9, 10, 6, 7, 3, 4, 5, 1, 2});
    CHECK(roll(x, {0, 502}).values<double>() == roll(x, {0, 2}).values<double>());
    CHECK(unslice(numbered({2}), {5}, {1}, {3}).values<double>() == Doubles{0, 1, 0, 0, 2});
    CHECK(permute(numbered({2, 3}), {1, 0}).values<double>() == Doubles{1, 4, 2, 5, 3, 6});
    Tensor s = stack({numbered({3}), numbered({3}) + 10.0}, -1);
    CHECK(s.shape() == Shape{3, 2});
    CHECK(s.values<double>() == Doubles{1, 11, 2, 12, 3, 13});
    CHECK(refusal([&] { slice_axis(x, 1, 2, 6); }).find("has 5 entries") != std::string::npos);
    std::vector<Tensor> many(40, numbered({2, 1}));
    CHECK(concatenate(many, 1).shape() == Shape{2, 40});
    CHECK(concatenate(many, 1).values<double>()[79] == 2);
}

TEST_CASE("transpositions of every size around the squares") {
    for (int64_t rows : {2, 3, 4, 5, 15, 16, 17, 63, 65, 130})
        for (int64_t columns : {2, 3, 4, 7, 16, 33, 64, 129}) {
            Tensor x = numbered({2, columns, rows});
            const Doubles v = x.values<double>();
            for (Type type : {Type::float64, Type::float32}) {
                const Doubles t = permute(x.to(type), {0, 2, 1}).to(Type::float64).values<double>();
                bool right = true;
                for (int64_t o = 0; o < 2; ++o)
                    for (int64_t i = 0; i < rows; ++i)
                        for (int64_t j = 0; j < columns; ++j)
                            right &= t[size_t((o * rows + i) * columns + j)] == v[size_t((o * columns + j) * rows + i)];
                CHECK_MESSAGE(right, rows << " × " << columns);
            }
        }
    // Every order of four axes, one of them of size 1, there and back.
    Tensor x = numbered({3, 1, 5, 18});
    Integers order = {0, 1, 2, 3};
    do {
        Integers back(4);
        for (int64_t k = 0; k < 4; ++k) back[size_t(order[size_t(k)])] = k;
        CHECK(permute(permute(x, order), back).values<double>() == x.values<double>());
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("an index that does not exist is refused before anything is written") {
    Tensor x = numbered({3, 4});
    for (int64_t wrong : {-1, 4}) {
        Tensor index = Tensor::from(Integers{0, 1, wrong, 2}, {4});
        const std::string text = refusal([&] { gather(x, index, 1); });
        CHECK(text.find("index " + std::to_string(wrong) + " at place 2") != std::string::npos);
        CHECK(text.find("indices run from 0 to 3") != std::string::npos);
        CHECK(refusal([&] { scatter_add(x, index, 1, 4); }).find("at place 2") != std::string::npos);
    }
}

TEST_CASE("picked pixels: many repeats, exact adjoint, the same bits on any number of threads") {
    const int before = threads();
    const int64_t pixels = 5000, picked = 40000;
    Tensor index = random_indices(picked, pixels);
    Tensor x = (sin(numbered({2, 3, pixels})) + 1.0).to(Type::float32);
    Tensor y = gather(x, index, 2);
    CHECK(y.shape() == Shape{2, 3, picked});
    const auto at = index.values<int64_t>();
    const auto from = x.values<float>(), to = y.values<float>();
    bool right = true;
    for (int64_t o = 0; o < 6; ++o)
        for (int64_t k = 0; k < picked; ++k)
            right &= to[size_t(o * picked + k)] == from[size_t(o * pixels + at[size_t(k)])];
    CHECK(right);
    // In ascending order of the repeats: the very bits of the plain loop.
    std::vector<float> want(size_t(6 * pixels), 0.0f);
    for (int64_t o = 0; o < 6; ++o)
        for (int64_t k = 0; k < picked; ++k) want[size_t(o * pixels + at[size_t(k)])] += to[size_t(o * picked + k)];
    for (int n : {1, 2, 7}) {
        set_threads(n);
        CHECK(scatter_add(y, index, 2, pixels).values<float>() == want);
    }
    set_threads(before);
}

TEST_SUITE_END();
