#!/usr/bin/env python3
"""Values and gradients of the losses by PyTorch, written anew from the papers, for tests/losses/reference_test.cpp.

    losses_reference.py                     writes tests/reference/losses.safetensors
    losses_reference.py --time --threads 2  milliseconds of MS-Glance's value and gradient at 224x224 RGB

Needs torch, numpy and scikit-image. All in float64 (--time: float32). Nothing here shares code with the program:
windows are depthwise convolutions, gradients are PyTorch's, the random pixels come from a Philox written in Python.
"""
import argparse
import json
import math
import pathlib
import struct
import time

import numpy as np
import torch
import torch.nn.functional as F


# ---- Images by formula, and the random pixels.
def image(second, n, c, h, w):
    k, i, j = np.meshgrid(np.arange(n * c), np.arange(h), np.arange(w), indexing="ij")
    a = 0.5 + 0.3 * np.sin(0.37 * i + 0.11 * k) * np.cos(0.29 * j) + 0.1 * np.sin(0.9 * (i + j + k))
    if second:
        a = a + 0.05 * np.cos(1.3 * i - 0.7 * j + 0.5 * k)
    return torch.from_numpy(a.reshape(n, c, h, w))


def philox(seed, stream, n):
    """Philox4x32-10, block n of a stream (Salmon et al., SC 2011)."""
    m = 0xFFFFFFFF
    c = [n & m, n >> 32 & m, stream & m, stream >> 32 & m]
    k0, k1 = seed & m, seed >> 32 & m
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k0, p1 & m, p0 >> 32 ^ c[3] ^ k1, p0 & m]
        k0, k1 = (k0 + 0x9E3779B9) & m, (k1 + 0xBB67AE85) & m
    return c


