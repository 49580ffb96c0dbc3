// A loss by name, as compositions (composition.h) and the program see it.
#pragma once
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "losses/losses.h"

namespace adjoint {

// The settings of a loss: names, meanings, bounds, and where the values lie.
struct LossKey {
    std::string name, help;
    std::variant<bool*, int64_t*, double*, std::string*> value;
    double low = 0, high = 0;             // bounds of numbers, both allowed
    std::vector<std::string> words = {};  // what a text may be
    bool given = false;                   // set by `set`
};
class LossKeys {
public:
    void flag(const char* name, bool* value, const char* help) { keys_.push_back({name, help, value}); }
    void integer(const char* name, int64_t* value, int64_t low, int64_t high, const char* help) {
        keys_.push_back({name, help, value, double(low), double(high)});
    }
    void real(const char* name, double* value, double low, double high, const char* help) {
        keys_.push_back({name, help, value, low, high});
    }
    void word(const char* name, std::string* value, std::vector<std::string> words, const char* help) {
        keys_.push_back({name, help, value, 0, 0, std::move(words)});
    }
    const std::vector<LossKey>& all() const { return keys_; }
    LossKey* find(const std::string& name);
    bool given(const std::string& name) { return find(name)->given; }
    // Errors, usage: no such key (names the nearest), a value of the wrong kind or out of bounds. `loss` opens the
    // message.
    void set(const std::string& loss, const std::string& name, const std::string& value);
    static std::string text(const LossKey&);  // the present value

private:
    std::vector<LossKey> keys_;
};

// A number that goes into the sum, or (part) one that only explains it.
struct LossTerm {
    std::string name;  // "": the loss itself; "local": a part of it
    Tensor value;      // scalar
};

class Loss {
public:
    virtual ~Loss() = default;
    virtual void describe(LossKeys&) = 0;  // binds the keys to the settings
    virtual void prepare(LossKeys&) {}     // after the keys are set: presets, contradictions (errors: usage)
    virtual std::vector<std::string> parts() const { return {}; }  // names of what `terms` gives beside the loss
    // First the loss itself, then its parts.
    virtual std::vector<LossTerm> terms(const Tensor& prediction, const Tensor& target, const LossContext&) const = 0;
};

struct LossEntry {
    std::string name;                 // as in compositions: "ms-glance"
    std::vector<std::string> others;  // further names
    std::string help;                 // one line: what it is, and its source
    std::unique_ptr<Loss> (*make)();
};
const std::vector<LossEntry>& all_losses();
// Errors, usage: no such loss; names the nearest.
const LossEntry& loss_named(const std::string& name);
// The keys of a loss with their default values.
struct LossDescription {
    std::string name, help;
    struct Key {
        std::string name, value, help;
    };
    std::vector<Key> keys;
};
std::vector<LossDescription> describe_losses();
std::string losses_help();  // all of them as lines of text, for the program

// The word of `words` that differs least from `word`, if it is near enough to be meant; else empty.
std::string nearest_word(const std::string& word, const std::vector<std::string>& words);

}  // namespace adjoint
