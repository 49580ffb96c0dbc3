#include "io/cfl.h"

#include <charconv>
#include <sstream>

#include "engine/error.h"
#include "io/atomic_file.h"
#include "io/number.h"

namespace adjoint {

namespace fs = std::filesystem;

namespace {

constexpr size_t most_dimensions = 16;

fs::path with_ending(const fs::path& path, const char* ending) {
    const fs::path base =
        path.extension() == ".hdr" || path.extension() == ".cfl" ? fs::path(path).replace_extension() : path;
    return base.string() + ending;
}

}  // namespace

std::vector<int64_t> read_cfl_sizes(Input& header) {
    constexpr uint64_t longest = 1 << 20;  // BART appends the command and the names of its files
    if (header.most_left() > longest)
        header.refuse("the header", "is longer than 1 MB", "is this the .hdr file of a BART array?");
    std::string text(size_t(header.most_left()), '\0');
    header.read(text.data(), text.size(), "the header");
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line) && line.compare(0, 12, "# Dimensions") != 0) {}
    if (!lines || !std::getline(lines, line))
        header.refuse("the header", "has no line after '# Dimensions'", "is this the .hdr file of a BART array?");

    std::vector<int64_t> sizes;
    std::istringstream words(line);
    uint64_t bytes = 8;
    for (std::string word; words >> word;) {
        const std::string field = "dimension " + std::to_string(sizes.size());
        int64_t size = 0;
        const auto result = std::from_chars(word.data(), word.data() + word.size(), size);
        if (result.ec != std::errc() || result.ptr != word.data() + word.size() || size < 1)
            header.refuse(field, "is '" + word.substr(0, 40) + "'; sizes are whole numbers from 1 on",
                          "the header is damaged");
        bytes = checked_product(header, bytes, uint64_t(size), field);
        sizes.push_back(size);
        if (sizes.size() > most_dimensions)
            header.refuse("the header", "has more than 16 dimensions", "the header is damaged");
    }
    if (sizes.empty()) header.refuse("the header", "has no sizes after '# Dimensions'", "the header is damaged");
    while (sizes.size() > 1 && sizes.back() == 1) sizes.pop_back();
    return sizes;
}

CflArray read_cfl(Input& header, Input& data) {
    CflArray array;
    array.sizes = read_cfl_sizes(header);
    std::vector<int64_t> shape;
    uint64_t bytes = 8;
    for (size_t d = array.sizes.size(); d-- > 0;) {
        bytes *= uint64_t(array.sizes[d]);  // checked with the sizes
        if (array.sizes[d] == 1) continue;
        shape.push_back(array.sizes[d]);
        array.dimensions.push_back(int(d));
    }
    if (shape.size() >= size_t(Shape::max_rank))
        header.refuse("the header", "has " + std::to_string(shape.size()) + " dimensions longer than 1",
                      "at most 7 are read: take slices of the array (bart slice)");
    if (data.most_left() != bytes)
        data.refuse("the data",
                    "have " + std::to_string(data.most_left()) + " bytes, and the sizes in the header need " +
                        std::to_string(bytes),
                    "the file is truncated, or belongs to another header");
    shape.push_back(2);
    array.values = Tensor::empty(Shape(shape));
    read_numbers(data, Number::float32, false, array.values, 0, array.values.size(), "the data");
    return array;
}

CflArray read_cfl(const fs::path& path) {
    FileInput header(with_ending(path, ".hdr")), data(with_ending(path, ".cfl"));
    return read_cfl(header, data);
}

void write_cfl(const fs::path& path, const Tensor& values, const std::vector<int>& dimensions) {
    const std::string who = "writing " + with_ending(path, ".cfl").string();
    const Shape& shape = values.shape();
    if (values.type() != Type::float32 || shape.rank() == 0 || shape.last() != 2 || shape.count() == 0)
        fail(ExitCode::usage, who,
             "a tensor " + shape.text() + " of " + name_of(values.type()) + " is no complex array",
             "BART's arrays are float32 with a last axis of 2");
    if (dimensions.size() + 1 != size_t(shape.rank()))
        fail(ExitCode::usage, who,
             std::to_string(dimensions.size()) + " dimensions are named for a tensor " + shape.text());
    std::vector<int64_t> sizes(most_dimensions, 1);
    int above = int(most_dimensions);
    for (size_t a = 0; a < dimensions.size(); ++a) {
        if (dimensions[a] < 0 || dimensions[a] >= above)
            fail(ExitCode::usage, who, "its dimensions do not descend from 15 to 0", "permute the tensor first");
        above = dimensions[a];
        sizes[size_t(above)] = shape[int(a)];
    }
    std::string header = "# Dimensions\n";
    for (const int64_t size : sizes) (header += std::to_string(size)) += ' ';
    const Tensor host = values.to(Device::cpu);
    AtomicFile data(with_ending(path, ".cfl"));
    data.write(host.bytes_data(), host.bytes());
    data.commit();
    write_atomically(with_ending(path, ".hdr"), header + "\n# Creator\nadjoint\n");
}

}  // namespace adjoint
