#!/usr/bin/env python3
"""Operations on images by PyTorch, for tests/kernels/image_operations_test.cpp.

    image_operations_reference.py        writes tests/reference/image_operations.safetensors

Needs torch and numpy. Float64. For every case: the inputs, the result y, a random cotangent v, and the gradients of
<v, y> with respect to each input.
"""
import json
import pathlib
import struct

import numpy as np
import torch
import torch.nn.functional as F

random = np.random.RandomState(5)
tensors = {}


def drawn(*shape):
    return torch.from_numpy(random.standard_normal(shape))


def case(name, function, *inputs):
    inputs = [x.clone().requires_grad_() for x in inputs]
    y = function(*inputs)
    v = drawn(*y.shape)
    gradients = torch.autograd.grad((v * y).sum(), inputs)
    tensors[name + "/y"], tensors[name + "/v"] = y, v
    for k, (x, g) in enumerate(zip(inputs, gradients)):
        tensors[f"{name}/input {k}"], tensors[f"{name}/gradient {k}"] = x, g


image = drawn(1, 2, 9, 11)
ties = torch.round(2 * image) / 2
case("max_pool 2", lambda x: F.max_pool2d(x, 2), image)
case("max_pool 3 stride 2 padding 1", lambda x: F.max_pool2d(x, 3, 2, 1), ties)
case("average_pool 2", lambda x: F.avg_pool2d(x, 2), image)
case("average_pool 3 stride 2 padding 1", lambda x: F.avg_pool2d(x, 3, 2, 1), image)
case("average_pool 3 stride 2 padding 1, inside", lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), image)
case("nearest to 20x13", lambda x: F.interpolate(x, (20, 13), mode="nearest"), image)
case("nearest by 2", lambda x: F.interpolate(x, scale_factor=2, mode="nearest"), image)
case("nearest by 2.5", lambda x: F.interpolate(x, scale_factor=2.5, mode="nearest"), image)
for corners in (False, True):
    kind = dict(mode="bilinear", align_corners=corners)
    end = ", corners" if corners else ""
    case("bilinear to 20x7" + end, lambda x: F.interpolate(x, (20, 7), **kind), image)
    case("bilinear by 2" + end, lambda x: F.interpolate(x, scale_factor=2, **kind), image)
    case("bilinear by 1.7" + end, lambda x: F.interpolate(x, scale_factor=1.7, **kind), image)
case("pixel_shuffle 2", lambda x: F.pixel_shuffle(x, 2), drawn(2, 12, 3, 5))
case("pixel_unshuffle 3", lambda x: F.pixel_unshuffle(x, 3), drawn(2, 2, 6, 9))

x, gamma, beta = drawn(3, 4, 5, 6) * 2 + 3, drawn(4), drawn(4)
running_mean, running_variance = drawn(4), drawn(4) ** 2 + 0.1
case("batch_norm", lambda x, g, b: F.batch_norm(x, None, None, g, b, training=True), x, gamma, beta)
case("batch_norm evaluation", lambda x, g, b: F.batch_norm(x, running_mean, running_variance, g, b), x, gamma, beta)
tensors["running mean"], tensors["running variance"] = running_mean.clone(), running_variance.clone()
F.batch_norm(x, running_mean, running_variance, training=True, momentum=0.3)
tensors["running mean after"], tensors["running variance after"] = running_mean, running_variance
case("instance_norm", lambda x, g, b: F.instance_norm(x, weight=g, bias=b), x, gamma, beta)
case("instance_norm without γ", lambda x: F.instance_norm(x), x)
case("layer_norm", lambda x, g, b: F.layer_norm(x, (6,), g, b, eps=1e-3), x, drawn(6), drawn(6))

x, w, b = drawn(2, 4, 7, 8), drawn(6, 4, 3, 3), drawn(6)
case("convolution and relu", lambda x, w, b: F.relu(F.conv2d(x, w, b, padding=2, dilation=2)), x, w, b)
case("convolution and leaky relu, stride 2, 2 groups",
     lambda x, w, b: F.leaky_relu(F.conv2d(x, w, b, stride=2, padding=1, groups=2), 0.2), x, drawn(6, 2, 3, 3), b)
case("convolution 1x1", lambda x, w, b: F.conv2d(x, w, b), x, drawn(6, 4, 1, 1), b)

header, blob = {}, b""
for name, t in tensors.items():
    data = np.ascontiguousarray(t.detach().numpy(), dtype="<f8").tobytes()
    header[name] = {"dtype": "F64", "shape": list(t.shape), "data_offsets": [len(blob), len(blob) + len(data)]}
    blob += data
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
path = pathlib.Path(__file__).resolve().parents[2] / "tests/reference/image_operations.safetensors"
path.write_bytes(struct.pack("<Q", len(text)) + text + blob)
