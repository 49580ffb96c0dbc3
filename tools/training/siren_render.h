// Pictures from a SIREN, at any resolution.
#pragma once
#include "models/siren.h"

namespace adjoint {

// Φ at rows×in coordinates, some rows at a time: what is computed on the way does not grow with the number of rows.
Tensor evaluate_rows(const Siren&, const Tensor& rows);

// The picture C×height×width on the host. Its corners are the corners of the picture that was fitted.
Tensor render(const Siren&, int64_t height, int64_t width);

}  // namespace adjoint
