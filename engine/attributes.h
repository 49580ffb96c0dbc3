// The settings of one call of an operation: a few named numbers, lists and words.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace adjoint {

// The last kind is for what a gradient rule needs besides numbers, such as the operator of an equation that was solved.
using Attribute = std::variant<int64_t, double, std::vector<int64_t>, std::string, std::shared_ptr<const void>>;

class Attributes {
public:
    Attributes() = default;
    Attributes(std::initializer_list<std::pair<const char*, Attribute>> items) : items_(items) {}

    // Errors: there is no such attribute, or it is of another kind (a mistake of the operation's author).
    int64_t integer(const char* name) const;
    double real(const char* name) const;
    const std::vector<int64_t>& list(const char* name) const;
    const std::string& word(const char* name) const;
    const std::shared_ptr<const void>& held(const char* name) const;
    bool has(const char* name) const { return find(name); }

    void set(const char* name, Attribute value);  // `name` must outlive this: a literal
    std::string text() const;                     // "axes = [0, 2], epsilon = 1e-08"
    auto begin() const { return items_.begin(); }
    auto end() const { return items_.end(); }

private:
    const Attribute* find(const char* name) const;
    const Attribute& get(const char* name) const;
    std::vector<std::pair<const char*, Attribute>> items_;
};

}  // namespace adjoint
