// Sums of losses from a text, as in `--loss l2+0.01*ms-glance{prior=0.01,window=16}`.
//
//   sum  = term { "+" term }
//   term = [ weight "*" ] name [ "{" key "=" value { "," key "=" value } "}" ]
// Spaces may stand anywhere between words. Names and keys: all_losses() in loss.h; `losses_help()` lists them.
#pragma once
#include "losses/loss.h"

namespace adjoint {

struct LossValue {
    Tensor total;                 // Σ weight · term; scalar, on the tape
    std::vector<LossTerm> terms;  // unweighted, by the names of Composition::names()
};

class Composition {
public:
    // Errors, usage: not of the form above, unknown names or keys (names the nearest), values out of bounds.
    explicit Composition(const std::string& text);

    // Images as in losses.h. Errors: mismatch (shapes, types), usage (windows that do not fit).
    LossValue value(const Tensor& prediction, const Tensor& target, const LossContext&) const;

    // The terms' names, for tables: "l2", "ms-glance", "ms-glance.local", "ms-glance.global"; a second loss of the same
    // name is "ssim-2".
    std::vector<std::string> names() const;
    // The same sum with every setting written out.
    std::string text() const;

private:
    struct Term {
        double weight;
        std::string name, loss;  // as in names(); of the list
        std::shared_ptr<Loss> what;
        std::shared_ptr<LossKeys> keys;
        std::vector<std::string> parts;
    };
    std::vector<Term> terms_;
};

}  // namespace adjoint
