// clip_by_value: g ← min(max(g, −limit), limit), in place. NaN stays.
#include "kernels/update/rule.h"

namespace adjoint {

namespace {
struct ClipByValueRule {
    double limit;
    ADJOINT_INLINE explicit ClipByValueRule(const KernelArguments& a) : limit(a.real("limit")) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE void operator()(S& g) const {
        g = g < S(-limit) ? S(-limit) : g;
        g = g > S(limit) ? S(limit) : g;
    }
};
}  // namespace
ADJOINT_UPDATE(clip_by_value, ClipByValueRule, 1, 0b1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/update/update.h"
namespace adjoint {

static std::vector<TensorSpec> infer_clip_by_value(const Signature& s) {
    require_setting(s, s.attributes.real("limit") >= 0, "limit", "0 or more");
    return infer_update(s);
}

ADJOINT_OPERATION(clip_by_value) {
    return clip_by_value_kernels({
        .name = "clip_by_value",
        .equation = "g ← min(max(g, −limit), limit)",
        .infer = infer_clip_by_value,
        .samples = {{{{.shape = {3, 5}}}, {{"limit", 0.5}}},
                    {{{.shape = {40001}}}, {{"limit", 0.25}}},
                    {{{.shape = {7}}}, {{"limit", 0.0}}},
                    {{{.shape = {0}}}, {{"limit", 0.5}}}},
        .wrong = {{{{{.shape = {3}}}, {{"limit", -0.5}}}, "limit is out of range"}},
    });
}

void clip_by_value(const Tensor& gradient, double limit) {
    clip_by_value_operation().apply({gradient}, {{"limit", limit}});
}

}  // namespace adjoint
#endif
