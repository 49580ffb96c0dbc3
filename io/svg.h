// Curves as SVG pictures: axes with round numbers, grid, legend; one panel per quantity.
#pragma once
#include <string>
#include <vector>

namespace adjoint {

struct Curve {
    std::string name;
    std::vector<double> x, y;  // of equal length; a point that is not finite (or not positive on a log axis) is a gap
};

struct Plot {
    std::string title, x_label, y_label;
    std::vector<Curve> curves;
    bool log_x = false, log_y = false;
};

// The panels side by side in rows of `columns`; 0: two columns from two panels on. Curves of many points are drawn by
// the lowest and highest of each pixel column, which looks the same. The result is text (UTF-8) for write_atomically.
// Errors (usage): a curve whose x and y differ in length.
std::string plots_svg(const std::vector<Plot>& plots, int columns = 0);

// Round numbers (1, 2 or 5 times a power of ten apart) inside [low, high], about `count` of them.
std::vector<double> nice_ticks(double low, double high, int count);
// On a logarithmic axis: powers of ten, with 2 and 5 times them where there are few.
std::vector<double> nice_log_ticks(double low, double high);

}  // namespace adjoint
