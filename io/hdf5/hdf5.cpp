#include "io/hdf5/hdf5.h"

namespace adjoint {

const Hdf5Dataset* Hdf5Contents::find(const std::string& path) const {
    for (const Hdf5Dataset& d : datasets)
        if (d.path == path) return &d;
    return nullptr;
}

}  // namespace adjoint
