#include "io/hdf5/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <mutex>
#include <new>
#include <optional>
#include <vector>

#include "engine/error.h"

namespace adjoint {

namespace {

enum class Ending : uint8_t { done = 1, refused = 2, out_of_memory = 3 };

// The address space of this process now, in bytes.
uint64_t address_space() {
    unsigned long pages = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
        if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    return uint64_t(pages) * uint64_t(::sysconf(_SC_PAGESIZE));
}

void limit(__rlimit_resource resource, uint64_t value, uint64_t hard) {
    const rlimit limits = {rlim_t(value), rlim_t(hard)};
    ::setrlimit(resource, &limits);
}

void confine(const ChildLimits& limits, uint64_t space) {
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int fd : {0, 1, 2}) ::dup2(nowhere, fd);
    // An interruption is for the parent, and a terminal sends it to both: a reader that died of it would look like a
    // damaged file. The reader ends with its parent.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGXCPU}) std::signal(signal, SIG_DFL);
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_FSIZE, 0, 0);
    limit(RLIMIT_CPU, limits.seconds, limits.seconds + 1);  // SIGXCPU, which says why
    if (space > 0) limit(RLIMIT_AS, space + limits.memory, space + limits.memory);
}

[[noreturn]] void run_child(int pipe, const ChildLimits& limits, uint64_t space,
                            const std::function<void(ChildOutput&)>& work) {
    confine(limits, space);
    ChildOutput out(pipe);
    try {
        try {
            work(out);
            out.number(Ending::done);
        } catch (const Error& e) {
            // Whatever was written before stands in front; the parent reads the ending from behind.
            const std::string parts[] = {e.asked, e.found, e.advice};
            uint64_t bytes = 4 + 3 * 8;
            out.number(int32_t(e.code));
            for (const std::string& part : parts) {
                out.text(part);
                bytes += part.size();
            }
            out.number(bytes);
            out.number(Ending::refused);
        } catch (const std::bad_alloc&) {
            out.number(Ending::out_of_memory);
        }
    } catch (...) {
        ::_exit(1);
    }
    ::_exit(0);
}

[[noreturn]] void throw_from(const std::string& file, const std::string& answer) {
    uint64_t bytes = 0;
    if (answer.size() >= 8) std::memcpy(&bytes, answer.data() + answer.size() - 8, 8);
    if (answer.size() < 8 || bytes > answer.size() - 8)
        fail(ExitCode::invalid_input, "reading " + file, "the HDF5 library fails on it", "the file is damaged");
    MemoryInput input(file, answer.data() + answer.size() - 8 - bytes, size_t(bytes));
    const auto code = number_from<int32_t>(input);
    const std::string asked = text_from(input), found = text_from(input), advice = text_from(input);
    fail(ExitCode(code), asked, found, advice);
}

// A child that is not needed any more is ended, whatever leaves the function that holds it.
struct Child {
    pid_t id;
    int pipe, status = 0;
    bool waited = false;

    void wait() {
        while (!waited && ::waitpid(id, &status, 0) < 0 && errno == EINTR) {}
        waited = true;
    }
    ~Child() {
        ::close(pipe);
        if (!waited) ::kill(id, SIGKILL);
        wait();
    }
};

Child start_child(const std::string& who, const ChildLimits& limits, const std::function<void(ChildOutput&)>& work) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        fail(ExitCode::resources, who, std::string("no pipe: ") + std::strerror(errno), "close other programs");
    const uint64_t space = address_space();
    std::unique_lock<std::mutex> lock(hdf5_mutex());
    const pid_t id = ::fork();
    if (id < 0) {
        const int error = errno;
        ::close(ends[0]);
        ::close(ends[1]);
        fail(ExitCode::resources, who, std::string("no process could be started: ") + std::strerror(error),
             "close other programs");
    }
    if (id == 0) {
        ::close(ends[0]);
        run_child(ends[1], limits, space, work);
    }
    ::close(ends[1]);
    return {id, ends[0]};
}

