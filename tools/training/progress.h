// What a long run tells its user: a bar with rate and time left on a terminal, plain lines elsewhere, JSON lines for
// programs, or nothing.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace adjoint {

enum class Log { automatic, bar, lines, json, quiet };
Log log_named(const std::string& name);  // errors: unknown name (usage)

// Names and numbers in the order in which they are shown: {{"loss", 0.01}, {"psnr", 25.5}}.
using Readings = std::vector<std::pair<std::string, double>>;

class Progress {
public:
    // `automatic` is a bar where the standard error output is a terminal, and lines elsewhere. Bar and lines go to the
    // standard error output, JSON to the standard output: one object a line, with the field "event".
    Progress(std::string task, Log log);
    ~Progress();

    void start(int64_t first_step, int64_t total_steps);
    // After each step. `evaluated`: the readings hold more than usual, so show them even if it is not yet time to.
    void step(int64_t done, const Readings& readings, bool evaluated);
    void note(const std::string& sentence);  // something worth a line of its own
    void event(const std::string& json);     // a JSON object; shown in the style `json` only
    void finish();                           // leaves the bar as it is and goes to a new line
    Log style() const { return log_; }

private:
    using Clock = std::chrono::steady_clock;
    void draw_bar();
    void print_line();
    void clear_bar();
    std::string time_left() const;

    std::string task_;
    Log log_;
    int64_t done_ = 0, total_ = 0;
    Readings latest_;  // the most recent value of every reading
    Clock::time_point last_shown_, last_step_;
    double seconds_per_step_ = 0;  // a running mean, so that the time left follows a change of speed
    int64_t measured_steps_ = 0;
    bool bar_on_screen_ = false;
};

std::string duration_text(double seconds);  // "0:07", "12:40", "3:05:00"

}  // namespace adjoint
