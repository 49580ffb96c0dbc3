#include "models/forward/calibration.h"

#include <algorithm>

#include "engine/error.h"

namespace adjoint::calibration {

Complex checked_kspace(const Complex& kspace, const std::string& who) {
    if (!kspace || kspace.data.rank() != 5 || kspace.data.size(-1) != 2 || kspace.data.size() == 0)
        fail(ExitCode::mismatch, who, "the k-space is " + (kspace ? kspace.data.shape().text() : "missing"),
             "it must be N×coils×H×W complex");
    return {kspace.data.to(Device::cpu).to(Type::float64)};
}

Region centre_of(const Complex& kspace, int64_t image, int64_t side, const std::string& who) {
    const int64_t coils = kspace.size(1), h = kspace.size(2), w = kspace.size(3);
    if (side < 1 || side > std::min(h, w))
        fail(ExitCode::mismatch, who, "a calibration region of " + std::to_string(side) + "×" + std::to_string(side) +
             " in k-space of " + std::to_string(h) + "×" + std::to_string(w));
    const double* k = kspace.data.data<double>() + 2 * image * coils * h * w;
    const int64_t row = h / 2 - side / 2, column = w / 2 - side / 2;
    auto number = [&](int64_t c, int64_t i, int64_t j) {
        const double* p = k + 2 * ((c * h + row + i) * w + column + j);
        return Number(p[0], p[1]);
    };
    auto measured = [&](int64_t i, int64_t j) {
        for (int64_t c = 0; c < coils; ++c)
            if (number(c, i, j) != 0.0) return true;
        return false;
    };
    // A hole at distance d from the centre leaves room for a square of about 2 d.
    int64_t room = side;
    for (int64_t i = 0; i < side; ++i)
        for (int64_t j = 0; j < side; ++j)
            if (!measured(i, j)) {
                auto reach = [&](int64_t x) { return x < side / 2 ? 2 * (side / 2 - x) - 1 : 2 * (x - side / 2); };
                room = std::min(room, std::max(reach(i), reach(j)));
            }
    if (room < side)
        fail(ExitCode::mismatch, who, "the calibration region of " + std::to_string(side) + "×" + std::to_string(side) +
             " is not fully measured in image " + std::to_string(image), room < 2 ? "its centre is missing"
             : "there is a full square of " + std::to_string(room) + "×" + std::to_string(room));
    Region r{coils, side, {}};
    r.samples.reserve(size_t(coils * side * side));
    for (int64_t c = 0; c < coils; ++c)
        for (int64_t i = 0; i < side; ++i)
            for (int64_t j = 0; j < side; ++j) r.samples.push_back(number(c, i, j));
    return r;
}

Vector first_virtual_coil(const Region& r) {
    Matrix samples(r.coils, r.side * r.side);
    for (int64_t c = 0; c < r.coils; ++c)
        for (int64_t i = 0; i < r.side * r.side; ++i) samples(c, i) = r.samples[size_t(c * r.side * r.side + i)];
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(samples * samples.adjoint());
    const Vector u = solver.eigenvectors().col(r.coils - 1);  // ascending eigenvalues
    Eigen::Index largest;
    u.cwiseAbs().maxCoeff(&largest);
    return u * (std::conj(u(largest)) / std::abs(u(largest)));
}

Vector with_phase_of(const Vector& u, const Vector& s) {
    const Number projection = u.dot(s);  // Σ conj(u) s
    const double size = std::abs(projection);
    return size > 0 ? Vector(s * (std::conj(projection) / size)) : s;
}

}  // namespace adjoint::calibration
