// What the operations on complex numbers share in the host pass.
#include "kernels/complex/record.h"

#include <algorithm>

namespace adjoint {

Shape shape_of_numbers(const Signature& s, int input, bool is_complex) {
    const Shape& x = s.shape(input);
    if (!is_complex) return x;
    if (x.rank() < 1 || x[x.rank() - 1] != 2)
        s.refuse("input " + std::to_string(input + 1) + " is not complex",
                 "a complex array has a last axis of 2: real and imaginary part");
    return Shape(x.data(), x.rank() - 1);
}

Shape broadcast_numbers(const Signature& s, const std::vector<bool>& is_complex) {
    Shape shape = shape_of_numbers(s, 0, is_complex[0]);
    for (int i = 1; i < s.count(); ++i)
        shape = broadcast(shape, shape_of_numbers(s, i, is_complex[size_t(i)]), s.operation.name);
    return shape;
}

Shape with_parts(const Shape& numbers) {
    std::vector<int64_t> sizes = numbers.vector();
    sizes.push_back(2);
    return Shape(sizes);
}

std::vector<Sample> complex_samples(const std::vector<bool>& is_complex, const Attributes& attributes) {
    const std::vector<std::vector<Shape>> shapes = {
        {{3, 5}, {3, 5}, {3, 5}},          {{1001}, {1001}, {1}},        {{2, 1, 7}, {4, 1}, {7}},
        {{2, 3, 4, 5}, {2, 1, 4, 5}, {5}}, {{}, {33}, {2, 33}},          {{5, 1, 3}, {1, 6, 1}, {}},
        {{9000}, {9000}, {9000}},          {{0, 4}, {4}, {0, 1}},        {{2, 3}, {2, 2, 3}, {2, 1, 1}}};
    std::vector<Sample> samples;
    for (const std::vector<Shape>& s : shapes) {
        samples.push_back({{}, attributes});
        for (size_t i = 0; i < is_complex.size(); ++i)
            samples.back().inputs.push_back({.shape = is_complex[i] ? with_parts(s[i]) : s[i]});
    }
    return samples;
}

std::vector<WrongSample> wrong_complex(const std::vector<bool>& is_complex, const Attributes& attributes) {
    Sample not_complex, apart;
    not_complex.attributes = apart.attributes = attributes;
    for (size_t i = 0; i < is_complex.size(); ++i) {
        not_complex.inputs.push_back({.shape = is_complex[i] ? Shape{4, 3} : Shape{4}});
        const Shape numbers{3, i == 1 ? 4 : 5};
        apart.inputs.push_back({.shape = is_complex[i] ? with_parts(numbers) : numbers});
    }
    std::vector<WrongSample> wrong = {{not_complex, "a last axis of 2"}};
    if (is_complex.size() > 1) wrong.push_back({apart, "sizes 5 and 4 do not go together"});
    return wrong;
}

}  // namespace adjoint
