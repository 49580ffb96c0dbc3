// ISMRMRD's acquisitions: records of a head and two lists of floats, of which we read what Cartesian imaging needs.
#include <algorithm>
#include <cstring>

#include "engine/error.h"
#include "io/hdf5/child.h"
#include "io/hdf5/hdf5.h"
#include "io/hdf5/library/handles.h"
#include "io/input.h"

namespace adjoint {

using namespace hdf5;

namespace {

constexpr uint64_t most_acquisitions = uint64_t(1) << 24;

// Members by name, converted to 32 bits by the library; the layout is AcquisitionHead's.
Datatype head_type() {
    const hid_t u32 = H5T_NATIVE_UINT32;
    const auto add = [](hid_t type, const char* name, size_t offset, hid_t member) {
        H5Tinsert(type, name, offset, member);
    };
    constexpr size_t start = offsetof(AcquisitionHead, step1), block = sizeof(AcquisitionHead) - start;
    const Datatype indices(H5Tcreate(H5T_COMPOUND, block));
    add(indices, "kspace_encode_step_1", offsetof(AcquisitionHead, step1) - start, u32);
    add(indices, "kspace_encode_step_2", offsetof(AcquisitionHead, step2) - start, u32);
    add(indices, "average", offsetof(AcquisitionHead, average) - start, u32);
    add(indices, "slice", offsetof(AcquisitionHead, slice) - start, u32);
    add(indices, "contrast", offsetof(AcquisitionHead, contrast) - start, u32);
    add(indices, "phase", offsetof(AcquisitionHead, phase) - start, u32);
    add(indices, "repetition", offsetof(AcquisitionHead, repetition) - start, u32);
    add(indices, "set", offsetof(AcquisitionHead, set) - start, u32);
    add(indices, "segment", offsetof(AcquisitionHead, segment) - start, u32);
    const Datatype head(H5Tcreate(H5T_COMPOUND, sizeof(AcquisitionHead)));
    add(head, "flags", offsetof(AcquisitionHead, flags), H5T_NATIVE_UINT64);
    add(head, "number_of_samples", offsetof(AcquisitionHead, samples), u32);
    add(head, "active_channels", offsetof(AcquisitionHead, channels), u32);
    add(head, "discard_pre", offsetof(AcquisitionHead, discard_before), u32);
    add(head, "discard_post", offsetof(AcquisitionHead, discard_after), u32);
    add(head, "center_sample", offsetof(AcquisitionHead, centre), u32);
    add(head, "encoding_space_ref", offsetof(AcquisitionHead, space), u32);
    add(head, "idx", start, indices);
    Datatype record(H5Tcreate(H5T_COMPOUND, sizeof(AcquisitionHead)));
    add(record, "head", 0, head);
    return record;
}

// Memory for the lists of one read: as much as their file can hold, for nothing else bounds what a damaged one claims.
struct Budget {
    uint64_t left;
    static void* allocate(size_t bytes, void* self) {
        auto& budget = *static_cast<Budget*>(self);
        if (bytes > budget.left) return nullptr;
        budget.left -= bytes;
        return std::malloc(bytes ? bytes : 1);
    }
    static void release(void* p, void*) { std::free(p); }
};

Dataset open_acquisitions(const Reader& reader, const std::string& name, uint64_t& count) {
    const std::string field = "data set '" + name + "'";
    Dataset dataset = reader.open(name);
    const Datatype stored(H5Dget_type(dataset));
    const std::vector<hsize_t> shape = shape_of(reader, dataset, name);
    count = 1;
    for (const hsize_t n : shape) count = product(reader, count, n, field);
    if (H5Tget_class(stored) != H5T_COMPOUND || H5Tget_member_index(stored, "head") < 0 ||
        H5Tget_member_index(stored, "data") < 0 || shape.empty() || count != shape[0])
        reader.refuse(field, "holds " + kind_of_type(stored).description + " instead of acquisitions", "");
    const Datatype head(H5Tget_member_type(stored, unsigned(H5Tget_member_index(stored, "head"))));
    const Datatype data(H5Tget_member_type(stored, unsigned(H5Tget_member_index(stored, "data"))));
    if (H5Tget_class(head) != H5T_COMPOUND || H5Tget_member_index(head, "idx") < 0 ||
        H5Tget_class(data) != H5T_VLEN)
        reader.refuse(field, "holds acquisitions of no known layout", "convert them with a current ISMRMRD tool");
    for (const char* member : {"flags", "number_of_samples", "active_channels", "discard_pre", "discard_post",
                               "center_sample", "encoding_space_ref"})
        if (H5Tget_member_index(head, member) < 0)
            reader.refuse(field, std::string("has acquisitions without '") + member + "'", "");
    if (count > most_acquisitions) reader.refuse(field, "has more than 16 million acquisitions", "split the file");
    return dataset;
}

}  // namespace

std::vector<AcquisitionHead> read_acquisition_heads(const std::filesystem::path& path, const std::string& name) {
    const std::string answer = in_child(path.string(), limits_for(path), [&](ChildOutput& out) {
        const Reader reader(path.string());
        uint64_t count = 0;
        const Dataset dataset = open_acquisitions(reader, name, count);
        std::vector<AcquisitionHead> heads(count, AcquisitionHead{});
        const Datatype type = head_type();
        if (count > 0 && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, heads.data()) < 0)
            reader.damaged("data set '" + name + "'");
        out.write(heads.data(), heads.size() * sizeof(AcquisitionHead));
    });
    std::vector<AcquisitionHead> heads(answer.size() / sizeof(AcquisitionHead));
    if (!heads.empty()) std::memcpy(heads.data(), answer.data(), heads.size() * sizeof(AcquisitionHead));
    return heads;
}