def canvas_places(valid, drawn, shuffles, seed, step, stream, item):
    def below(block, k, bound):
        n = (item << 48 | block << 34) + k
        w = philox(seed, (stream << 48) ^ step, n // 2)
        return (w[n % 2 * 2 + 1] << 32 | w[n % 2 * 2]) * bound >> 64

    def shuffled(values, count, block):
        values = list(values)
        for k in range(min(count, len(values) - 1)):
            other = k + below(block, k, len(values) - k)
            values[k], values[other] = values[other], values[k]
        return values[:count]

    if len(valid) >= drawn:
        first = shuffled(valid, drawn, 0)
    else:
        first = [valid[below(0, k, len(valid))] for k in range(drawn)]
    return first + sum((shuffled(first, drawn, r) for r in range(1, shuffles)), [])


def canvases(x, y, n, m, shuffles, prior, stream, seed, step):
    def arranged(t, item, places):
        return t[item].reshape(t.shape[1], -1)[:, places].reshape(-1, n, shuffles * m)

    out = []
    for item in range(x.shape[0]):
        target = y[item, 0].reshape(-1).detach()
        valid = [p for p in range(target.numel()) if target[p] > prior] or list(range(target.numel()))
        places = canvas_places(valid, n * m, shuffles, seed, step, stream, item)
        out.append((arranged(x, item, places), arranged(y, item, places)))
    return torch.stack([a for a, _ in out]), torch.stack([b for _, b in out])


# ---- Windows.
def window_weights(size, sigma, dtype):
    if sigma == 0:
        return torch.full((size, size), 1 / size**2, dtype=dtype)
    g = torch.tensor([math.exp(-((t - size // 2) ** 2) / (2 * sigma**2)) for t in range(size)], dtype=dtype)
    g = g / g.sum()
    return g[:, None] * g[None, :]


def statistics(x, y, size, padding=0, stride=1, sigma=0.0, joint=False):
    w = window_weights(size, sigma, x.dtype)

    def average(t):
        kernel = w.expand(t.shape[1], 1, size, size).contiguous()
        t = F.conv2d(t, kernel, padding=padding, stride=stride, groups=t.shape[1])
        return t.mean(dim=1, keepdim=True) if joint else t

    mx, my = average(x), average(y)
    return mx, my, average(x * x) - mx**2, average(y * y) - my**2, average(x * y) - mx * my


def similarity(stats, luminance, contrast, structure, c1, c2, c3, factor=1.0):
    mx, my, vx, vy, cov = stats
    vx, vy, cov = vx * factor, vy * factor, cov * factor
    s = torch.ones_like(mx)
    if luminance:
        s = s * (2 * mx * my + c1) / (mx**2 + my**2 + c1)
    if contrast and structure and c3 == c2 / 2:
        return s * (2 * cov + c2) / (vx + vy + c2)
    if contrast:
        s = s * (2 * vx.sqrt() * vy.sqrt() + c2) / (vx + vy + c2)
    if structure:
        s = s * (cov + c3) / (vx.sqrt() * vy.sqrt() + c3)
    return s


# ---- Losses.
def ssim(x, y, size=11, sigma=1.5, padding=0, sample=False, data_range=1.0):
    if data_range is None:
        data_range = y.amax(dim=(1, 2, 3), keepdim=True).detach()
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    factor = size**2 / (size**2 - 1) if sample else 1.0
    mx, my, vx, vy, cov = statistics(x, y, size, padding, 1, sigma)
    vx, vy, cov = vx * factor, vy * factor, cov * factor
    return 1 - ((2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))).mean()


def downsampled(x):
    """Wang's program of 2009: imfilter(img, ones(f)/f^2, 'symmetric', 'same'), then every f-th pixel."""
    f = max(1, round(min(x.shape[2:]) / 256))
    before = (f + 1) // 2 - 1
    def padded(t, axis):
        n = t.shape[axis]
        index = [-p - 1 if p < 0 else 2 * n - 1 - p if p >= n else p for p in range(-before, n + f - 1 - before)]
        return t.index_select(axis, torch.tensor(index))
    x = padded(padded(x, 2), 3)
    w = torch.full((x.shape[1], 1, f, f), 1 / f**2, dtype=x.dtype)
    return F.conv2d(x, w, groups=x.shape[1])[:, :, ::f, ::f]


def s3im(x, y, n, m, shuffles, seed, step):
    px, py = canvases(x, y, n, m, shuffles, -math.inf, 1, seed, step)
    return 1 - similarity(statistics(px, py, 4, 1, 4, 1.5), True, True, True, 1e-4, 9e-4, 4.5e-4).mean()


def glance_map(x, y, window, zeros=True, joint=False, sigma=0.0, constant=4.5e-4, keep="S"):
    stats = statistics(x, y, window, (window - 1) // 2 if zeros else 0, 1, sigma, joint)
    return similarity(stats, "L" in keep, "C" in keep, "S" in keep, 1e-4, 9e-4, constant)


def global_map(x, y, window, n, m, shuffles, seed, step, prior=-math.inf, clip=True, **more):
    px, py = canvases(x, y, n, m, shuffles, prior, 2, seed, step)
    if clip:
        px, py = 255 * px.clamp(0, 1), 255 * py.clamp(0, 1)
    return glance_map(px, py, window, **more)


def notebook(x):
    return x.permute(0, 2, 3, 1).reshape(x.shape)


def magnitude(x):
    pairs = x.reshape(x.shape[0], -1, 2, *x.shape[2:])
    return ((pairs**2).sum(dim=2) + 1e-12).sqrt()


PAPER = dict(zeros=False, joint=True, constant=0.03)
CANVAS = dict(n=6, m=5, shuffles=3, seed=11, step=42)
SMALL = "n=6,m=5,shuffles=3"


def united(a, b):
    return 1 - torch.cat([a.reshape(-1), b.reshape(-1)]).mean()


CASES = {
    "l1": lambda x, y: (x - y).abs().mean(),
    "l2": lambda x, y: ((x - y) ** 2).mean(),
    "ssim{variant=wang2004}": lambda x, y: ssim(x, y),
    "ssim{variant=uniform,window=5}": lambda x, y: ssim(x, y, 5, 0),
    "ssim{variant=pytorch-ssim}": lambda x, y: ssim(x, y, 11, 1.5, 5),
    "ssim{variant=pytorch-ssim,window=6}": lambda x, y: ssim(x, y, 6, 1.5, 3),
    "ssim{variant=fastmri}": lambda x, y: ssim(x, y, 7, 0, 0, True, None),
    "ssim{variant=scikit-image,range=0.8}": lambda x, y: ssim(x, y, 7, 0, 0, True, 0.8),
    "s3im{%s}" % SMALL: lambda x, y: s3im(x, y, **CANVAS),
    "local-glance{window=5}": lambda x, y: 1 - glance_map(x, y, 5).mean(),
    "local-glance{window=4,constant=0.03}": lambda x, y: 1 - glance_map(x, y, 4, constant=0.03).mean(),
    "local-glance{window=4,form=paper}": lambda x, y: 1 - glance_map(x, y, 4, **PAPER).mean(),
    "local-glance{window=4,kernel=gaussian}": lambda x, y: 1 - glance_map(x, y, 4, sigma=1.5).mean(),
    "local-glance{window=4,drop=none}": lambda x, y: 1 - glance_map(x, y, 4, keep="LCS").mean(),
    "local-glance{window=4,drop=L}": lambda x, y: 1 - glance_map(x, y, 4, keep="CS").mean(),
    "local-glance{window=4,drop=C,constant=0.03}": lambda x, y: (
        1 - glance_map(x, y, 4, keep="LS", constant=0.03).mean()),
    "local-glance{window=4,drop=S}": lambda x, y: 1 - glance_map(x, y, 4, keep="LC").mean(),
    "local-glance{window=4,layout=notebook}": lambda x, y: 1 - glance_map(notebook(x), notebook(y), 4).mean(),
    "global-glance{window=4,%s}" % SMALL: lambda x, y: 1 - global_map(x, y, 4, **CANVAS).mean(),
    "global-glance{window=4,%s,prior=0.5}" % SMALL: lambda x, y: 1 - global_map(x, y, 4, prior=0.5, **CANVAS).mean(),
    "ms-glance{window=4,%s}" % SMALL: lambda x, y: (
        (1 - glance_map(x, y, 4).mean()) + (1 - global_map(x, y, 4, **CANVAS).mean())),
    "ms-glance{window=4,%s,form=paper}" % SMALL: lambda x, y: united(
        glance_map(x, y, 4, **PAPER), global_map(x, y, 4, clip=False, **CANVAS, **PAPER)),
}
PAIRS = {"ms-glance{window=4,%s,prior=0.6,magnitude=channel-pairs}" % SMALL: lambda x, y: (
    1 - glance_map(magnitude(x), magnitude(y), 4).mean()) + (
    1 - global_map(magnitude(x), magnitude(y), 4, prior=0.6, **CANVAS).mean())}


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, t in tensors.items():
        raw = np.ascontiguousarray(t, dtype="<f8").tobytes()
        header[name] = {"dtype": "F64", "shape": list(np.shape(t)), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def with_gradient(loss, x, y):
    x = x.clone().requires_grad_()
    value = loss(x, y)
    value.backward()
    return value.item(), x.grad.numpy()


def write_references(path):
    from skimage.metrics import normalized_root_mse, peak_signal_noise_ratio, structural_similarity

    # The prediction leaves [0, 1] here and there, for the clipping.
    target, prediction = image(False, 2, 3, 13, 12), 1.3 * image(True, 2, 3, 13, 12) - 0.15
    out = {"target": target.numpy(), "prediction": prediction.numpy()}
    for name, loss in CASES.items():
        value, gradient = with_gradient(loss, prediction, target)
        out["value of " + name], out["gradient of " + name] = value, gradient
    out["target of pairs"], out["prediction of pairs"] = target[:, :2].numpy(), prediction[:, :2].numpy()
    for name, loss in PAIRS.items():
        value, gradient = with_gradient(loss, prediction[:, :2], target[:, :2])
        out["value of " + name], out["gradient of " + name] = value, gradient

    # Large enough for Wang's subsampling by 2; sums stand for the gradient.
    a, b = image(False, 1, 1, 385, 391), image(True, 1, 1, 385, 391)
    value, gradient = with_gradient(lambda x, y: ssim(downsampled(x), downsampled(y)), b, a)
    out["downsampled"] = np.array([value, (gradient * a.numpy()).sum(), (gradient**2).sum()])

    def with_channels_last(t):
        return t[0].permute(1, 2, 0).numpy()

    p, t = with_channels_last(prediction), with_channels_last(target)
    out["metrics"] = np.array([
        peak_signal_noise_ratio(t, p, data_range=1), structural_similarity(t, p, data_range=1, channel_axis=2),
        structural_similarity(t, p, data_range=0.8, channel_axis=2, gaussian_weights=True, use_sample_covariance=False),
        normalized_root_mse(t, p), normalized_root_mse(t, p, normalization="min-max"),
        normalized_root_mse(t, p, normalization="mean"), ((p - t) ** 2).sum() / (t**2).sum()])
    write_safetensors(path, out)
    print(f"{path}: {len(out)} arrays")


def milliseconds(window=16, repeats=7):
    """MS-Glance as the published code has it: depthwise convolutions, local and global, value and gradient."""
    x, y = torch.rand(1, 3, 224, 224), torch.rand(1, 3, 224, 224)
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        p = x.clone().requires_grad_()
        places = torch.randperm(224 * 224)[: 96 * 96]
        order = torch.cat([places] + [places[torch.randperm(96 * 96)] for _ in range(9)])
        canvas = [255 * t.reshape(3, -1)[:, order].clamp(0, 1).reshape(1, 3, 96, 960) for t in (p, y)]
        loss = (1 - glance_map(p, y, window).mean()) + (1 - glance_map(*canvas, window).mean())
        loss.backward()
        times.append(1e3 * (time.perf_counter() - start))
    return sorted(times[1:])[repeats // 2]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path,
                        default=pathlib.Path(__file__).parents[2] / "tests" / "reference" / "losses.safetensors")
    parser.add_argument("--time", action="store_true")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.time:
        for size in (4, 8, 16, 32):
            print(f"MS-Glance, window {size}: {milliseconds(size):.1f} ms ({options.threads} threads)")
    else:
        write_references(options.output)