// glibc makes malloc ready for fork(). The address sanitizer's allocator is not (GCC 12): when another thread holds one
// of its locks at that moment, nobody opens it in the child, which then sleeps for good. Such a child is started anew.
#ifdef __SANITIZE_ADDRESS__
constexpr int attempts = 20;
#else
constexpr int attempts = 1;
#endif

// Waits for something to read. False: the child has neither written nor used the processor for a quarter of a second.
bool awake([[maybe_unused]] const Child& child) {
#ifdef __SANITIZE_ADDRESS__
    auto processor_time = [&] {
        clockid_t clock;
        timespec t = {};
        if (::clock_getcpuclockid(child.id, &clock) == 0) ::clock_gettime(clock, &t);
        return std::pair(t.tv_sec, t.tv_nsec);
    };
    pollfd end = {child.pipe, POLLIN, 0};
    for (auto before = processor_time();;) {
        if (::poll(&end, 1, 250) != 0) return true;
        const auto now = processor_time();
        if (now == before) return false;
        before = now;
    }
#endif
    return true;
}

// All that the child wrote; nothing if it sleeps.
std::optional<std::string> answer_of(Child& child, const std::string& who, const ChildLimits& limits) {
    std::string answer;
    std::vector<char> buffer(1 << 16);
    while (awake(child)) {
        const ssize_t n = ::read(child.pipe, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            child.wait();
            return answer;
        }
        answer.append(buffer.data(), size_t(n));
        if (answer.size() > limits.answer)
            fail(ExitCode::invalid_input, who, "it holds more than is read at once",
                 "the file is damaged, or its slices are too large");
    }
    return std::nullopt;
}

}  // namespace

std::string text_from(Input& answer) {
    const auto size = number_from<uint64_t>(answer);
    answer.require(size, "the HDF5 library's answer");
    std::string text(size_t(size), '\0');
    answer.read(text.data(), text.size(), "the HDF5 library's answer");
    return text;
}

ChildLimits limits_for(const std::filesystem::path& path) {
    const FileInput input(path);  // its errors are better than the library's
    const uint64_t gigabyte = uint64_t(1) << 30, bytes = std::min(input.size(), 64 * gigabyte);
    return {2 * gigabyte + 4 * bytes, gigabyte + 4 * bytes, 60 + unsigned(bytes >> 24)};
}

std::mutex& hdf5_mutex() {
    static std::mutex mutex;
    return mutex;
}

void ChildOutput::write(const void* data, size_t bytes) {
    const char* from = static_cast<const char*>(data);
    while (bytes > 0) {
        const ssize_t n = ::write(pipe_, from, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) ::_exit(1);  // the parent has enough
        from += n;
        bytes -= size_t(n);
    }
}

std::string in_child(const std::string& file, const ChildLimits& limits,
                     const std::function<void(ChildOutput&)>& work) {
    const std::string who = "reading " + file;
    std::optional<std::string> found;
    int status = 0;
    for (int attempt = 0; attempt < attempts && !found; ++attempt) {
        Child child = start_child(who, limits, work);
        found = answer_of(child, who, limits);
        status = child.status;
    }
    if (!found) fail(ExitCode::resources, who, "the process that reads sleeps");
    std::string answer = std::move(*found);
    const bool done = WIFEXITED(status) && WEXITSTATUS(status) == 0 && !answer.empty();
    if (!done) {
        const bool slow = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU;
        fail(ExitCode::invalid_input, who, slow ? "the HDF5 library does not come to an end on it"
                                                : "the HDF5 library crashes on it",
             "the file is damaged: copy or write it again");
    }
    const Ending ending = Ending(uint8_t(answer.back()));
    answer.pop_back();
    if (ending == Ending::refused) throw_from(file, answer);
    if (ending != Ending::done)
        fail(ExitCode::invalid_input, who,
             "it asks for more than " + std::to_string(limits.memory >> 20) + " MB of memory",
             "the file is damaged, or its chunks are too large");
    return answer;
}

}  // namespace adjoint
