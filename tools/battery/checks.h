// The checks of the battery, one idea each. A check reports to the trial's report and throws only what the operation
// itself throws unexpectedly.
#pragma once
#include "tools/battery/trial.h"

namespace adjoint::battery {

// --- of a record (check_record.cpp, check_refusals.cpp) ---
void check_record(const Operation&, Report&);                                      // complete, and consistent in itself
void check_refusals(const Operation&, Device, const BatteryOptions&, Report&);     // wrong calls and their sentences

// --- of one trial ---
void check_shapes(Trial&);               // kind pointwise: NumPy's rules (check_values.cpp)
void check_values(Trial&);               // the kernels give what the definition gives (check_values.cpp)
void check_special_values(Trial&);       // kind pointwise: NaN and infinities (check_special_values.cpp)
void check_costs(Trial&);                // flops and bytes are finite numbers (check_record.cpp)
void check_inputs_unchanged(Trial&);     // (check_values.cpp)
void check_update_in_place(Trial&);      // kind update: in place, and never into saved memory (check_update.cpp)
void check_equal_bits(Trial&);           // repetition, threads, recording (check_bits.cpp)
void check_first_derivatives(Trial&);    // two roads to the gradient (check_derivatives.cpp)
void check_higher_derivatives(Trial&);   // the same for second and third order (check_derivatives.cpp)
void check_fast_gradient(Trial&);        // fast rule = differentiable rule (check_gradient_calls.cpp)
void check_each_input_alone(Trial&);     // the gradient does not depend on which others are wanted (same)
void check_gradient_bits(Trial&);        // the gradient's bits do not depend on threads; cotangents stay whole (check_bits.cpp)
void check_accumulation(Trial&);         // tensors used twice (check_accumulation.cpp)
void check_linear(Trial&);               // kind linear (check_linear.cpp)
void check_bilinear(Trial&);             // kind bilinear (check_linear.cpp)
void check_not_differentiable(Trial&);   // asking for what does not exist throws its reason (check_refusals.cpp)

}  // namespace adjoint::battery
