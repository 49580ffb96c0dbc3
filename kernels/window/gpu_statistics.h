// The statistics of windows on the GPU, and the spreading of their gradients over the pixels: what the tile of
// gpu_tiles.h loads and puts.
#pragma once
#include "engine/memory.h"
#include "kernels/window/gpu_tiles.h"
#include "kernels/window/statistics.h"

namespace adjoint::gpu {
namespace {

// One window: means of the centred images, variances (≥ 0), covariance.
struct StatisticsPoint {
    double mean_x, mean_y, var_x, var_y, cov;
    double centre_x, centre_y;
};

// Use: put(window, StatisticsPoint).
template <class T, class Use>
struct StatisticsTiles {
    static constexpr int quantities = 5;
    StatisticsSizes n;
    const T *x, *y;
    double weight;  // Σ w over a window's planes
    Use use;

    ADJOINT_WINDOW_INLINE void load(int64_t plane, int64_t at, double* q) const {
        const int64_t centre = n.centre(plane / n.planes);
        const double a = double(x[plane * n.pixels() + at]) - double(x[centre]);
        const double b = double(y[plane * n.pixels() + at]) - double(y[centre]);
        q[0] = a, q[1] = b, q[2] = a * a, q[3] = b * b, q[4] = a * b;
    }
    ADJOINT_WINDOW_INLINE void put(int64_t group, int64_t at, const double* q, double missing_per_plane) const {
        const double cx = double(x[n.centre(group)]), cy = double(y[n.centre(group)]);
        const double missing = missing_per_plane * double(n.planes), scale = 1 / weight;
        StatisticsPoint s;
        s.centre_x = cx, s.centre_y = cy;
        s.mean_x = (q[0] - cx * missing) * scale;
        s.mean_y = (q[1] - cy * missing) * scale;
        s.var_x = (q[2] + cx * cx * missing) * scale - s.mean_x * s.mean_x;
        s.var_y = (q[3] + cy * cy * missing) * scale - s.mean_y * s.mean_y;
        s.cov = (q[4] + cx * cy * missing) * scale - s.mean_x * s.mean_y;
        if (s.var_x < 0) s.var_x = 0;
        if (s.var_y < 0) s.var_y = 0;
        use.put(group * n.windows() + at, s);
    }
};

inline double window_weight(const StatisticsSizes& n) {
    return double(n.planes) * (n.window.sigma > 0 ? 1.0 : double(n.window.rows.size * n.window.columns.size));
}

template <class T, class Use>
void launch_statistics(const StatisticsSizes& n, const T* x, const T* y, const Use& use, void* stream) {
    launch_window_tiles(StatisticsTiles<T, Use>{n, x, y, window_weight(n), use}, n.window, n.groups, int(n.planes),
                        stream);
}

// The coefficients of a gradient, maps over all windows: dx_p = Σ_windows w/Σw (of_mean + of_x x′_p + of_y y′_p).
template <class T>
struct GradientMaps {
    double* of_mean;
    T *of_x, *of_y;
};
// One block of GPU memory for the three maps, from the caching allocator: whoever gets it next uses it later on the same
// stream, so nobody has to wait.
template <class T>
struct GradientMemory {
#if GPU_EMULATE
    static constexpr Device device = Device::emulated;
#else
    static constexpr Device device = Device::cuda;
#endif
    size_t bytes;
    void* memory;
    GradientMaps<T> maps;
    explicit GradientMemory(int64_t count)
        : bytes(size_t(count) * (sizeof(double) + 2 * sizeof(T))),
          memory(adjoint::allocate(device, bytes)),
          maps{static_cast<double*>(memory), reinterpret_cast<T*>(static_cast<double*>(memory) + count),
               reinterpret_cast<T*>(static_cast<double*>(memory) + count) + count} {}
    ~GradientMemory() { adjoint::release(device, memory, bytes); }
    GradientMemory(const GradientMemory&) = delete;
    GradientMemory& operator=(const GradientMemory&) = delete;
};

template <class T>
struct SpreadTiles {
    static constexpr int quantities = 3;
    StatisticsSizes n;
    GradientMaps<T> maps;
    const T *x, *y;
    T* dx;
    double weight;

    ADJOINT_WINDOW_INLINE void load(int64_t group, int64_t at, double* q) const {
        const int64_t window = group * n.windows() + at;
        q[0] = maps.of_mean[window], q[1] = double(maps.of_x[window]), q[2] = double(maps.of_y[window]);
    }
    ADJOINT_WINDOW_INLINE void put(int64_t group, int64_t at, const double* q, double) const {
        const double cx = double(x[n.centre(group)]), cy = double(y[n.centre(group)]);
        for (int64_t p = 0; p < n.planes; ++p) {
            const int64_t pixel = (group * n.planes + p) * n.pixels() + at;
            dx[pixel] = T((q[0] + (double(x[pixel]) - cx) * q[1] + (double(y[pixel]) - cy) * q[2]) / weight);
        }
    }
};

template <class T>
void launch_spread(const StatisticsSizes& n, const GradientMaps<T>& maps, const T* x, const T* y, T* dx, void* stream) {
    const WindowSizes back{n.window.rows.reversed(), n.window.columns.reversed(), n.window.sigma};
    launch_window_tiles(SpreadTiles<T>{n, maps, x, y, dx, window_weight(n)}, back, n.groups, 1, stream);
}

}  // namespace
}  // namespace adjoint::gpu
