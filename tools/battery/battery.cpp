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
    enum Cost { one_call, first_order, higher_order };
    struct Step {
        void (*check)(Trial&);
        Cost cost;
    };
    constexpr Step steps[] = {
        {check_shapes, one_call},
        {check_values, one_call},
        {check_costs, one_call},
        {check_inputs_unchanged, one_call},
        {check_update_in_place, one_call},
        {check_equal_bits, first_order},
        {check_first_derivatives, first_order},
        {check_fast_gradient, first_order},
        {check_gradient_bits, first_order},
        {check_not_differentiable, first_order},
        {check_linear, first_order},
        {check_bilinear, first_order},
        {check_special_values, higher_order},
        {check_each_input_alone, higher_order},
        {check_accumulation, higher_order},
        {check_higher_derivatives, higher_order},
    };
    const int64_t largest[] = {t.options.largest, t.options.largest_first, t.options.largest_higher};
    for (const Step& step : steps)
        if (t.elements <= largest[step.cost]) step.check(t);
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

BatteryOptions battery_for(Device device) {
    BatteryOptions o;
    if (device == Device::emulated) {
        o.largest = 1 << 17;
        o.largest_first = 1 << 12;
        o.largest_higher = 1 << 9;
    }
    return o;
}

BatteryOptions small_battery(Device device) {
    BatteryOptions o;
    o.largest = device == Device::emulated ? 2048 : 4096;
    o.largest_first = device == Device::emulated ? 512 : 4096;
    o.largest_higher = device == Device::emulated ? 128 : 512;
    o.thread_counts = {2};
    return o;
}

std::vector<Failure> test_operation(const Operation& op, Device device, const BatteryOptions& options) {
    require_device(device);
    release_cache(device);  // blocks kept from other operations: a guarded device goes through all there are, each call
    Report report(op, device);
    report.at(Type::float64, "the record");
    check_record(op, report);
    if (!report.failures().empty()) return report.failures();  // a record with holes cannot be called

    GuardedMemory guards;
    check_refusals(op, device, options, report);
    std::vector<DerivedSample> samples;
    for (const Sample& s : op.samples) samples.push_back({s, false});
    for (DerivedSample& d : derived_samples(op)) samples.push_back(std::move(d));
    for (Type type : {Type::float64, Type::float32}) {
        if (device == Device::reference && type == Type::float32) continue;
        int number = 0;
        for (const DerivedSample& s : samples) {
            if (options.until && report.failed(options.until)) return report.failures();
            test_sample(op, device, type, s.sample, number++, s.may_be_refused, options, guards, report);
        }
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
