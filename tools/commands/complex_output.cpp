#include "tools/commands/complex_output.h"

#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>

#include "engine/error.h"
#include "io/cfl.h"
#include "io/npy.h"
#include "kernels/layout/layout.h"

namespace adjoint::commands {

void check_complex_output(const std::filesystem::path& path) {
    const std::string ending = path.extension().string();
    if (ending == ".npy" || ending == ".cfl" || ending == ".hdr" || ending.empty()) return check_output_place(path);
    fail(ExitCode::usage, "writing " + path.string(), "its ending is neither .npy nor .cfl", "choose one of them");
}

void check_output_place(const std::filesystem::path& path) {
    const std::string asked = "writing " + path.string();
    std::error_code error;
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    if (std::filesystem::is_directory(path, error))
        fail(ExitCode::resources, asked, "there is a folder of this name", "give the name of a file");
    if (!std::filesystem::is_directory(folder, error))
        fail(ExitCode::resources, asked, "there is no folder " + folder.string(), "make the folder first");
    if (!std::filesystem::exists(path, error) && ::access(folder.c_str(), W_OK) != 0)
        fail(ExitCode::resources, asked, std::strerror(errno), "choose a folder that you may write to");
}

void write_complex(const std::filesystem::path& path, const Tensor& values) {
    check_complex_output(path);
    for (float x : values.values<float>())
        if (!std::isfinite(x))
            fail(ExitCode::numerical, "writing " + path.string(), "a value is not finite",
                 "check the input and the settings");
    std::vector<int64_t> sizes = values.shape().vector();
    const bool single = sizes[0] == 1, coils = values.rank() == 5;
    if (path.extension() == ".npy") {
        if (single) sizes.erase(sizes.begin());
        write_npy(path, values.viewed_as(Shape(sizes)), true);
        return;
    }
    // The readout is BART's fastest dimension, and H is the readout.
    const Tensor turned =
        permute(values, coils ? std::vector<int64_t>{0, 1, 3, 2, 4} : std::vector<int64_t>{0, 2, 1, 3});
    sizes = turned.shape().vector();
    std::vector<int> dimensions = coils ? std::vector<int>{13, 3, 1, 0} : std::vector<int>{13, 1, 0};
    if (single) {
        sizes.erase(sizes.begin());
        dimensions.erase(dimensions.begin());
    }
    write_cfl(path, turned.viewed_as(Shape(sizes)), dimensions);
}

}  // namespace adjoint::commands
