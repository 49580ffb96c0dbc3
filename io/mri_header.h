// The scanner's XML header of ISMRMRD, which fastMRI's files carry too: the sizes of k-space and of the image.
// Schema: https://ismrmrd.readthedocs.io (header).
#pragma once
#include <cstdint>
#include <string>

#include "io/nifti.h"

namespace adjoint {

struct MriHeader {
    struct Space {
        int64_t x = 0, y = 0, z = 0;        // matrix; 0: not given
        double width = 0, height = 0, depth = 0;  // field of view in mm along x, y, z; 0: not given
    };
    Space encoded, reconstructed;
    int64_t centre1 = -1, most1 = -1;  // of kspace_encoding_step_1's limits; −1: not given
    std::string trajectory;            // "cartesian"; empty: not given
};

// Of the first encoding. Errors (invalid_input, opened by `who`): damaged XML, sizes that are no numbers from 1 on.
MriHeader parse_mri_header(const std::string& xml, const std::string& who);

// A header with these sizes and limits, as the tools of fastMRI and ISMRMRD read it.
std::string mri_header_text(const MriHeader&, int64_t coils);

// Of the stack slices × H × W, H being x (the readout) and W y; the header knows spacings, but no place in space.
NiftiHeader geometry_of(const MriHeader&, int64_t slices, int64_t height, int64_t width);

}  // namespace adjoint
