// From measured k-space to what a network sees, and the examples that it learns from.
#pragma once
#include <map>
#include <mutex>
#include <string>

#include "models/forward/cartesian.h"
#include "tools/training/mri_sampling.h"

namespace adjoint {

// One slice (or several of one size, stacked): N×… as in models/forward/cartesian.h, on the cpu.
struct MriExample {
    Complex y;        // k-space N×coils×H×W, masked and divided by `scale`
    Tensor mask;      // N×1×W or N×H×W
    Complex maps;     // N×coils×H×W; none for a single coil
    Complex target;   // N×H×W, divided by `scale`; none where only a reconstruction is wanted
    double scale = 1;  // of a single slice: what became 1
    std::string name;  // "knee.h5, slice 7"
    size_t file = 0;   // of the data set

    CartesianEncoding encoding(Device) const;
};

bool all_zero(const Tensor&);  // float32

// Coil maps of masked k-space 1×coils×H×W by `settings.maps`; none for one coil. Errors: those of
// models/forward/coil_maps.h; mismatch, where maps from a file are of another shape.
Complex coil_maps_for(const PreparationSettings&, const Complex& y);

// What becomes 1 of masked k-space, see PreparationSettings::normalise; 1 for an image of zeros. Errors (numerical):
// float32 does not reach so far.
double normalisation_of(const PreparationSettings&, const Complex& y, const CartesianEncoding&);

// Several slices in one batch. Errors (mismatch): they differ in size, coils or kind of mask, naming two.
MriExample stacked(const std::vector<MriExample>&);

// The examples of a data set of fully sampled slices.
class MriExamples {
public:
    // `chosen` slices, evenly spread over all; 0: all. `who` opens the errors ("data.train").
    MriExamples(const std::string& who, const std::vector<std::string>& patterns, const DatasetOptions&,
                const MriModelSettings&, int64_t chosen = 0);

    int64_t size() const { return int64_t(chosen_.size()); }
    const Dataset& data() const { return data_; }
    int64_t coils() const { return data_.size_of_sample(chosen_[0]).coils; }
    // Slice i under the mask of this epoch, with noise.
    MriExample training(int64_t i, int64_t epoch) const;
    // Slice i under the mask that it always has, without noise.
    MriExample fixed(int64_t i) const;

private:
    MriExample make(int64_t i, MaskStream, uint64_t number, double noise) const;
    Complex maps_of(int64_t i, const Complex& y) const;

    Dataset data_;
    MriModelSettings settings_;
    std::vector<int64_t> chosen_;
    // Maps depend on the slice alone (every mask measures the square that they come from), and take long.
    mutable std::mutex mutex_;
    mutable std::map<int64_t, Complex> maps_;
    mutable size_t maps_bytes_ = 0;
};

}  // namespace adjoint
