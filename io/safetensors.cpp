#include "io/safetensors.h"

#include <algorithm>
#include <set>

#include "engine/error.h"
#include "io/atomic_file.h"
#include "io/safetensors_header.h"

namespace adjoint {

const Tensor* TensorFile::find(const std::string& name) const {
    for (const auto& t : tensors)
        if (t.name == name) return &t.tensor;
    return nullptr;
}

SafetensorsHeader read_safetensors_header(Input& input) {
    constexpr uint64_t largest_header = 100'000'000;
    uint8_t prefix[8];
    input.read(prefix, sizeof prefix, "the header's length");
    uint64_t length = 0;
    for (int i = 7; i >= 0; --i) length = length << 8 | prefix[i];
    if (length > largest_header)
        input.refuse("the header's length",
                     "is " + std::to_string(length) + " bytes, and at most 100000000 are allowed",
                     "is this a safetensors file?");
    input.require(length, "the header");
    std::string text(size_t(length), '\0');
    input.read(text.data(), text.size(), "the header");
    SafetensorsHeader header = parse_safetensors_header(input, text);

    // The tensors must lie one behind the other and fill the file: nothing hidden between them, nothing read twice.
    std::stable_sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
    });
    uint64_t expected = 0;
    for (const auto& e : header.entries) {
        if (e.begin != expected)
            input.refuse("tensor '" + e.name + "'",
                         "begins at byte " + std::to_string(e.begin) +
                             ", but the one before it ends at " + std::to_string(expected),
                         "write the file again with a safetensors library");
        expected = e.end;
    }
    input.require(expected, "the tensors' data");
    if (expected != input.most_left())
        input.refuse("the tensors' data", "end " + std::to_string(input.most_left() - expected) +
                     " bytes before the file does", "the file is damaged: copy or write it again");
    return header;
}

TensorFile read_safetensors(Input& input) {
    SafetensorsHeader header = read_safetensors_header(input);
    TensorFile file;
    file.metadata = std::move(header.metadata);
    for (auto& e : header.entries) {
        Tensor tensor = Tensor::empty(e.shape, exact_type(e.type));
        read_numbers(input, e.type, false, tensor, 0, tensor.size(), "tensor '" + e.name + "'");
        file.tensors.push_back({std::move(e.name), std::move(tensor)});
    }
    return file;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
    FileInput input(path);
    return read_safetensors(input);
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
    std::vector<const NamedTensor*> order;
    std::set<std::string> names;
    for (const auto& t : file.tensors) {
        if (!names.insert(t.name).second)
            fail(ExitCode::usage, "writing " + path.string(), "the tensor '" + t.name + "' is given twice");
        if (is_dual(t.tensor.type()))
            fail(ExitCode::usage, "writing " + path.string(), "the tensor '" + t.name + "' holds dual numbers",
                 "convert it to float64 first");
        order.push_back(&t);
    }
    std::sort(order.begin(), order.end(), [](const NamedTensor* a, const NamedTensor* b) {
        const size_t wa = size_of(a->tensor.type()), wb = size_of(b->tensor.type());
        return wa != wb ? wa > wb : a->name < b->name;
    });
    const std::string header = safetensors_header_text(path.string(), order, file.metadata);
    std::string prefix;
    for (int i = 0; i < 8; ++i) prefix += char(uint64_t(header.size()) >> 8 * i & 255);

    AtomicFile out(path);
    out.write(prefix);
    out.write(header);
    for (const NamedTensor* t : order) {
        const Tensor host = t->tensor.to(Device::cpu);
        out.write(host.bytes_data(), host.bytes());
    }
    out.commit();
}

}  // namespace adjoint
