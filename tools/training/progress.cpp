#include "tools/training/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/error.h"

namespace adjoint {

Log log_named(const std::string& name) {
    if (name == "auto") return Log::automatic;
    if (name == "bar") return Log::bar;
    if (name == "lines") return Log::lines;
    if (name == "json") return Log::json;
    if (name == "quiet") return Log::quiet;
    fail(ExitCode::usage, "log style '" + name + "'", "there is no style of this name",
         "choose auto, bar, lines, json or quiet");
}

std::string duration_text(double seconds) {
    const long s = std::lround(std::max(seconds, 0.0));
    char text[40];
    if (s >= 3600)
        std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        std::snprintf(text, sizeof text, "%ld:%02ld", s / 60, s % 60);
    return text;
}

static std::string number_text(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

Progress::Progress(std::string task, Log log) : task_(std::move(task)), log_(log) {
    if (log_ == Log::automatic) log_ = isatty(STDERR_FILENO) ? Log::bar : Log::lines;
}

Progress::~Progress() { finish(); }

void Progress::start(int64_t first_step, int64_t total_steps) {
    done_ = first_step;
    total_ = total_steps;
    last_step_ = last_shown_ = Clock::now();
    measured_steps_ = 0;
}

void Progress::step(int64_t done, const Readings& readings, bool evaluated) {
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - last_step_).count();
    // Weight 1/n at first, so that the first steps count fully; later the last twenty or so.
    ++measured_steps_;
    seconds_per_step_ += (seconds - seconds_per_step_) / double(std::min<int64_t>(measured_steps_, 20));
    last_step_ = now;
    done_ = done;
    for (const auto& r : readings) {
        auto same = std::find_if(latest_.begin(), latest_.end(), [&](const auto& l) { return l.first == r.first; });
        if (same == latest_.end())
            latest_.push_back(r);
        else
            same->second = r.second;
    }

    const double since_shown = std::chrono::duration<double>(now - last_shown_).count();
    if (log_ == Log::bar && (since_shown > 0.1 || done_ == total_)) {
        draw_bar();
        last_shown_ = now;
    } else if (log_ == Log::lines && ((evaluated && since_shown > 1) || done_ == total_)) {
        print_line();
        last_shown_ = now;
    } else if (log_ == Log::json) {
        nlohmann::ordered_json line = {{"event", "step"}, {"step", done_}, {"steps", total_}};
        for (const auto& [name, value] : readings) line[name] = value;
        event(line.dump());
    }
}

std::string Progress::time_left() const {
    const double rate = seconds_per_step_ > 0 ? 1 / seconds_per_step_ : 0;
    char text[80];
    if (rate >= 1 || rate == 0)
        std::snprintf(text, sizeof text, "%.1f steps/s", rate);
    else
        std::snprintf(text, sizeof text, "%.1f s/step", seconds_per_step_);
    return std::string(text) + ", " + duration_text(double(total_ - done_) * seconds_per_step_) + " left";
}

void Progress::draw_bar() {
    std::string values;
    for (const auto& [name, value] : latest_) values += "  " + name + " " + number_text(value);
    const double part = total_ > 0 ? double(done_) / double(total_) : 1;
    char head[80];
    std::snprintf(head, sizeof head, " %3.0f%% %lld/%lld", std::floor(100 * part), (long long)done_, (long long)total_);
    std::string tail = head + ("  " + time_left()) + values;

    winsize window = {};
    const int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : 80;
    const int cells = 24;
    std::string line = task_ + " [";
    for (int i = 0; i < cells; ++i) line += i < int(part * cells) ? '#' : '.';
    line += "]" + tail;
    if (int(line.size()) > columns - 1) line.resize(size_t(std::max(columns - 1, 1)));
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    std::fflush(stderr);
    bar_on_screen_ = true;
}

void Progress::print_line() {
    std::string line = task_ + ": step " + std::to_string(done_) + "/" + std::to_string(total_);
    for (const auto& [name, value] : latest_) line += "  " + name + " " + number_text(value);
    if (done_ < total_) line += "  (" + time_left() + ")";
    std::fprintf(stderr, "%s\n", line.c_str());
}

void Progress::clear_bar() {
    if (bar_on_screen_) std::fprintf(stderr, "\r\033[K");
    bar_on_screen_ = false;
}

void Progress::note(const std::string& sentence) {
    if (log_ == Log::quiet) return;
    if (log_ == Log::json) {
        event(nlohmann::ordered_json{{"event", "note"}, {"text", sentence}}.dump(
            -1, ' ', false, nlohmann::json::error_handler_t::replace));
        return;
    }
    clear_bar();
    std::fprintf(stderr, "%s: %s\n", task_.c_str(), sentence.c_str());
}

void Progress::event(const std::string& json) {
    if (log_ != Log::json) return;
    std::fprintf(stdout, "%s\n", json.c_str());
    std::fflush(stdout);
}

void Progress::finish() {
    if (bar_on_screen_) std::fputc('\n', stderr);
    bar_on_screen_ = false;
}

}  // namespace adjoint
