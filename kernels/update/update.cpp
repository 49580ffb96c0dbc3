// What all updates share in the host pass.
#include "kernels/update/rule.h"

namespace adjoint {

std::vector<TensorSpec> infer_update(const Signature& s) {
    for (int i = 1; i < s.count(); ++i)
        if (!(s.shape(i) == s.shape(0))) s.refuse("the shapes differ", "all tensors of an update have one shape");
    return std::vector<TensorSpec>(s.operation.aliases.size(), {s.shape(0)});
}

void require_setting(const Signature& s, bool good, const char* name, const char* range) {
    if (!good) s.refuse(std::string(name) + " is out of range", std::string("it must be ") + range);
}

}  // namespace adjoint
