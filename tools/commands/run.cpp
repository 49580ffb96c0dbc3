// adjoint run: a network, and its exact gradients, on any array.
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/device.h"
#include "engine/parallel.h"
#include "engine/tape.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "tools/commands/commands.h"
#include "tools/training/network_file.h"
#include "tools/training/siren_file.h"
#include "tools/training/siren_render.h"

namespace adjoint::commands {

namespace {

struct RunOptions {
    std::string weights, input, output, cotangent, gradients;
    std::string device = "cpu", type = "float32";
    std::string mode = "evaluation";
    std::vector<std::string> settings;  // NAME=VALUE
    std::optional<double> first_omega, hidden_omega;
    int threads = 0;
};

// The settings of --set as one JSON object; a VALUE that is no JSON is a word.
Attributes given_settings(const RunOptions& o, const std::string& command) {
    nlohmann::json all = nlohmann::json::object();
    for (const std::string& setting : o.settings) {
        const size_t equals = setting.find('=');
        if (equals == std::string::npos || equals == 0)
            fail(ExitCode::usage, command + " --set " + setting, "it is not of the form NAME=VALUE");
        const std::string value = setting.substr(equals + 1);
        const nlohmann::json parsed = nlohmann::json::parse(value, nullptr, false);
        all[setting.substr(0, equals)] = parsed.is_discarded() ? nlohmann::json(value) : parsed;
    }
    return settings_from_text(all.dump(), command + " --set");
}

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

// Of ⟨cotangent, y⟩ with respect to the weights and to the input x; shapes as in the files.
void write_gradients(const Parameters& weights, const Tensor& x,
                     const std::function<Tensor(const std::vector<Tensor>& weights, const Tensor& x)>& network,
                     const Tensor& cotangent, const Shape& input_shape, const std::string& path) {
    Tape tape;
    std::vector<Tensor> variables = tape.variables(weights.tensors());
    variables.push_back(tape.variable(x));
    const std::vector<Tensor> only_weights(variables.begin(), variables.end() - 1);
    const Tensor y = network(only_weights, variables.back());
    const std::vector<Tensor> found = gradient(y, variables, {.cotangent = cotangent});
    TensorFile file;
    for (int i = 0; i < weights.count(); ++i) file.tensors.push_back({weights.name(i), found[size_t(i)]});
    file.tensors.push_back({"input", found.back().viewed_as(input_shape)});
    file.metadata = {{"format", "adjoint 1"},
                     {"content", "gradients of <cotangent, output> with respect to each tensor and to the input"}};
    write_safetensors(path, file);
}

// What is written may not take the place of what is read, nor one result that of the other.
void require_own_files(const RunOptions& o, const std::string& command) {
    auto same = [](const std::string& a, const std::string& b) {
        std::error_code error;
        return a == b || std::filesystem::equivalent(a, b, error);
    };
    for (const std::string& written : {o.output, o.gradients})
        for (const std::string& other : {o.weights, o.input, o.cotangent})
            if (!written.empty() && same(written, other))
                fail(ExitCode::usage, command + ", writing " + written, "it is one of the files that are read",
                     "give another name");
    if (same(o.output, o.gradients))
        fail(ExitCode::usage, command + ", writing " + o.output, "--output and --gradients are one file",
             "give two names");
}

// Refuses what can be refused before anything is computed, and sets the threads.
void prepare(const RunOptions& o, const std::string& command) {
    require_device(device_named(o.device));
    if (o.threads > 0) set_threads(o.threads);
    if (o.cotangent.empty() != o.gradients.empty())
        fail(ExitCode::usage, command, "--cotangent and --gradients belong together, and one is missing",
             "give both, or neither");
    require_own_files(o, command);
}

Type type_of(const RunOptions& o) {
    return device_named(o.device) == Device::reference || o.type == "float64" ? Type::float64 : Type::float32;
}

void require_finite_output(const Tensor& y, const std::string& command) {
    for (double v : y.to(Device::cpu).to(Type::float64).values<double>())
        if (!std::isfinite(v))
            fail(ExitCode::numerical, command, "the network's output is not finite",
                 "check the weights and the input's range");
}

Tensor read_cotangent(const RunOptions& o, const Shape& output, const std::string& command) {
    const Tensor v = read_array(o.cotangent, type_of(o), device_named(o.device));
    if (!(v.shape() == output))
        fail(ExitCode::mismatch, command + " --cotangent " + o.cotangent,
             "the array is " + v.shape().text() + ", and the output " + output.text(), "give one number per output");
    return v;
}

void run_siren(const RunOptions& o) {
    prepare(o, "adjoint run siren");
    const Device device = device_named(o.device);
    const Type type = type_of(o);
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
    require_finite_output(y, "adjoint run siren");
    if (!o.gradients.empty()) {
        const Tensor v = read_cotangent(o, output_shape, "adjoint run siren");
        write_gradients(file.network.parameters, flat, file.network, v.viewed_as({rows, s.out}), x.shape(),
                        o.gradients);
    }
    write_npy(o.output, y.viewed_as(output_shape));
}

// The array as N×C×H×W: axes that it lacks in front are of size 1.
Shape image_shape(const Shape& s) {
    std::vector<int64_t> sizes = s.vector();
    while (sizes.size() < 4) sizes.insert(sizes.begin(), 1);
    return Shape(sizes);
}
// The output with the input's number of axes, where those left out are of size 1.
Shape output_shape(const Shape& output, int input_rank) {
    std::vector<int64_t> sizes = output.vector();
    while (int(sizes.size()) > input_rank && sizes.front() == 1) sizes.erase(sizes.begin());
    return Shape(sizes);
}

void run_network(const RunOptions& o, const std::string& architecture) {
    const std::string command = "adjoint run " + architecture;
    prepare(o, command);
    const Device device = device_named(o.device);
    const Type type = type_of(o);
    const Network network = load_network(o.weights, architecture, given_settings(o, command), type, device);
    const Mode mode = o.mode == "training" ? Mode::training_again : Mode::evaluation;

    const Tensor array = read_array(o.input, type, device);
    if (array.rank() < 2 || array.rank() > 4 || image_shape(array.shape())[1] != network.in)
        fail(ExitCode::mismatch, command + " --input " + o.input,
             "the array is " + array.shape().text() + ", and the network takes images of " +
                 std::to_string(network.in) + " channels",
             "arrange the array as NxCxHxW, CxHxW, or HxW for one channel");
    const Tensor x = array.viewed_as(image_shape(array.shape()));
    const Tensor y = network(network.parameters.tensors(), x, mode);
    require_finite_output(y, command);
    const Shape shape = output_shape(y.shape(), array.rank());
    if (!o.gradients.empty())
        write_gradients(network.parameters, x,
                        [&](const std::vector<Tensor>& w, const Tensor& v) { return network(w, v, mode); },
                        read_cotangent(o, shape, command).viewed_as(y.shape()), array.shape(), o.gradients);
    write_npy(o.output, y.viewed_as(shape));
}

void add_common_options(CLI::App* command, const std::shared_ptr<RunOptions>& o, const std::string& input,
                        const std::string& output) {
    command->add_option("--weights", o->weights, "Model file (safetensors)")->required();
    command->add_option("--input", o->input, input)->required();
    command->add_option("--output", o->output, output)->required();
    command->add_option("--cotangent", o->cotangent, "dL/d(output), NPY of the output's shape");
    command->add_option("--gradients", o->gradients, "Where dL/d(weights) and dL/d(input) go (safetensors)");
    command->add_option("--type", o->type, "float32 or float64")
        ->capture_default_str()
        ->check(CLI::IsMember({"float32", "float64"}));
    command->add_option("--device", o->device, "cpu, cuda or reference")->capture_default_str();
    command->add_option("--threads", o->threads, "0: one per core")->check(CLI::Range(0, 4096));
}

}  // namespace

void add_run(CLI::App& app) {
    auto o = std::make_shared<RunOptions>();
    CLI::App* run = app.add_subcommand("run", "A network, and its exact gradients, on any array");
    run->require_subcommand(1);
    CLI::App* siren = run->add_subcommand("siren", "A network of sines on an array of coordinates, ...x2 for images");
    add_common_options(siren, o, "Coordinates, NPY of shape ...xinputs",
                       "Where the values go, NPY of shape ...xoutputs");
    siren->add_option("--first-omega", o->first_omega, "Overrides the file's; 30 for files of weights alone");
    siren->add_option("--hidden-omega", o->hidden_omega, "Overrides the file's; 30 for files of weights alone");
    siren->callback([o] { run_siren(*o); });
    for (const Architecture& a : architectures()) {
        CLI::App* network = run->add_subcommand(a.name, a.about);
        add_common_options(network, o, "Images, NPY of shape NxCxHxW, CxHxW or HxW", "Where the output goes, NPY");
        network->add_option("--set", o->settings,
                            "NAME=VALUE: a setting that the weights' shapes do not tell; VALUE is a number, a list "
                            "[1,2] or a word");
        network->add_option("--mode", o->mode, "Batch norms by their running statistics, or by those of the images")
            ->capture_default_str()
            ->check(CLI::IsMember({"evaluation", "training"}));
        network->callback([o, name = a.name] { run_network(*o, name); });
    }
}

}  // namespace adjoint::commands
