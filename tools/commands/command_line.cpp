#include "tools/commands/command_line.h"

#include <vector>

namespace adjoint {

static std::vector<std::string> words;

void remember_command_line(int argc, char** argv) { words.assign(argv, argv + argc); }

std::string command_line() {
    std::string line;
    for (const std::string& word : words) {
        if (!line.empty()) line += " ";
        if (!word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                                    "_-+=./:,@%") == std::string::npos) {
            line += word;
            continue;
        }
        line += "'";
        for (char c : word) line += c == '\'' ? "'\\''" : std::string(1, c);
        line += "'";
    }
    return line;
}

}  // namespace adjoint
