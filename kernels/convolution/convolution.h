// Convolutions, as networks mean it (correlation): the table of contents.
//
//   x: N×Ci×H×W,  w: Co×(Ci/groups)×Kh×Kw,  y: N×Co×H'×W',  H' = ⌊(H + 2 padding − dilation (Kh−1) − 1)/stride⌋ + 1
//   y[n,o,i,j] = Σ_{c,u,v} w[o,c,u,v] x[n, c of o's group, i·stride + u·dilation − padding, j·stride + v·dilation − padding]
// with zeros outside the image. On the cpu a 3×3 kernel of many channels runs by minimal filtering: a pixel that is
// infinite or NaN may then spoil the results of the 2×2 squares that read it, not only those that it takes part in.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

struct ConvolutionSettings {
    int64_t stride = 1, dilation = 1, padding = 0, groups = 1;
};

// Errors: axes, channels or groups that do not fit; a kernel larger than the padded image.
Tensor conv2d(const Tensor& x, const Tensor& w, const ConvolutionSettings& = {});
// φ(conv2d([x_1, x_2, …], w) + bias) in one kernel; bias: Co, may be empty. φ(u) = u above 0, slope·u below: 1 no
// activation, 0 relu, between them leaky relu. The x lie side by side along the channels, as if concatenated, but no array
// holds them all (up to 14 in one group; more are concatenated). Errors also: a slope below 0.
Tensor conv2d_layer(const std::vector<Tensor>& x, const Tensor& w, const Tensor& bias, const ConvolutionSettings&,
                    double slope);
// The adjoint of conv2d with respect to x, for images of height×width: also the transposed convolution of networks.
Tensor conv2d_transposed(const Tensor& y, const Tensor& w, int64_t height, int64_t width, const ConvolutionSettings& = {});
// The adjoint with respect to w, for kernels kernel_height×kernel_width.
Tensor conv2d_weight(const Tensor& x, const Tensor& y, int64_t kernel_height, int64_t kernel_width,
                     const ConvolutionSettings& = {});

}  // namespace adjoint
