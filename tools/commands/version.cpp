#include "tools/commands/version.h"

#include "engine/device.h"

namespace adjoint {

const char* version_number() { return ADJOINT_VERSION; }

std::string version_text() {
    std::string text = std::string("adjoint ") + version_number() + ", built with g++ " + __VERSION__ + "\n";
    for (Device d : {Device::cpu, Device::cuda, Device::emulated}) {
        std::string why_not;
        if (device_present(d, &why_not))
            text += describe(d) + "\n";
        else if (d == Device::cuda)
            text += std::string(name_of(d)) + ": " + why_not + "\n";
    }
    return text;
}

}  // namespace adjoint
