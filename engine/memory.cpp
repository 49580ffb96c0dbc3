#include "engine/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>

#include "engine/device_memory.h"
#include "engine/error.h"
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace adjoint {
namespace {

// NaN as float and as double, and a wild place as an index: reading across an end shows in the result, as writing does
// in the guard.
constexpr uint32_t guard_word = 0xFFFDC5A5;
constexpr size_t guard_bytes = 256;  // a multiple of 64, to keep blocks aligned
const std::vector<uint32_t>& guard_pattern() {
    static const std::vector<uint32_t> pattern(guard_bytes / 4, guard_word);
    return pattern;
}

// Under the address sanitizer, what nobody may touch (kept blocks, guards, the rest of a size class) is forbidden to all
// code, so that even a read that changes no result is found. Memory of the GPU device has its own checks.
void forbid([[maybe_unused]] Device d, [[maybe_unused]] void* p, [[maybe_unused]] size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
    if (on_host(d)) ASAN_POISON_MEMORY_REGION(p, bytes);
#endif
}
void allow([[maybe_unused]] Device d, [[maybe_unused]] void* p, [[maybe_unused]] size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
    if (on_host(d)) ASAN_UNPOISON_MEMORY_REGION(p, bytes);
#endif
}

// Sizes are rounded up to one of eight steps per power of two: at most 12.5 % is lost, and a block of a slightly
// different batch fits again.
size_t size_class(size_t bytes) {
    size_t n = std::max<size_t>(bytes, 64);
    size_t step = std::max<size_t>(64, std::bit_floor(n) / 8);
    return (n + step - 1) / step * step;
}

struct Pool {
    std::mutex mutex;
    MemoryUse use;
    size_t limit = 0;
    std::map<size_t, std::vector<void*>> kept;  // by size class
    std::set<std::pair<void*, size_t>> guarded; // live blocks made in checking mode: start of the user's part, bytes
};

// Never destroyed: tensors with static life may be released after any static destructor.
Pool& pool(Device d) {
    static Pool* pools = new Pool[4];
    return pools[int(d)];
}

int guard_depth = 0;
std::vector<std::string>* found_violations = nullptr;
std::mutex guard_mutex;

void* system_allocate(Device d, size_t bytes) {
    if (!on_host(d)) return device_allocate(bytes);
    constexpr size_t huge = size_t(2) << 20;
    size_t alignment = bytes >= huge ? huge : 64;
    void* p = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (p && bytes >= huge) madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}
void system_release(Device d, void* p) {
    if (on_host(d))
        std::free(p);
    else
        device_release(p);
}

std::string megabytes(size_t bytes) {
    char s[32];
    std::snprintf(s, sizeof s, "%.1f MB", double(bytes) / 1e6);
    return s;
}

void release_kept(Device d, Pool& p) {
    for (auto& [size, blocks] : p.kept)
        for (void* b : blocks) {
            allow(d, b, size);
            system_release(d, b);
        }
    p.kept.clear();
    p.use.cached = 0;
}

void write_guards(Device d, char* user, size_t bytes) {
    for (char* guard : {user - guard_bytes, user + bytes}) {
        copy_bytes(guard, d, guard_pattern().data(), Device::cpu, guard_bytes);
        forbid(d, guard, guard_bytes);
    }
}

void check_guards(Device d, char* user, size_t bytes, const char* when) {
    for (char* guard : {user - guard_bytes, user + bytes}) {
        std::vector<uint32_t> found(guard_bytes / 4);
        allow(d, guard, guard_bytes);
        copy_bytes(found.data(), Device::cpu, guard, d, guard_bytes);
        forbid(d, guard, guard_bytes);
        if (found == guard_pattern()) continue;
        std::lock_guard lock(guard_mutex);
        if (found_violations)
            found_violations->push_back("a block of " + std::to_string(bytes) + " bytes on " + name_of(d) + " was written " +
                                        (guard < user ? "before its start" : "past its end") + " (seen " + when + ")");
    }
}

}  // namespace

void* allocate(Device d, size_t bytes) {
    Pool& p = pool(d);
    std::unique_lock lock(p.mutex);
    bool guard = guard_depth > 0;
    size_t size = size_class(bytes + (guard ? 2 * guard_bytes : 0));
    void* block = nullptr;
    bool over_limit = p.limit && p.use.current + bytes > p.limit;
    if (!over_limit) {
        auto it = p.kept.find(size);
        if (it != p.kept.end() && !it->second.empty()) {
            block = it->second.back();
            it->second.pop_back();
            p.use.cached -= size;
        } else {
            block = system_allocate(d, size);
            if (!block) {
                release_kept(d, p);
                block = system_allocate(d, size);
            }
        }
    }
    if (!block)
        fail(ExitCode::resources, "memory for a tensor of " + megabytes(bytes) + " on " + name_of(d),
             megabytes(p.use.current) + " are in use and no more could be had",
             "use a smaller image, crop or batch, or a device with more memory");
    p.use.current += bytes;
    p.use.peak = std::max(p.use.peak, p.use.current);
    allow(d, block, size);
    if (!guard) {
        forbid(d, static_cast<char*>(block) + bytes, size - bytes);
        return block;
    }
    char* user = static_cast<char*>(block) + guard_bytes;
    p.guarded.insert({user, bytes});
    lock.unlock();
    fill_bytes(user, d, 0xFF, bytes);
    write_guards(d, user, bytes);
    return user;
}

void release(Device d, void* data, size_t bytes) {
    if (!data) return;
    Pool& p = pool(d);
    std::lock_guard lock(p.mutex);
    size_t size = size_class(bytes);
    if (p.guarded.erase({data, bytes})) {
        check_guards(d, static_cast<char*>(data), bytes, "when it was freed");
        size = size_class(bytes + 2 * guard_bytes);
        data = static_cast<char*>(data) - guard_bytes;
    }
    p.use.current -= bytes;
    p.use.cached += size;
    p.kept[size].push_back(data);
    forbid(d, data, size);
}

MemoryUse memory_use(Device d) {
    std::lock_guard lock(pool(d).mutex);
    return pool(d).use;
}

void reset_peak(Device d) {
    std::lock_guard lock(pool(d).mutex);
    pool(d).use.peak = pool(d).use.current;
}

void release_cache(Device d) {
    std::lock_guard lock(pool(d).mutex);
    release_kept(d, pool(d));
}

void set_memory_limit(Device d, size_t bytes) {
    std::lock_guard lock(pool(d).mutex);
    pool(d).limit = bytes;
}

GuardedMemory::GuardedMemory() {
    std::lock_guard lock(guard_mutex);
    if (guard_depth++ == 0) {
        delete found_violations;
        found_violations = new std::vector<std::string>;
    }
}

GuardedMemory::~GuardedMemory() {
    std::lock_guard lock(guard_mutex);
    --guard_depth;
}

std::vector<std::string> GuardedMemory::violations() const {
    for (int d = 0; d < 4; ++d) {
        Pool& p = pool(Device(d));
        std::lock_guard lock(p.mutex);
        for (auto [user, bytes] : p.guarded) check_guards(Device(d), static_cast<char*>(user), bytes, "while in use");
    }
    std::lock_guard lock(guard_mutex);
    return *found_violations;
}

}  // namespace adjoint
