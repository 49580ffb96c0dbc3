// adjoint run: a network, and its exact gradients, on any array.
#include <iostream>
#include <memory>
#include <optional>

#include "engine/device.h"
#include "engine/parallel.h"
#include "engine/tape.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "tools/commands/commands.h"
#include "tools/training/siren_file.h"
#include "tools/training/siren_render.h"

namespace adjoint::commands {

namespace {

struct RunOptions {
    std::string weights, input, output, cotangent, gradients;
    std::string device = "cpu", type = "float32";
    std::optional<double> first_omega, hidden_omega;
    int threads = 0;
};

void require_finite(const Tensor& t, const std::string& file) {
    const std::vector<double> values = t.to(Device::cpu).to(Type::float64).values<double>();
    for (size_t i = 0; i < values.size(); ++i)
        if (!std::isfinite(values[i]))
            fail(ExitCode::invalid_input, "reading " + file, "element " + std::to_string(i) + " is not a finite number",
                 "replace the values that are NaN or infinite");
}

Tensor read_array(const std::string& file, Type type, Device device) {
    const Tensor array = read_npy(file, type);
    require_finite(array, file);
    return array.to(device);
}

void write_gradients(const Siren& network, const Tensor& rows, const Tensor& cotangent, const Shape& input_shape,
                     const std::string& path) {
    Tape tape;
    std::vector<Tensor> variables;
    for (const Tensor& w : network.parameters.tensors()) variables.push_back(tape.variable(w));
    const Tensor x = tape.variable(rows);
    const Tensor y = network(variables, x);
    variables.push_back(x);
    std::vector<Tensor> found = gradient(y, variables, {.cotangent = cotangent});
    TensorFile file;
    for (int i = 0; i < network.parameters.count(); ++i)
        file.tensors.push_back({network.parameters.name(i), found[size_t(i)]});
    file.tensors.push_back({"input", found.back().viewed_as(input_shape)});
    file.metadata = {{"format", "adjoint 1"},
                     {"content", "gradients of <cotangent, output> with respect to each tensor and to the input"}};
    write_safetensors(path, file);
}

void run_siren(const RunOptions& o) {
    const Device device = device_named(o.device);
    require_device(device);
    if (o.threads > 0) set_threads(o.threads);
    if (o.cotangent.empty() != o.gradients.empty())
        fail(ExitCode::usage, "adjoint run siren", "--cotangent and --gradients belong together, and one is missing",
             "give both, or neither");
    const Type type = device == Device::reference || o.type == "float64" ? Type::float64 : Type::float32;
    const SirenFile file = load_siren(o.weights, {o.first_omega, o.hidden_omega}, type, device);
    const SirenSettings& s = file.network.settings;

    const Tensor x = read_array(o.input, type, device);
    if (x.rank() < 1 || x.shape().last() != s.in)
        fail(ExitCode::mismatch, "adjoint run siren --input " + o.input,
             "the array is " + x.shape().text() + ", and the network takes " + std::to_string(s.in) +
                 " coordinates along the last axis",
             "arrange the array as ...x" + std::to_string(s.in));
    const int64_t rows = x.size() / s.in;
    const Tensor flat = x.viewed_as({rows, s.in});
    const Shape output_shape = x.shape().with(x.rank() - 1, s.out);

    const Tensor y = evaluate_rows(file.network, flat);
    const std::vector<double> values = y.to(Device::cpu).to(Type::float64).values<double>();
    for (double v : values)
        if (!std::isfinite(v))
            fail(ExitCode::numerical, "adjoint run siren", "the network's output is not finite",
                 "check the weights and the input's range");
    if (!o.gradients.empty()) {
        const Tensor v = read_array(o.cotangent, type, device);
        if (!(v.shape() == output_shape))
            fail(ExitCode::mismatch, "adjoint run siren --cotangent " + o.cotangent,
                 "the array is " + v.shape().text() + ", and the output " + output_shape.text(),
                 "give one number per output");
        write_gradients(file.network, flat, v.viewed_as({rows, s.out}), x.shape(), o.gradients);
    }
    write_npy(o.output, y.viewed_as(output_shape));
}

}  // namespace

void add_run(CLI::App& app) {
    auto o = std::make_shared<RunOptions>();
    CLI::App* run = app.add_subcommand("run", "A network, and its exact gradients, on any array");
    run->require_subcommand(1);
    CLI::App* siren = run->add_subcommand("siren", "A network of sines on an array of coordinates, ...x2 for images");
    siren->add_option("--weights", o->weights, "Model file (safetensors)")->required();
    siren->add_option("--input", o->input, "Coordinates, NPY of shape ...xinputs")->required();
    siren->add_option("--output", o->output, "Where the values go, NPY of shape ...xoutputs")->required();
    siren->add_option("--cotangent", o->cotangent, "dL/d(output), NPY of the output's shape");
    siren->add_option("--gradients", o->gradients, "Where dL/d(weights) and dL/d(input) go (safetensors)");
    siren->add_option("--first-omega", o->first_omega, "Overrides the file's; 30 for files of weights alone");
    siren->add_option("--hidden-omega", o->hidden_omega, "Overrides the file's; 30 for files of weights alone");
    siren->add_option("--type", o->type, "float32 or float64")
        ->capture_default_str()
        ->check(CLI::IsMember({"float32", "float64"}));
    siren->add_option("--device", o->device, "cpu, cuda or reference")->capture_default_str();
    siren->add_option("--threads", o->threads, "0: one per core")->check(CLI::Range(0, 4096));
    siren->callback([o] { run_siren(*o); });
}

}  // namespace adjoint::commands
