#include <cstring>

#include "engine/error.h"
#include "io/gzip.h"
#include "io/nifti.h"

namespace adjoint {

namespace {

template <class T>
void put(std::string& bytes, size_t offset, T value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

std::string header_bytes(const std::vector<int64_t>& size, const NiftiHeader& geometry, int datatype, int bits) {
    std::string h(352, '\0');  // the last four bytes: no extensions
    put<int32_t>(h, 0, 348);
    put<int16_t>(h, 40, int16_t(size.size()));
    for (size_t i = 0; i < 7; ++i) put<int16_t>(h, 42 + 2 * i, i < size.size() ? int16_t(size[i]) : int16_t(1));
    put<int16_t>(h, 70, int16_t(datatype));
    put<int16_t>(h, 72, int16_t(bits));
    put<float>(h, 76, 1);
    for (size_t i = 0; i < 7; ++i)
        put<float>(h, 80 + 4 * i, i < geometry.spacing.size() && i < size.size() ? float(geometry.spacing[i]) : 1.f);
    put<float>(h, 108, 352);
    put<float>(h, 112, 1);  // slope
    for (int code = 1; code <= 3; ++code)
        if (geometry.space_unit == nifti_space_units[code]) h[123] = char(code);
    for (int code = 1; code <= 6; ++code)
        if (geometry.time_unit == nifti_time_units[code]) h[123] = char(h[123] | code * 8);
    const std::string description = geometry.description.substr(0, 79);
    std::memcpy(h.data() + 148, description.data(), description.size());
    if (!geometry.affine_from.empty()) {
        put<int16_t>(h, 254, int16_t(geometry.sform_code > 0   ? geometry.sform_code
                                     : geometry.qform_code > 0 ? geometry.qform_code
                                                               : 1));
        for (size_t i = 0; i < 3; ++i)
            for (size_t j = 0; j < 4; ++j) put<float>(h, 280 + 16 * i + 4 * j, float(geometry.affine[i][j]));
    }
    std::memcpy(h.data() + 344, "n+1", 4);
    return h;
}

}  // namespace

void write_nifti(const std::filesystem::path& path, const Tensor& voxels, const NiftiHeader& geometry, bool complex) {
    const std::string who = "writing " + path.string();
    std::vector<int64_t> size = voxels.shape().vector();
    if (is_dual(voxels.type()) || (complex && (voxels.type() == Type::int64 || size.empty() || size.back() != 2)))
        fail(ExitCode::usage, who, "a tensor " + voxels.shape().text() + " of " + name_of(voxels.type()) +
             (complex ? " holds no complex voxels" : " holds no voxels"));
    if (complex) size.pop_back();
    size = {size.rbegin(), size.rend()};
    if (size.empty() || size.size() > 7) fail(ExitCode::usage, who, "NIfTI holds 1 to 7 axes", "reshape the tensor");
    for (int64_t n : size)
        if (n < 1 || n > 32767)
            fail(ExitCode::usage, who, "an axis has size " + std::to_string(n), "NIfTI-1 holds sizes of 1 to 32767");
    const int datatype = voxels.type() == Type::int64     ? 1024
                         : voxels.type() == Type::float32 ? (complex ? 32 : 16)
                                                          : (complex ? 1792 : 64);
    const std::string header = header_bytes(size, geometry, datatype, int(size_of(voxels.type())) * (complex ? 16 : 8));

    const Tensor host = voxels.to(Device::cpu);
    AtomicFile file(path);
    if (path.extension() == ".gz") {
        GzipOutput compressed(file);
        compressed.write(header.data(), header.size());
        compressed.write(host.bytes_data(), host.bytes());
        compressed.finish();
    } else {
        file.write(header);
        file.write(host.bytes_data(), host.bytes());
    }
    file.commit();
}

}  // namespace adjoint
