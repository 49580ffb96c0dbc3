// The picture to fit: read, cropped, and brought into [0, 1].
#pragma once
#include <string>

#include "engine/tensor.h"
#include "tools/training/fit_settings.h"
#include "tools/training/siren_file.h"

namespace adjoint {

struct FitImage {
    Tensor pixels;          // C×H×W float32
    FittedPicture picture;  // its size, and the values that became 0 and 1
    std::string source;     // "PNG picture, 8 bits"
};

// `range` of the settings: "auto" takes what the file's type means by black and white (0 and 255 …), and the smallest
// and largest value where it means nothing by them; "minmax", "none" (0 and 1) and "low:high" say so themselves.
// Errors: those of io/image.h; usage: a crop that does not fit, a range that is none.
FitImage load_fit_image(const FitSettings&);

// "224" or "224x320", height first; `setting` (crop, pad, size) is named in the error. Errors: usage.
std::pair<int64_t, int64_t> parse_size(const std::string& text, const std::string& setting);
// The part of a C×H×W picture around its centre (the upper left of the two middles). Errors (usage): larger than it.
Tensor centre_crop(const Tensor& pixels, int64_t height, int64_t width);
// The C×H×W picture in the middle of zeros, at least height×width; as it is along an axis that is long enough.
Tensor zeros_around(const Tensor& pixels, int64_t height, int64_t width);

}  // namespace adjoint
