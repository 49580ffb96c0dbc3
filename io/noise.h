// Smooth random textures: functions of position, so that a picture of any size shows the same texture.
#pragma once
#include "engine/philox.h"

namespace adjoint {

// Gradient noise: a random unit gradient at each point of the integer lattice, blended between them (quintic fade), so
// that features have a size of about 1. Values in [-1, 1], mean 0. Perlin: "Improving noise", SIGGRAPH 2002.
// Each stream of the generator is a texture of its own.
double gradient_noise(const Philox&, double x, double y);

// Σ 2^-o · gradient_noise(2^o · position) over `octaves` octaves, divided by Σ 2^-o.
double fractal_noise(const Philox&, double x, double y, int octaves);

}  // namespace adjoint
