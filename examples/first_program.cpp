// A first program: a network of sines learns a curve from 200 points, and is then asked for the curve's slope.
#include <cmath>
#include <cstdio>

#include "engine/tape.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "models/siren.h"
#include "tools/training/optimiser.h"

using namespace adjoint;

int main() {
    std::vector<float> points, heights;
    for (int i = 0; i < 200; ++i) {
        points.push_back(-1 + 2 * float(i) / 199);
        heights.push_back(std::sin(5 * points[i]) / (1 + points[i] * points[i]));
    }
    Tensor x = Tensor::from(points, {200, 1}), y = Tensor::from(heights, {200, 1});

    Siren network({.in = 1, .out = 1, .width = 64, .hidden_layers = 2, .first_omega = 10}, /*seed*/ 1);
    Parameters gradients = network.parameters.like();
    Optimiser adam({}, network.parameters);
    for (int step = 0; step <= 300; ++step) {
        Tape tape;  // records what follows
        std::vector<Tensor> weights;
        for (const Tensor& w : network.parameters.tensors()) weights.push_back(tape.variable(w));
        Tensor loss = mean(square(network(weights, x) - y));
        gradients.gather(gradient(loss, weights));
        adam.step(network.parameters, gradients, 1e-3, step);
        if (step % 100 == 0) std::printf("step %3d  loss %.6f\n", step, loss.item());
    }

    Tape tape;
    Tensor at = tape.variable(Tensor::from(std::vector<float>{0.f}, {1, 1}));
    Tensor slope = coordinate_gradient(network(at), at);  // exact: the network is differentiated, not the points
    std::printf("slope at 0: %.3f (of the curve: 5)\n", slope.item());
}