std::vector<std::vector<float>> read_acquisition_samples(const std::filesystem::path& path, const std::string& name,
                                                         const std::vector<uint64_t>& which) {
    if (which.empty()) return {};
    const std::string answer = in_child(path.string(), limits_for(path), [&](ChildOutput& out) {
        const Reader reader(path.string());
        const std::string field = "data set '" + name + "'";
        uint64_t count = 0;
        const Dataset dataset = open_acquisitions(reader, name, count);
        for (const uint64_t i : which)
            if (i >= count) reader.refuse(field, "has fewer acquisitions than before", "leave files alone");
        const Dataspace in_file(H5Dget_space(dataset));
        const hsize_t rows = which.size();
        const Dataspace in_memory(H5Screate_simple(1, &rows, nullptr));
        const std::vector<hsize_t> points(which.begin(), which.end());
        // Points in their order; the data set has one long axis, but may have others of size 1.
        const size_t rank = shape_of(reader, dataset, name).size();
        std::vector<hsize_t> coordinates(points.size() * rank, 0);
        for (size_t i = 0; i < points.size(); ++i) coordinates[i * rank] = points[i];
        if (H5Sselect_elements(in_file, H5S_SELECT_SET, points.size(), coordinates.data()) < 0) reader.damaged(field);
        const Datatype list(H5Tvlen_create(H5T_NATIVE_FLOAT)), record(H5Tcreate(H5T_COMPOUND, sizeof(hvl_t)));
        H5Tinsert(record, "data", 0, list);
        Budget budget{reader.bytes()};
        const Properties transfer(H5Pcreate(H5P_DATASET_XFER));
        H5Pset_vlen_mem_manager(transfer, Budget::allocate, &budget, Budget::release, &budget);
        std::vector<hvl_t> lists(which.size(), hvl_t{});
        if (H5Dread(dataset, record, in_memory, in_file, transfer, lists.data()) < 0) reader.damaged(field);
        for (const hvl_t& l : lists) {
            out.number(uint64_t(l.len));
            out.write(l.p, l.len * sizeof(float));
        }
    });
    MemoryInput in(path.string(), answer.data(), answer.size());
    std::vector<std::vector<float>> samples(which.size());
    for (auto& list : samples) {
        const auto count = number_from<uint64_t>(in);
        in.require(checked_product(in, count, 4, "an acquisition"), "an acquisition");
        list.resize(size_t(count));
        in.read(list.data(), list.size() * 4, "an acquisition");
    }
    return samples;
}

}  // namespace adjoint
