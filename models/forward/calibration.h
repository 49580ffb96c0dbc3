// What the methods for coil maps share: the calibration region, and the phase that all maps get.
#pragma once
#include <Eigen/Dense>

#include <complex>
#include <string>
#include <vector>

#include "kernels/complex/complex.h"

namespace adjoint::calibration {

using Number = std::complex<double>;
using Matrix = Eigen::MatrixXcd;
using Vector = Eigen::VectorXcd;

// The r×r samples at the centre of one image's k-space, coils one after the other.
struct Region {
    int64_t coils, side;
    std::vector<Number> samples;
    Number at(int64_t coil, int64_t row, int64_t column) const {
        return samples[size_t((coil * side + row) * side + column)];
    }
};

// k-space N×coils×H×W as float64 on the host; `who` opens the errors.
Complex checked_kspace(const Complex&, const std::string& who);
// Errors (mismatch): the region is larger than k-space or not fully measured (a sample that is 0 in all coils); then
// the largest side that would do is named.
Region centre_of(const Complex& kspace, int64_t image, int64_t side, const std::string& who);

// The first principal component of the samples over the coils: unit norm, one number per coil, the
// largest of them real and positive.
Vector first_virtual_coil(const Region&);
// s times a phase, so that Σ conj(u_c) s_c is real and not negative.
Vector with_phase_of(const Vector& u, const Vector& s);

}  // namespace adjoint::calibration
