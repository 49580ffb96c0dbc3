// Values made ahead of their use by a background thread.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/parallel.h"

namespace adjoint {

// `make(position)` must be a function of the position alone: then it does not matter whether, when or on which thread a
// value was made, and the results of a run are the same with and without it. What it throws is thrown by the `get` that
// asks for the position. It runs in one thread, its parallel loops included.
template <class Value>
class Prefetch {
public:
    // Up to `ahead` values wait; 0: no thread, `get` makes them itself.
    Prefetch(std::function<Value(int64_t)> make, int ahead) : make_(std::move(make)), ahead_(ahead) {}
    ~Prefetch() { stop(); }
    Prefetch(const Prefetch&) = delete;
    Prefetch& operator=(const Prefetch&) = delete;

    // Positions that follow each other are ready; a jump throws away what waits.
    Value get(int64_t position) {
        if (ahead_ == 0) return make_(position);
        std::unique_lock lock(mutex_);
        if (!worker_.joinable() || position != next_wanted_) {
            lock.unlock();
            stop();
            start(position);
            lock.lock();
        }
        changed_.wait(lock, [&] { return !ready_.empty(); });
        Made made = std::move(ready_.front());
        ready_.pop_front();
        ++next_wanted_;
        changed_.notify_all();
        if (made.error) std::rethrow_exception(made.error);
        return std::move(*made.value);
    }

private:
    struct Made {
        std::optional<Value> value;
        std::exception_ptr error;
    };

    void start(int64_t position) {
        ready_.clear();
        stopping_ = false;
        next_wanted_ = position;
        worker_ = std::thread([this, position] { work(position); });
    }
    void stop() {
        if (!worker_.joinable()) return;
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        worker_.join();
    }
    void work(int64_t position) {
        const SingleThread alone;  // the pool of threads is the training's
        for (;; ++position) {
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, [&] { return stopping_ || int(ready_.size()) < ahead_; });
                if (stopping_) return;
            }
            Made made;
            try {
                made.value.emplace(make_(position));
            } catch (...) {
                made.error = std::current_exception();
            }
            std::lock_guard lock(mutex_);
            ready_.push_back(std::move(made));
            changed_.notify_all();
        }
    }

    std::function<Value(int64_t)> make_;
    int ahead_;
    std::thread worker_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Made> ready_;
    int64_t next_wanted_ = -1;
    bool stopping_ = false;
};

}  // namespace adjoint
