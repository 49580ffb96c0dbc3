// The battery: every operation tested from its record alone, on any device and type.
//
// Two things are known about an operation besides its fast kernels: its definition (the naive computation, which also
// runs on dual numbers) and its gradient rule. The battery plays them against each other: values of the kernels against
// the definition; reverse mode through the kernels against forward mode through the definition, up to the record's
// order; the laws of its kind; guard words and poisoned memory around everything; the same bits on any number of
// threads; and every refusal with its sentence. tests/battery plants bugs in copies of real records to see that each
// check catches what it is for.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine/operation.h"
#include "engine/tape.h"

namespace adjoint {

struct Failure {
    std::string operation;
    Device device = Device::cpu;
    Type type = Type::float64;
    std::string check;   // a plain-words name: "values", "second derivatives", …
    std::string sample;  // the inputs' shapes and the settings
    std::string detail;  // the numbers

    std::string text() const;  // one line
};

struct BatteryOptions {
    // How large a sample may be, in elements of its largest input or output: to be tried at all (values and guard
    // words), for all that needs a gradient or several calls, and for everything above first order.
    int64_t largest = int64_t(1) << 20;
    int64_t largest_first = int64_t(1) << 20;
    int64_t largest_higher = int64_t(1) << 13;
    // Thread counts whose results must have the same bits as one thread's.
    std::vector<int> thread_counts = {2, 3, 7};
    // The backward loop under test.
    std::function<std::vector<Tensor>(const Tensor&, const std::vector<Tensor>&, const GradientOptions&)> gradient =
        &adjoint::gradient;
    // No more samples once this check has failed (planted bugs: it is there to fail). nullptr: all samples.
    const char* until = nullptr;
    // Called after each operation of test_all.
    std::function<void(const Operation&, Device, double seconds, const std::vector<Failure>&)> progress = nullptr;
};

// What suits a device: the emulated one runs some hundred times slower than the others.
BatteryOptions battery_for(Device);
// The same checks on small samples only: for builds with sanitizers, which run ten to a hundred times slower.
BatteryOptions small_battery(Device);

// Everything that is wrong with one operation on one device, in all types the device computes in; empty: all is well.
// Never throws for what an operation does wrong; errors: the device is not there.
std::vector<Failure> test_operation(const Operation&, Device, const BatteryOptions& = {});

// Every operation of the program.
std::vector<Failure> test_all(Device, const BatteryOptions& = {});

}  // namespace adjoint
