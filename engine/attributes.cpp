#include "engine/attributes.h"

#include <cstdio>
#include <cstring>

#include "engine/error.h"
#include "engine/kernel_arguments.h"

namespace adjoint {

const Attribute* Attributes::find(const char* name) const {
    for (const auto& item : items_)
        if (item.first == name || !std::strcmp(item.first, name)) return &item.second;
    return nullptr;
}

const Attribute& Attributes::get(const char* name) const {
    if (const Attribute* a = find(name)) return *a;
    fail(ExitCode::usage, std::string("attribute ") + name, "it is not among " + text());
}

void Attributes::set(const char* name, Attribute value) {
    if (const Attribute* a = find(name))
        *const_cast<Attribute*>(a) = std::move(value);
    else
        items_.emplace_back(name, std::move(value));
}

namespace {
template <class T>
const T& as(const Attribute& a, const char* name, const char* kind) {
    if (const T* v = std::get_if<T>(&a)) return *v;
    fail(ExitCode::usage, std::string("attribute ") + name, std::string("it is not ") + kind);
}
}  // namespace

int64_t Attributes::integer(const char* name) const { return as<int64_t>(get(name), name, "an integer"); }
double Attributes::real(const char* name) const { return as<double>(get(name), name, "a real number"); }
const std::vector<int64_t>& Attributes::list(const char* name) const {
    return as<std::vector<int64_t>>(get(name), name, "a list of integers");
}
const std::string& Attributes::word(const char* name) const { return as<std::string>(get(name), name, "a word"); }
const std::shared_ptr<const void>& Attributes::held(const char* name) const {
    return as<std::shared_ptr<const void>>(get(name), name, "an object");
}

std::string Attributes::text() const {
    std::string s;
    for (const auto& [name, value] : items_) {
        s += (s.empty() ? "" : ", ") + std::string(name) + " = ";
        if (auto* i = std::get_if<int64_t>(&value)) s += std::to_string(*i);
        if (auto* w = std::get_if<std::string>(&value)) s += *w;
        if (std::holds_alternative<std::shared_ptr<const void>>(value)) s += "(an object)";
        if (auto* d = std::get_if<double>(&value)) {
            char digits[32];
            std::snprintf(digits, sizeof digits, "%g", *d);
            s += digits;
        }
        if (auto* l = std::get_if<std::vector<int64_t>>(&value)) {
            s += "[";
            for (size_t k = 0; k < l->size(); ++k) s += (k ? ", " : "") + std::to_string((*l)[k]);
            s += "]";
        }
    }
    return s;
}

int64_t KernelArguments::integer(const char* name) const { return attributes->integer(name); }
double KernelArguments::real(const char* name) const { return attributes->real(name); }
const int64_t* KernelArguments::list(const char* name, int* count) const {
    const auto& l = attributes->list(name);
    *count = int(l.size());
    return l.data();
}
const char* KernelArguments::word(const char* name) const { return attributes->word(name).c_str(); }

}  // namespace adjoint
