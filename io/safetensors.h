// Safetensors: named tensors and a map of texts, in a format that cannot hurt you.
//
// An unsigned 64-bit length N, a JSON object of N bytes, then the tensors' bytes:
//   {"name": {"dtype": "F32", "shape": [256, 2], "data_offsets": [begin, end]}, ..., "__metadata__": {"key": "text"}}
// The reader is strict: a header of at most 100 MB that is nothing but such an object, no name twice, sizes that agree
// with types and shapes under checked arithmetic, and offsets that cover the rest of the file without holes or overlap.
// Format: https://github.com/huggingface/safetensors (README, "Format").
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/tensor.h"
#include "io/input.h"
#include "io/number.h"

namespace adjoint {

struct NamedTensor {
    std::string name;
    Tensor tensor;
};

struct TensorFile {
    std::vector<NamedTensor> tensors;
    std::map<std::string, std::string> metadata;

    const Tensor* find(const std::string& name) const;  // null: there is none
};

// F16, BF16 and F32 are read as float32, F64 as float64, BOOL and integers as int64, into host memory; in the order in
// which they lie in the file. Values may be NaN or infinite: what needs finite ones says so itself (io/weights.h).
// Errors (invalid_input): whatever differs from the above, naming the tensor; types that are none of these.
TensorFile read_safetensors(const std::filesystem::path&);
TensorFile read_safetensors(Input&);

// What the header says, without the tensors.
struct SafetensorsEntry {
    std::string name;
    Number type;
    Shape shape;
    uint64_t begin, end;  // bytes, from the end of the header
};
struct SafetensorsHeader {
    std::vector<SafetensorsEntry> entries;  // sorted by their place in the file
    std::map<std::string, std::string> metadata;
};
SafetensorsHeader read_safetensors_header(Input&);

// Tensors of float32, float64 and int64 on any device, written atomically (io/atomic_file.h). The same content gives
// the same bytes: wider types first, then by name, so that every tensor is aligned.
// Errors: usage (a name twice, a name or text that is not UTF-8, dual numbers), resources.
void write_safetensors(const std::filesystem::path&, const TensorFile&);

}  // namespace adjoint
