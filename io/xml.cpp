#include "io/xml.h"

#include <vector>

#include "engine/error.h"

namespace adjoint {

namespace {

constexpr size_t deepest = 32, most_elements = 10000;

std::string trimmed(const std::string& text) {
    const char* space = " \t\r\n";
    const size_t first = text.find_first_not_of(space);
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string with_entities(const std::string& text) {
    constexpr const char* entities[][2] = {
        {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
    std::string result;
    for (size_t i = 0; i < text.size();) {
        size_t length = 1;
        std::string replacement(1, text[i]);
        for (const auto& [name, character] : entities)
            if (text.compare(i, std::string(name).size(), name) == 0) {
                length = std::string(name).size();
                replacement = character;
            }
        result += replacement;
        i += length;
    }
    return result;
}

struct Scanner {
    const std::string& xml;
    const std::string& who;
    std::map<std::string, std::string> texts = {};
    std::vector<std::string> open = {}, content = {};
    size_t elements = 0;

    [[noreturn]] void refuse(const std::string& found) const {
        fail(ExitCode::invalid_input, who, "its XML header " + found, "the header is damaged");
    }
    size_t find(const char* what, size_t from) const {
        const size_t at = xml.find(what, from);
        if (at == std::string::npos) refuse("ends within a tag");
        return at;
    }
    // The end of a tag, past quoted values.
    size_t end_of_tag(size_t at) const {
        for (char quote = 0; at < xml.size(); ++at) {
            const char c = xml[at];
            if (quote ? c == quote : c == '"' || c == '\'') quote = quote ? 0 : c;
            else if (c == '>' && !quote) return at;
        }
        refuse("ends within a tag");
    }
    static std::string local_name(const std::string& tag) {
        const std::string name = tag.substr(0, tag.find_first_of(" \t\r\n/"));
        return name.substr(name.find(':') + 1);  // npos + 1 is 0
    }

    void begin(const std::string& tag) {
        if (open.size() >= deepest || ++elements > most_elements) refuse("has too many elements");
        open.push_back(local_name(tag));
        content.emplace_back();
        if (open.back().empty()) refuse("has a tag without a name");
    }
    void end(const std::string& name) {
        if (open.empty() || open.back() != name) refuse("closes '" + name.substr(0, 60) + "', which is not open");
        std::string path;
        for (const std::string& element : open) path += (path.empty() ? "" : "/") + element;
        texts.emplace(path, with_entities(trimmed(content.back())));
        open.pop_back();
        content.pop_back();
    }

    void scan() {
        for (size_t at = 0; at < xml.size();) {
            const size_t tag = std::min(xml.find('<', at), xml.size());
            if (!open.empty()) content.back() += xml.substr(at, tag - at);
            if (tag == xml.size()) break;
            if (xml.compare(tag, 4, "<!--") == 0) {
                at = find("-->", tag + 4) + 3;
            } else if (xml.compare(tag, 2, "<?") == 0) {
                at = find("?>", tag + 2) + 2;
            } else if (xml.compare(tag, 2, "<!") == 0) {
                refuse("has a declaration, which is not read");
            } else {
                const size_t close = end_of_tag(tag + 1);
                const std::string inside = xml.substr(tag + 1, close - tag - 1);
                if (!inside.empty() && inside[0] == '/') {
                    end(local_name(inside.substr(1)));
                } else {
                    begin(inside);
                    if (!inside.empty() && inside.back() == '/') end(open.back());
                }
                at = close + 1;
            }
        }
        if (!open.empty()) refuse("does not close '" + open.back().substr(0, 60) + "'");
    }
};

}  // namespace

std::map<std::string, std::string> xml_texts(const std::string& xml, const std::string& who) {
    Scanner scanner{xml, who};
    scanner.scan();
    return scanner.texts;
}

}  // namespace adjoint
