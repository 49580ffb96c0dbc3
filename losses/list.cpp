// The list of losses, and their settings by name.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "losses/loss.h"

namespace adjoint {

std::unique_ptr<Loss> make_l1(), make_l2(), make_ssim(), make_s3im(), make_local_glance(), make_global_glance(),
    make_ms_glance();

const std::vector<LossEntry>& all_losses() {
    static const std::vector<LossEntry> all = {
        {"l1", {"mae"}, "mean absolute error", make_l1},
        {"l2", {"mse"}, "mean squared error", make_l2},
        {"ssim", {}, "1 − structural similarity (Wang et al., IEEE TIP 2004)", make_ssim},
        {"s3im", {}, "1 − SSIM of randomly arranged pixels (Xie et al., ICCV 2023)", make_s3im},
        {"local-glance", {}, "1 − mean correlation of image windows (Gao et al., WACV 2025)", make_local_glance},
        {"global-glance", {}, "1 − mean correlation of random pixels (Gao et al., WACV 2025)", make_global_glance},
        {"ms-glance", {}, "local and global Glance together (Gao et al., WACV 2025)", make_ms_glance},
    };
    return all;
}

const LossEntry& loss_named(const std::string& name) {
    std::vector<std::string> names;
    for (const LossEntry& e : all_losses()) {
        if (e.name == name || std::find(e.others.begin(), e.others.end(), name) != e.others.end()) return e;
        names.push_back(e.name);
    }
    const std::string near = nearest_word(name, names);
    std::string list;
    for (const std::string& n : names) list += (list.empty() ? "" : ", ") + n;
    fail(ExitCode::usage, "loss '" + name + "'", "there is none of this name",
         near.empty() ? "there are " + list : "did you mean '" + near + "'?");
}

std::string nearest_word(const std::string& word, const std::vector<std::string>& words) {
    std::string best;
    size_t least = std::max<size_t>(2, word.size() / 2) + 1;
    for (const std::string& w : words) {
        // Levenshtein's distance, row by row.
        std::vector<size_t> row(w.size() + 1);
        for (size_t j = 0; j <= w.size(); ++j) row[j] = j;
        for (size_t i = 1; i <= word.size(); ++i) {
            size_t diagonal = row[0];
            row[0] = i;
            for (size_t j = 1; j <= w.size(); ++j) {
                const size_t above = row[j];
                row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (word[i - 1] != w[j - 1])});
                diagonal = above;
            }
        }
        if (row[w.size()] < least) least = row[w.size()], best = w;
    }
    return best;
}

LossKey* LossKeys::find(const std::string& name) {
    for (LossKey& k : keys_)
        if (k.name == name) return &k;
    return nullptr;
}

namespace {

std::string number_text(double v) {
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, v).ptr);
}

template <class T>
T parsed(const std::string& asked, const std::string& value, const LossKey& key, const char* kind) {
    T v{};
    const auto end = std::from_chars(value.data(), value.data() + value.size(), v);
    if (value.empty() || end.ec != std::errc() || end.ptr != value.data() + value.size())
        fail(ExitCode::usage, asked, std::string("it must be ") + kind);
    if (!(double(v) >= key.low && double(v) <= key.high))
        fail(ExitCode::usage, asked, "it must be between " + number_text(key.low) + " and " + number_text(key.high));
    return v;
}

}  // namespace

void LossKeys::set(const std::string& loss, const std::string& name, const std::string& value) {
    LossKey* key = find(name);
    if (!key) {
        std::vector<std::string> names;
        std::string list;
        for (const LossKey& k : keys_) names.push_back(k.name), list += (list.empty() ? "" : ", ") + k.name;
        const std::string near = nearest_word(name, names);
        fail(ExitCode::usage, "loss " + loss + ", setting '" + name + "'", "there is no such setting",
             !near.empty()   ? "did you mean '" + near + "'?"
             : names.empty() ? "this loss has none"
                             : "there are " + list);
    }
    const std::string asked = "loss " + loss + ", " + name + " = " + value;
    key->given = true;
    if (auto* v = std::get_if<int64_t*>(&key->value)) {
        **v = parsed<int64_t>(asked, value, *key, "a whole number");
    } else if (auto* r = std::get_if<double*>(&key->value)) {
        **r = parsed<double>(asked, value, *key, "a number");
    } else if (auto* b = std::get_if<bool*>(&key->value)) {
        if (value != "true" && value != "false") fail(ExitCode::usage, asked, "it must be true or false");
        **b = value == "true";
    } else {
        if (std::find(key->words.begin(), key->words.end(), value) == key->words.end()) {
            std::string list;
            for (const std::string& w : key->words) list += (list.empty() ? "" : ", ") + w;
            fail(ExitCode::usage, asked, "it must be one of " + list);
        }
        *std::get<std::string*>(key->value) = value;
    }
}

std::string LossKeys::text(const LossKey& key) {
    if (auto* v = std::get_if<int64_t*>(&key.value)) return std::to_string(**v);
    if (auto* r = std::get_if<double*>(&key.value)) return number_text(**r);
    if (auto* b = std::get_if<bool*>(&key.value)) return **b ? "true" : "false";
    return *std::get<std::string*>(key.value);
}

std::vector<LossDescription> describe_losses() {
    std::vector<LossDescription> all;
    for (const LossEntry& e : all_losses()) {
        LossDescription d{e.name, e.help, {}};
        const std::unique_ptr<Loss> loss = e.make();
        LossKeys keys;
        loss->describe(keys);
        for (const LossKey& k : keys.all()) {
            std::string help = k.help;
            for (size_t i = 0; i < k.words.size(); ++i) help += (i == 0 ? " (" : ", ") + k.words[i];
            if (!k.words.empty()) help += ")";
            d.keys.push_back({k.name, LossKeys::text(k), help});
        }
        all.push_back(d);
    }
    return all;
}

std::string losses_help() {
    std::ostringstream out;
    for (const LossDescription& d : describe_losses()) {
        out << d.name << std::string(d.name.size() < 16 ? 16 - d.name.size() : 1, ' ') << d.help << "\n";
        for (const auto& k : d.keys) {
            const std::string start = "    " + k.name + "=" + k.value;
            out << start << std::string(start.size() < 26 ? 26 - start.size() : 1, ' ') << k.help << "\n";
        }
    }
    return out.str();
}

}  // namespace adjoint
