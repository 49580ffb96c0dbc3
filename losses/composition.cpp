#include "losses/composition.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <cstring>

#include "kernels/pointwise/pointwise.h"

namespace adjoint {
namespace {

// Reads a composition from left to right.
class Reader {
public:
    explicit Reader(const std::string& text) : text_(text) {}

    bool at_end() { return skip(), at_ == text_.size(); }
    bool take(char c) {
        skip();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void expect(char c, const char* where) {
        if (!take(c)) fail_here(std::string("'") + c + "' is missing " + where);
    }
    // Letters, digits and what stands in names and numbers.
    std::string word(const char* what, const char* extra) {
        skip();
        const size_t begin = at_;
        while (at_ < text_.size() &&
               (std::isalnum(static_cast<unsigned char>(text_[at_])) || std::strchr(extra, text_[at_])))
            ++at_;
        if (at_ == begin) fail_here(std::string(what) + " is missing");
        return text_.substr(begin, at_ - begin);
    }
    // A weight and its '*', where one stands here.
    double weight() {
        skip();
        double w = 1;
        const auto end = std::from_chars(text_.data() + at_, text_.data() + text_.size(), w);
        if (end.ec != std::errc()) return 1;
        at_ = size_t(end.ptr - text_.data());
        if (!(w >= 0) || !std::isfinite(w)) fail_here("a weight must be a finite number, at least 0");
        expect('*', "after a weight");
        return w;
    }
    [[noreturn]] void fail_here(const std::string& found) {
        fail(ExitCode::usage, "loss '" + text_ + "', at character " + std::to_string(at_ + 1), found,
             "write sums such as l2+0.01*ms-glance{prior=0.01,window=16}");
    }

private:
    void skip() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }
    std::string text_;
    size_t at_ = 0;
};

}  // namespace

Composition::Composition(const std::string& text) {
    Reader read(text);
    do {
        Term t;
        t.weight = read.weight();
        const LossEntry& entry = loss_named(read.word("the name of a loss", "-_"));
        t.loss = t.name = entry.name;
        int same = 1;
        for (const Term& other : terms_) same += other.loss == t.loss;
        if (same > 1) t.name += "-" + std::to_string(same);
        t.what = entry.make();
        t.keys = std::make_shared<LossKeys>();
        t.what->describe(*t.keys);
        if (read.take('{') && !read.take('}')) {
            do {
                const std::string key = read.word("the name of a setting", "-_");
                read.expect('=', "after the name of a setting");
                const std::string value = read.word("a value", "-_.+");
                if (LossKey* k = t.keys->find(key); k && k->given)
                    fail(ExitCode::usage, "loss " + t.loss + ", setting '" + key + "'", "it is given twice");
                t.keys->set(t.loss, key, value);
            } while (read.take(','));
            read.expect('}', "after the settings of a loss");
        }
        t.what->prepare(*t.keys);
        t.parts = t.what->parts();
        terms_.push_back(t);
    } while (read.take('+'));
    if (!read.at_end()) read.fail_here("'+' or the end was expected");
}

LossValue Composition::value(const Tensor& prediction, const Tensor& target, const LossContext& context) const {
    LossValue v;
    for (const Term& t : terms_) {
        for (const LossTerm& term : t.what->terms(prediction, target, context)) {
            v.terms.push_back({term.name.empty() ? t.name : t.name + "." + term.name, term.value});
            if (!term.name.empty()) continue;
            const Tensor weighted = t.weight == 1 ? term.value : t.weight * term.value;
            v.total = v.total ? v.total + weighted : weighted;
        }
    }
    return v;
}

std::vector<std::string> Composition::names() const {
    std::vector<std::string> all;
    for (const Term& t : terms_) {
        all.push_back(t.name);
        for (const std::string& part : t.parts) all.push_back(t.name + "." + part);
    }
    return all;
}

std::string Composition::text() const {
    std::string all;
    for (const Term& t : terms_) {
        char number[32];
        if (!all.empty()) all += "+";
        if (t.weight != 1)
            all += std::string(number, std::to_chars(number, number + sizeof number, t.weight).ptr) + "*";
        all += t.loss;
        std::string settings;
        for (const LossKey& k : t.keys->all())
            settings += (settings.empty() ? "" : ",") + k.name + "=" + LossKeys::text(k);
        if (!settings.empty()) all += "{" + settings + "}";
    }
    return all;
}

}  // namespace adjoint
