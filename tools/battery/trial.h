// One trial: an operation called with one sample's numbers, in one type on one device; and what the checks share.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "tools/battery/battery.h"

namespace adjoint::battery {

// Random numbers of a trial: pure functions of the operation's name, the sample and what they are for.
class Draw {
public:
    Draw(const Operation& op, int sample);
    // n numbers uniform in [−1, 1) for purpose `what` (cotangents, directions, …) number `k`.
    std::vector<double> uniform(const char* what, int k, int64_t n) const;
    // The values of a sample's input k; integers come as whole numbers.
    std::vector<double> input(const InputSample& s, int k) const;

private:
    uint64_t seed_;
};

// Where failures go, and how a check says what it found.
class Report {
public:
    Report(const Operation& op, Device device) : op_(op), device_(device) {}
    void at(Type type, std::string sample) { type_ = type, sample_ = std::move(sample); }
    // The first failure of each check in each type is kept: later samples of the same check add nothing but length.
    void fail(const char* check, const std::string& detail);
    bool failed(const char* check) const { return seen_.count({check, int(type_)}) > 0; }
    const std::vector<Failure>& failures() const { return failures_; }

private:
    const Operation& op_;
    Device device_;
    Type type_ = Type::float64;
    std::string sample_;
    std::vector<Failure> failures_;
    std::set<std::pair<std::string, int>> seen_;
};

struct Trial {
    const Operation& op;
    const Sample& sample;
    Device device;
    Type type;
    Draw draw;
    const BatteryOptions& options;
    Report& report;

    std::vector<Tensor> inputs;      // on the device, in the type; missing ones are empty
    std::vector<Tensor> exact;       // the same numbers on the reference device in float64
    std::vector<int> real_inputs;    // places of the inputs that are there and hold real numbers
    std::vector<Tensor> outputs;     // what one call on the device gave
    std::vector<int> real_outputs;   // outputs that hold real numbers
    int64_t elements = 0;            // the largest input or output

    double tolerance() const { return type == Type::float64 ? 1e-12 : op.float32_tolerance; }
    bool differentiable() const { return op.gradient && !op.not_differentiable && !real_outputs.empty() && !real_inputs.empty(); }
    std::vector<Tensor> fresh_inputs() const;               // own copies of the inputs
    std::vector<Tensor> apply(const std::vector<Tensor>& in) const { return op.apply(in, sample.attributes); }
    Tensor on_device(const std::vector<double>& values, const Shape& shape) const;  // in the trial's type
    // Random tensors of the real outputs' or inputs' shapes; `k` tells several draws apart.
    std::vector<std::vector<double>> cotangents(int k) const;
    std::vector<std::vector<double>> directions(int k) const;
};

// Draws the inputs and calls the operation once. Returns false where the call was refused with a usage error; what else
// it throws passes through.
bool prepare(Trial&);

std::string describe(const Sample&);

// While one lives, the thread sanitizer does not look at the calling thread's reads and writes: around definitions, which
// run on that thread alone, on arrays that no other thread knows, and take most of the battery's time under it.
class OneThread {
public:
    OneThread();
    ~OneThread();
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;
};

// The elements as doubles, whatever their type.
std::vector<double> numbers(const Tensor&);
bool same_bits(const Tensor& a, const Tensor& b);
bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b);

// Is every element of `got` within tolerance × (the largest |want|) of `want`? If not, says where it is worst.
// NaN is never close; an infinity only to the same one.
bool close(const std::vector<double>& got, const std::vector<double>& want, double tolerance, std::string* detail);

std::string digits(double);

}  // namespace adjoint::battery
