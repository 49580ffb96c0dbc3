// Files in fastMRI's layout: written, and read back as a data set.
#include "io/fastmri.h"

#include "io/dataset.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

Tensor counted(const Shape& shape, float from = 0) {
    std::vector<float> values(size_t(shape.count()));
    for (size_t i = 0; i < values.size(); ++i) values[i] = from + float(i);
    return Tensor::from(values, shape);
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("a file in fastMRI's layout comes back as what was written") {
    if (!hdf5_in_build()) return;
    Scratch scratch;
    for (const bool single : {false, true}) {
        const int64_t coils = single ? 1 : 3;
        FastmriLayout layout{2, coils, 6, 5, single, 4, 3};
        layout.geometry.spacing = {0.5, 2, 3};
        layout.acquisition = "simulated";
        FastmriWriter writer(scratch / "a.h5", layout);
        for (int64_t s = 1; s >= 0; --s)
            writer.write(s, counted({coils, 6, 5, 2}, float(s)), counted({4, 3}, float(s)));
        writer.mask(Tensor::from(std::vector<float>{0, 1, 1, 1, 0}, {5}));
        writer.commit();
        const Dataset set({(scratch / "a.h5").string()});
        REQUIRE(set.size() == 2);
        CHECK(set.size_of_sample(0).coils == coils);
        for (int64_t s = 0; s < 2; ++s) {
            CHECK(set.kspace(s).values<float>() == counted({coils, 6, 5, 2}, float(s)).values<float>());
            CHECK(set.target(s).values<float>() == counted({4, 3}, float(s)).values<float>());
            CHECK(set.mask(s).values<float>() == std::vector<float>{0, 1, 1, 1, 0});
        }
        CHECK(set.geometry(0).spacing == std::vector<double>{0.5, 2, 3});
        CHECK(set.file(0).attributes.at("max") == "12");
        CHECK(std::fabs(std::stod(set.file(0).attributes.at("norm")) - std::sqrt(506 + 650)) < 1e-9);
        CHECK(set.file(0).attributes.at("acquisition") == "simulated");
        CHECK(read_hdf5_contents(scratch / "a.h5").find("/kspace")->shape.size() == (single ? 3 : 4));
    }
}

TEST_CASE("what does not fit fastMRI's layout is refused, and leaves no file") {
    if (!hdf5_in_build()) return;
    Scratch scratch;
    const auto path = scratch / "a.h5";
    const auto code = [](auto&& action) { return error_of(action)->code; };
    CHECK(code([&] { FastmriWriter(path, {0, 1, 4, 4}); }) == ExitCode::usage);
    CHECK(code([&] { FastmriWriter(path, {1, 2, 4, 4, true}); }) == ExitCode::usage);
    CHECK(code([&] { FastmriWriter(path, {1, 2, 4, 4, false, 3, 0}); }) == ExitCode::usage);
    {
        FastmriWriter writer(path, {2, 2, 4, 4, false, 4, 4});
        const Tensor k = counted({2, 4, 4, 2}), t = counted({4, 4});
        CHECK(code([&] { writer.write(0, k); }) == ExitCode::usage);
        CHECK(code([&] { writer.write(0, t, t); }) == ExitCode::usage);
        CHECK(code([&] { writer.write(2, k, t); }) == ExitCode::usage);
        CHECK(code([&] { writer.mask(t); }) == ExitCode::usage);
        writer.write(1, k, t);
        CHECK(code([&] { writer.commit(); }) == ExitCode::usage);
    }
    CHECK(scratch.entries() == 0);
}
