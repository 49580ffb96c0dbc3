// ESPIRiT: the equations are in coil_maps.h.
#include "engine/error.h"
#include "engine/parallel.h"
#include "models/forward/calibration.h"
#include "models/forward/coil_maps.h"

namespace adjoint {
namespace {

using namespace calibration;

// P of (1); rows and columns are numbered (coil, row, column) of a patch.
Matrix projection(const Region& r, int64_t k, double threshold) {
    const int64_t size = r.coils * k * k, along = r.side - k + 1;
    Matrix patches(size, along * along);
    for (int64_t i = 0; i < along; ++i)
        for (int64_t j = 0; j < along; ++j)
            for (int64_t c = 0; c < r.coils; ++c)
                for (int64_t a = 0; a < k; ++a)
                    for (int64_t b = 0; b < k; ++b)
                        patches((c * k + a) * k + b, i * along + j) = r.at(c, i + a, j + b);
    // Eigenvalues of the covariance are squared singular values of the patches, ascending.
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(patches * patches.adjoint());
    const double largest = solver.eigenvalues()(size - 1);
    int64_t first = size - 1;
    while (first > 0 && solver.eigenvalues()(first - 1) >= threshold * largest) --first;
    const auto kept = solver.eigenvectors().rightCols(size - first);
    return kept * kept.adjoint();
}

// T of (2) / k²: for shifts −k+1 … k−1 of rows and columns, a coils×coils matrix each.
std::vector<Matrix> convolution_of(const Matrix& P, int64_t coils, int64_t k) {
    const int64_t shifts = 2 * k - 1;
    std::vector<Matrix> T(size_t(shifts * shifts), Matrix::Zero(coils, coils));
    for (int64_t a = 0; a < k; ++a)
        for (int64_t b = 0; b < k; ++b)
            for (int64_t e = 0; e < k; ++e)
                for (int64_t f = 0; f < k; ++f) {
                    Matrix& t = T[size_t((e - a + k - 1) * shifts + f - b + k - 1)];
                    for (int64_t c = 0; c < coils; ++c)
                        for (int64_t d = 0; d < coils; ++d)
                            t(c, d) += P((c * k + a) * k + b, (d * k + e) * k + f) / double(k * k);
                }
    return T;
}

// exp(−2πi Δ (q − ⌊n/2⌋)/n) for Δ = −k+1 … k−1 (fastest) and all q.
std::vector<Number> phases(int64_t n, int64_t k) {
    std::vector<Number> p;
    for (int64_t q = 0; q < n; ++q)
        for (int64_t shift = 1 - k; shift < k; ++shift)
            p.push_back(std::polar(1.0, -2 * 3.14159265358979323846 * double(shift * (q - n / 2)) / double(n)));
    return p;
}

struct Output {
    std::vector<double*> maps;  // of each set: coils×H×W complex
    double* eigenvalues;        // sets×H×W
};

void maps_of_rows(const std::vector<Matrix>& T, const Vector& u, const EspiritSettings& s, int64_t h, int64_t w,
                  int64_t begin, int64_t end, const Output& out) {
    const int64_t coils = u.size(), k = s.kernel, shifts = 2 * k - 1;
    const std::vector<Number> along_rows = phases(h, k), along_columns = phases(w, k);
    std::vector<Matrix> of_row(static_cast<size_t>(shifts));
    Matrix G(coils, coils);
    Eigen::SelfAdjointEigenSolver<Matrix> solver(coils);
    for (int64_t y = begin; y < end; ++y) {
        for (int64_t f = 0; f < shifts; ++f) {  // (3), the sum over row shifts
            of_row[size_t(f)] = Matrix::Zero(coils, coils);
            for (int64_t e = 0; e < shifts; ++e)
                of_row[size_t(f)] += along_rows[size_t(y * shifts + e)] * T[size_t(e * shifts + f)];
        }
        for (int64_t x = 0; x < w; ++x) {
            G.setZero();
            for (int64_t f = 0; f < shifts; ++f) G += along_columns[size_t(x * shifts + f)] * of_row[size_t(f)];  // (3)
            solver.compute(G);
            for (int64_t m = 0; m < s.maps; ++m) {  // (4), the largest eigenvalue first
                const double eigenvalue = solver.eigenvalues()(coils - 1 - m);
                out.eigenvalues[(m * h + y) * w + x] = eigenvalue;
                if (!(eigenvalue >= s.crop)) continue;  // the maps are zeros already
                const Vector S = with_phase_of(u, solver.eigenvectors().col(coils - 1 - m));
                for (int64_t c = 0; c < coils; ++c) {
                    double* to = out.maps[size_t(m)] + 2 * ((c * h + y) * w + x);
                    to[0] = S(c).real();
                    to[1] = S(c).imag();
                }
            }
        }
    }
}

}  // namespace

EspiritMaps espirit(const Complex& kspace, const EspiritSettings& s) {
    const std::string who = "ESPIRiT maps from " + (kspace ? kspace.data.shape().text() : std::string("nothing"));
    const Complex k = checked_kspace(kspace, who);
    const int64_t images = k.size(0), coils = k.size(1), h = k.size(2), w = k.size(3);
    if (s.kernel < 1 || s.kernel > s.calibration)
        fail(ExitCode::usage, who, "a kernel of " + std::to_string(s.kernel) + " and a calibration region of " +
             std::to_string(s.calibration), "the kernel must be at least 1 and fit into the region");
    if (s.maps < 1 || s.maps > coils)
        fail(ExitCode::usage, who, std::to_string(s.maps) + " sets of maps", "there can be 1 to as many as coils");
    if (!(s.threshold >= 0 && s.threshold < 1))
        fail(ExitCode::usage, who, "the threshold must be from 0 to below 1");

    std::vector<Tensor> maps;
    for (int64_t m = 0; m < s.maps; ++m) maps.push_back(Tensor::zeros({images, coils, h, w, 2}, Type::float64));
    Tensor eigenvalues = Tensor::zeros({images, s.maps, h, w}, Type::float64);
    for (int64_t n = 0; n < images; ++n) {
        const Region region = centre_of(k, n, s.calibration, who);
        const std::vector<Matrix> T = convolution_of(projection(region, s.kernel, s.threshold), coils, s.kernel);
        const Vector u = first_virtual_coil(region);
        Output out{{}, eigenvalues.mutable_data<double>("espirit") + n * s.maps * h * w};
        for (Tensor& t : maps) out.maps.push_back(t.mutable_data<double>("espirit") + 2 * n * coils * h * w);
        parallel_for(h, 4, [&](int64_t begin, int64_t end) { maps_of_rows(T, u, s, h, w, begin, end, out); });
    }
    EspiritMaps result{{}, eigenvalues.to(kspace.data.type())};
    for (const Tensor& t : maps) result.maps.push_back({t.to(kspace.data.type())});
    return result;
}

}  // namespace adjoint
