#include <algorithm>

#include "tools/battery/checks.h"

namespace adjoint::battery {
namespace {

const Type types[] = {Type::float64, Type::float32};

std::vector<Tensor> draw_inputs(const Operation& op, const Sample& s, Device device, Type type) {
    std::vector<Tensor> in;
    for (size_t i = 0; i < s.inputs.size(); ++i) {
        const InputSample& d = s.inputs[i];
        if (d.missing) {
            in.emplace_back();
            continue;
        }
        Tensor x = Tensor::from(Draw(op, 0).input(d, int(i)), d.shape, Device::reference);
        in.push_back(x.to(d.integer ? Type::int64 : type).to(device));
    }
    return in;
}

// The call must throw a usage error that opens with the operation's name and contains the sentence.
void must_refuse(const Operation& op, const char* check, const std::string& what, const std::string& sentence,
                 const std::vector<Tensor>& in, const Attributes& attributes, Report& report) {
    try {
        op.apply(in, attributes);
    } catch (const Error& e) {
        std::string text = e.what();
        if (e.code != ExitCode::usage) report.fail(check, what + ": not a usage error: " + text);
        if (text.find(op.name) != 0) report.fail(check, what + ": the message does not open with the operation: " + text);
        if (e.found.empty()) report.fail(check, what + ": the message does not say what was found: " + text);
        if (text.find(sentence) == std::string::npos)
            report.fail(check, what + ": the message lacks '" + sentence + "': " + text);
        return;
    } catch (const std::exception& e) {
        report.fail(check, what + ": not an Error with its three parts: " + e.what());
        return;
    }
    report.fail(check, what + ": it was not refused");
}

bool contains(const std::vector<int>& list, int i) { return std::find(list.begin(), list.end(), i) != list.end(); }

// What no operation may accept, made from its first sample: counts, missing inputs, mixed types and devices.
void check_general_refusals(const Operation& op, Device device, Type type, Report& report) {
    const char* check = "wrong calls";
    const Sample& s = op.samples[0];
    std::vector<Tensor> good = draw_inputs(op, s, device, type);
    auto refuse = [&](const std::string& what, const std::string& sentence, const std::vector<Tensor>& in) {
        must_refuse(op, check, what, sentence, in, s.attributes, report);
    };

    std::vector<Tensor> in = good;
    while (int(in.size()) <= op.max_inputs) in.push_back(good.back());
    refuse("too many inputs", "inputs were given", in);
    if (op.min_inputs > 0) refuse("no inputs", "0 inputs were given", {});

    Device other = device == Device::reference ? Device::cpu : Device::reference;
    int reals = 0;
    for (size_t i = 0; i < good.size(); ++i) reals += good[i] && good[i].type() != Type::int64;
    for (size_t i = 0; i < good.size(); ++i) {
        std::string which = "input " + std::to_string(i + 1);
        in = good;
        in[i] = Tensor();
        if (int(i) < op.min_inputs && !contains(op.optional_inputs, int(i))) refuse(which + " missing", which + " is missing", in);
        if (!good[i]) continue;
        in[i] = good[i].to(other);
        if (good.size() > 1) refuse(which + " on another device", "move them to one device", in);
        if (contains(op.index_inputs, int(i))) {
            in[i] = good[i].to(type);
            refuse(which + " of real numbers", "indices must be int64", in);
            continue;
        }
        in[i] = good[i].to(Type::int64);
        refuse(which + " of int64", "real numbers are needed", in);
        in[i] = good[i].to(type == Type::float64 ? Type::float32 : Type::float64);
        if (reals > 1) refuse(which + " of another type", "convert them to one type", in);
    }
}

}  // namespace

void check_refusals(const Operation& op, Device device, const BatteryOptions&, Report& report) {
    for (Type type : types) {
        if (device == Device::reference && type == Type::float32) continue;
        for (const WrongSample& w : op.wrong) {
            report.at(type, describe(w.call));
            must_refuse(op, "wrong inputs", "a wrong call", w.sentence, draw_inputs(op, w.call, device, type),
                        w.call.attributes, report);
        }
        if (op.samples.empty() || op.samples[0].inputs.empty()) continue;
        report.at(type, describe(op.samples[0]));
        check_general_refusals(op, device, type, report);
    }
}

void check_not_differentiable(Trial& t) {
    if (!t.op.not_differentiable || t.real_outputs.empty()) return;
    for (size_t r = 0; r < t.real_inputs.size(); ++r) {
        Tape tape;
        std::vector<Tensor> in = t.fresh_inputs();
        Tensor x = tape.variable(in[size_t(t.real_inputs[r])]);
        in[size_t(t.real_inputs[r])] = x;
        Tensor y = t.apply(in)[size_t(t.real_outputs[0])];
        Tensor v = t.on_device(t.cotangents(7)[0], y.shape());
        std::string found = "a gradient came out";
        try {
            t.options.gradient(y, {x}, {.cotangent = v});
        } catch (const Error& e) {
            found = e.what();
        }
        if (found.find(t.op.not_differentiable) == std::string::npos)
            t.report.fail("not differentiable", "the reason '" + std::string(t.op.not_differentiable) + "' was not given: " + found);
    }
}

}  // namespace adjoint::battery
