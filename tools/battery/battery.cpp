#include "tools/battery/battery.h"

#include <chrono>

#include "engine/memory.h"
#include "tools/battery/checks.h"
#include "tools/battery/derived_samples.h"

namespace adjoint {
namespace {

using namespace battery;

// Every check of one sample.
void run_checks(Trial& t) {
    struct Step {
        void (*check)(Trial&);
        bool higher;  // costs much more than one call
    };
    constexpr Step steps[] = {
        {check_shapes, false},
        {check_values, false},
        {check_special_values, true},
        {check_costs, false},
        {check_inputs_unchanged, false},
        {check_update_in_place, false},
        {check_equal_bits, false},
        {check_first_derivatives, false},
        {check_fast_gradient, false},
        {check_gradient_bits, false},
        {check_not_differentiable, false},
        {check_linear, false},
        {check_bilinear, false},
        {check_each_input_alone, true},
        {check_accumulation, true},
        {check_higher_derivatives, true},
    };
    for (const Step& step : steps)
        if (!step.higher || t.elements <= t.options.largest_higher) step.check(t);
}

void test_sample(const Operation& op, Device device, Type type, const Sample& sample, int number, bool may_be_refused,
                 const BatteryOptions& options, const GuardedMemory& guards, Report& report) {
    for (const InputSample& i : sample.inputs)
        if (!i.missing && i.shape.count() > options.largest) return;
    report.at(type, describe(sample));
    const size_t violations = guards.violations().size();
    try {
        Trial t{.op = op, .sample = sample, .device = device, .type = type, .draw = Draw(op, number), .options = options,
                .report = report};
        if (prepare(t))
            run_checks(t);
        else if (!may_be_refused)
            t.apply(t.inputs);  // throws again what prepare caught
    } catch (const std::exception& e) {
        report.fail("runs", e.what());
    }
    std::vector<std::string> now = guards.violations();
    if (now.size() > violations) report.fail("guard words", now[violations]);
}

}  // namespace

std::string Failure::text() const {
    return operation + " on " + name_of(device) + " in " + name_of(type) + ", " + check + " [" + sample + "]: " + detail;
}

BatteryOptions small_battery() {
    BatteryOptions o;
    o.largest = 4096;
    o.largest_higher = 512;
    o.thread_counts = {2};
    return o;
}

std::vector<Failure> test_operation(const Operation& op, Device device, const BatteryOptions& options) {
    require_device(device);
    Report report(op, device);
    report.at(Type::float64, "the record");
    check_record(op, report);
    if (!report.failures().empty()) return report.failures();  // a record with holes cannot be called

    GuardedMemory guards;
    check_refusals(op, device, options, report);
    const std::vector<DerivedSample> derived = derived_samples(op);
    for (Type type : {Type::float64, Type::float32}) {
        if (device == Device::reference && type == Type::float32) continue;
        int number = 0;
        for (const Sample& s : op.samples) test_sample(op, device, type, s, number++, false, options, guards, report);
        for (const DerivedSample& d : derived)
            test_sample(op, device, type, d.sample, number++, d.may_be_refused, options, guards, report);
    }
    return report.failures();
}

std::vector<Failure> test_all(Device device, const BatteryOptions& options) {
    std::vector<Failure> all;
    for (const Operation* op : operations()) {
        auto start = std::chrono::steady_clock::now();
        std::vector<Failure> failures = test_operation(*op, device, options);
        all.insert(all.end(), failures.begin(), failures.end());
        double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        if (options.progress) options.progress(*op, device, seconds, failures);
    }
    return all;
}

}  // namespace adjoint
