#include "models/networks.h"

#include <memory>

#include "engine/error.h"
#include "models/dncnn.h"
#include "models/drdn.h"
#include "models/unet_fastmri.h"
#include "models/unet_init_features.h"
#include "models/unet_ufloss.h"

namespace adjoint {

namespace {

std::string numbered(const std::string& before, int64_t i, const std::string& after = "") {
    return before + std::to_string(i) + after;
}

// The settings given put into the fields of a network's settings, and refused where there is no field of the name.
class Reader {
public:
    Reader(std::string architecture, const Attributes& given) : who_("a network " + architecture), given_(given) {}

    template <class T>
    Reader& field(const char* name, T& value) {
        known_ += (known_.empty() ? "" : ", ") + std::string(name);
        for (const auto& [key, setting] : given_)
            if (std::string(key) == name) {
                const T* found = std::get_if<T>(&setting);
                if (!found) fail(ExitCode::usage, who_, "its setting '" + std::string(name) + "' is of another kind");
                value = *found;
            }
        settings_.set(name, value);
        return *this;
    }
    // All settings, given or default.
    Attributes done() const {
        for (const auto& [key, setting] : given_)
            if (!settings_.has(key))
                fail(ExitCode::usage, who_, "it has no setting '" + std::string(key) + "'", "there are " + known_);
        return settings_;
    }

private:
    std::string who_, known_;
    const Attributes& given_;
    Attributes settings_;
};

const Shape& weight_shape(const ShapeOf& shape_of, const std::string& architecture, const std::string& name, int rank) {
    const Shape* s = shape_of(name);
    if (!s || s->rank() != rank || s->count() == 0)
        fail(ExitCode::mismatch, "reading weights of " + architecture,
             s ? "tensor '" + name + "' is " + s->text() : "there is no tensor '" + name + "'",
             "check that the file holds this network");
    return *s;
}

template <class Model>
Network network(const std::string& architecture, const Attributes& settings, int64_t in, int64_t out,
                std::shared_ptr<Model> model) {
    if constexpr (requires { model->statistics; })
        return {architecture, settings, in, out, model->parameters, model->statistics,
                [model](const std::vector<Tensor>& w, const Tensor& x, Mode mode) { return (*model)(w, x, mode); }};
    else
        return {architecture, settings, in, out, model->parameters, {},
                [model](const std::vector<Tensor>& w, const Tensor& x, Mode) { return (*model)(w, x); }};
}

Network make_dncnn(const Attributes& given, uint64_t seed, Type type, Device device) {
    DncnnSettings s;
    const Attributes all =
        Reader("dncnn", given).field("channels", s.channels).field("width", s.width).field("depth", s.depth).done();
    return network("dncnn", all, s.channels, s.channels, std::make_shared<Dncnn>(s, seed, type, device));
}

Attributes dncnn_from_shapes(const ShapeOf& shape_of) {
    const Shape& first = weight_shape(shape_of, "dncnn", "model.0.weight", 4);
    int64_t depth = 1;
    while (shape_of(numbered("model.", 2 * depth, ".weight"))) ++depth;
    return {{"channels", first[1]}, {"width", first[0]}, {"depth", depth}};
}

Network make_drdn(const Attributes& given, uint64_t seed, Type type, Device device) {
    DrdnSettings s;
    const Attributes all = Reader("drdn", given)
                               .field("in", s.in)
                               .field("out", s.out)
                               .field("features", s.features)
                               .field("growth", s.growth)
                               .field("blocks", s.blocks)
                               .field("dilations", s.dilations)
                               .field("reduction", s.reduction)
                               .done();
    return network("drdn", all, s.in, s.out, std::make_shared<Drdn>(s, seed, type, device));
}

Attributes drdn_from_shapes(const ShapeOf& shape_of) {
    auto shape = [&](const std::string& name, int rank) { return weight_shape(shape_of, "drdn", name, rank); };
    int64_t blocks = 0;
    while (shape_of(numbered("SEDRDBs.", blocks, ".LFF.weight"))) ++blocks;
    const Shape first = shape("SFENet1.weight", 4), squeeze = shape("SEDRDBs.0.SE.fc.0.weight", 2);
    // Shapes do not tell dilations: the published ones stay, unless the caller knows better.
    return {{"in", first[1]},
            {"out", shape("UPNet.1.weight", 4)[0]},
            {"features", first[0]},
            {"growth", shape("SEDRDBs.0.convs.0.conv.0.weight", 4)[0]},
            {"blocks", blocks},
            {"reduction", squeeze[1] / squeeze[0]}};
}

template <class Model, class Settings>
Network make_unet(const std::string& name, const Attributes& all, const Settings& s, uint64_t seed, Type type,
                  Device device) {
    return network(name, all, s.in, s.out, std::make_shared<Model>(s, seed, type, device));
}

Network make_unet_ufloss(const Attributes& given, uint64_t seed, Type type, Device device) {
    UnetUflossSettings s;
    const Attributes all =
        Reader("unet-ufloss", given).field("in", s.in).field("out", s.out).field("features", s.features).done();
    return make_unet<UnetUfloss>("unet-ufloss", all, s, seed, type, device);
}

Attributes unet_ufloss_from_shapes(const ShapeOf& shape_of) {
    const Shape& first = weight_shape(shape_of, "unet-ufloss", "inc.conv.conv.0.weight", 4);
    return {{"in", first[1]},
            {"out", weight_shape(shape_of, "unet-ufloss", "outc.conv.weight", 4)[0]},
            {"features", first[0]}};
}

Network make_unet_fastmri(const Attributes& given, uint64_t seed, Type type, Device device) {
    UnetFastmriSettings s;
    const Attributes all = Reader("unet-fastmri", given)
                               .field("in", s.in)
                               .field("out", s.out)
                               .field("features", s.features)
                               .field("poolings", s.poolings)
                               .done();
    return make_unet<UnetFastmri>("unet-fastmri", all, s, seed, type, device);
}

Attributes unet_fastmri_from_shapes(const ShapeOf& shape_of) {
    const Shape& first = weight_shape(shape_of, "unet-fastmri", "down_sample_layers.0.layers.0.weight", 4);
    int64_t poolings = 1;
    while (shape_of(numbered("down_sample_layers.", poolings, ".layers.0.weight"))) ++poolings;
    const std::string last = numbered("up_conv.", poolings - 1, ".1.weight");
    return {{"in", first[1]},
            {"out", weight_shape(shape_of, "unet-fastmri", last, 4)[0]},
            {"features", first[0]},
            {"poolings", poolings}};
}

Network make_unet_init_features(const Attributes& given, uint64_t seed, Type type, Device device) {
    UnetInitFeaturesSettings s;
    const Attributes all = Reader("unet-init-features", given)
                               .field("in", s.in)
                               .field("out", s.out)
                               .field("features", s.features)
                               .field("sigmoid", s.sigmoid)
                               .done();
    return make_unet<UnetInitFeatures>("unet-init-features", all, s, seed, type, device);
}

Attributes unet_init_features_from_shapes(const ShapeOf& shape_of) {
    const Shape& first = weight_shape(shape_of, "unet-init-features", "encoder1.enc1conv1.weight", 4);
    return {{"in", first[1]},
            {"out", weight_shape(shape_of, "unet-init-features", "conv.weight", 4)[0]},
            {"features", first[0]}};
}

}  // namespace

const std::vector<Architecture>& architectures() {
    static const std::vector<Architecture> all = {
        {"dncnn", "DnCNN, a denoiser: a chain of convolutions", make_dncnn, dncnn_from_shapes},
        {"drdn", "DRDN, the image network of DuDoRNet", make_drdn, drdn_from_shapes},
        {"unet-ufloss", "the U-Net of UFLoss's reconstructions", make_unet_ufloss, unet_ufloss_from_shapes},
        {"unet-fastmri", "the U-Net of fastMRI's baselines", make_unet_fastmri, unet_fastmri_from_shapes},
        {"unet-init-features", "the U-Net of brain-segmentation-pytorch", make_unet_init_features,
         unet_init_features_from_shapes},
    };
    return all;
}

const Architecture& architecture_named(const std::string& name) {
    std::string known;
    for (const Architecture& a : architectures()) {
        if (a.name == name) return a;
        known += (known.empty() ? "" : ", ") + a.name;
    }
    fail(ExitCode::usage, "a network of architecture '" + name + "'", "there is none of this name",
         "there are " + known);
}

}  // namespace adjoint
