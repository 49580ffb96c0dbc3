#!/usr/bin/env python3
"""The image networks by PyTorch, written anew from the papers, for tests/models/networks_reference_test.cpp.

    networks_reference.py                              writes tests/reference/networks.safetensors
    networks_reference.py --adjoint build/tools/adjoint [--threads 2]
                                                       full sizes: both programs on the same weights and images,
                                                       in both types, and a table of the largest differences

Needs torch and numpy. Nothing here shares code with the program: layers and gradients are PyTorch's, the random weights
come from a Philox written in Python. A network is a list of (name, shape) and a function of named tensors. Reference
files hold, of every gradient, the norm and three projections, so that networks of published size fit in a few
kilobytes; of the smallest networks they hold all numbers.
"""
import argparse
import json
import math
import pathlib
import struct
import subprocess
import tempfile

import numpy as np
import torch
import torch.nn.functional as F


# ---- Weights, images and projections, the same in the tests.
def uniforms(seed, count):
    """Numbers 0 ... count-1 of Philox(seed, stream 0), uniform in [0, 1): 53 bits of two words each (SC 2011)."""
    m = np.uint64(0xFFFFFFFF)
    blocks = np.arange((count + 1) // 2, dtype=np.uint64)
    c = [blocks & m, blocks >> np.uint64(32), np.zeros_like(blocks), np.zeros_like(blocks)]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), p1 & m, (p0 >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), p0 & m]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    words = np.stack([c[1] << np.uint64(32) | c[0], c[3] << np.uint64(32) | c[2]], axis=1).reshape(-1)[:count]
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def weights_of(shapes, seed, deviation=0.0):
    """Drawn as the program draws them; then vectors are moved, so that no bias is 0 and no scale is 1."""
    total = sum(math.prod(s) for s in shapes.values())
    u = uniforms(seed, 3 * total if deviation else total)
    weights, place, bound = {}, 0, 0.0
    for name, shape in shapes.items():
        n = math.prod(shape)
        bias = name.endswith(".bias")
        if not bias:
            bound = math.sqrt(shape[0] / n) if len(shape) > 1 else 0.0
        if bound == 0:
            values = np.zeros(n) if bias else np.ones(n)
        elif deviation and not bias:
            a, b = u[2 * place : 2 * (place + n) : 2], u[2 * place + 1 : 2 * (place + n) : 2]
            values = deviation * np.sqrt(-2 * np.log(1 - a)) * np.cos(2 * np.pi * b)
        else:
            start = place + (2 * total if deviation else 0)
            values = -bound + 2 * bound * u[start : start + n]
        if len(shape) == 1:
            values = values + 0.2 * np.sin(1.0 + np.arange(n))
        weights[name] = torch.from_numpy(values.reshape(shape))
        place += n
    return weights


def image(n, c, h, w, second=False):
    k, i, j = np.meshgrid(np.arange(n * c), np.arange(h), np.arange(w), indexing="ij")
    a = np.sin(0.37 * i + 0.9 * k) * np.cos(0.29 * j - 0.4 * k) + 0.3 * np.sin(1.9 * i + 2.3 * j + k)
    if second:
        a = 0.7 * a + 0.4 * np.cos(1.1 * i - 0.6 * j + 0.5 * k)
    return torch.from_numpy(a.reshape(n, c, h, w))


def projections(t):
    """The norm, and inner products with three cosines."""
    v = t.detach().numpy().reshape(-1).astype(np.float64)
    k = np.arange(v.size)
    return np.array([np.sqrt((v * v).sum())] + [(v * np.cos((0.7 + 0.13 * p) * k + p)).sum() for p in range(3)])


# ---- Networks.
def conv_shapes(name, i, o, k, bias=True):
    return {name + ".weight": (o, i, k, k), **({name + ".bias": (o,)} if bias else {})}


def norm_shapes(name, c):
    return {name + ".weight": (c,), name + ".bias": (c,)}


def conv(w, name, x, dilation=1):
    k = w[name + ".weight"].shape[2]
    return F.conv2d(x, w[name + ".weight"], w.get(name + ".bias"), padding=dilation * (k // 2), dilation=dilation)


class BatchNorms:
    """In training by the batch's own statistics, which move the running ones; in evaluation by the running ones."""

    def __init__(self):
        self.running = {}
        self.training = True

    def __call__(self, w, name, x):
        c = x.shape[1]
        if name not in self.running:
            self.running[name] = (torch.zeros(c, dtype=x.dtype), torch.ones(c, dtype=x.dtype))
        mean, var = self.running[name]
        return F.batch_norm(x, mean, var, w[name + ".weight"], w[name + ".bias"], self.training, 0.1, 1e-5)


class Dncnn:
    def __init__(self, channels=1, width=64, depth=17):
        self.channels, self.depth = channels, depth
        self.deviation = 0.0
        ends = [channels] + [width] * (depth - 1) + [channels]
        self.shapes = {}
        for l in range(depth):
            self.shapes.update(conv_shapes(f"model.{2 * l}", ends[l], ends[l + 1], 3))

    def __call__(self, w, x, norms=None):
        h = x
        for l in range(self.depth):
            h = conv(w, f"model.{2 * l}", h)
            h = F.relu(h) if l < self.depth - 1 else h
        return x - h


class Drdn:
    def __init__(self, channels=2, features=32, growth=32, blocks=3, dilations=(1, 2, 3, 3), reduction=16):
        self.channels, self.blocks, self.dilations = channels, blocks, dilations
        self.deviation = 0.02
        C = len(dilations)
        s = {**conv_shapes("SFENet1", channels, features, 3), **conv_shapes("SFENet2", features, features, 3)}
        for i in range(blocks):
            for c in range(C):
                s.update(conv_shapes(f"SEDRDBs.{i}.convs.{c}.conv.0", features + c * growth, growth, 3))
            s.update(conv_shapes(f"SEDRDBs.{i}.LFF", features + C * growth, features, 1))
            s[f"SEDRDBs.{i}.SE.fc.0.weight"] = (features // reduction, features)
            s[f"SEDRDBs.{i}.SE.fc.2.weight"] = (features, features // reduction)
        s.update(conv_shapes("GFF.0", blocks * features, features, 1))
        s.update(conv_shapes("GFF.1", features, features, 3))
        s.update({**conv_shapes("UPNet.0", features, growth, 3), **conv_shapes("UPNet.1", growth, 2, 3)})
        self.shapes = s

    def __call__(self, w, x, norms=None):
        first = conv(w, "SFENet1", x)
        h, outputs = conv(w, "SFENet2", first), []
        for i in range(self.blocks):
            block, dense = f"SEDRDBs.{i}.", h
            for c, dilation in enumerate(self.dilations):
                dense = torch.cat((dense, F.relu(conv(w, f"{block}convs.{c}.conv.0", dense, dilation))), 1)
            fused = conv(w, block + "LFF", dense)
            excitation = F.relu(F.linear(fused.mean((2, 3)), w[block + "SE.fc.0.weight"]))
            excitation = torch.sigmoid(F.linear(excitation, w[block + "SE.fc.2.weight"]))
            h = excitation[:, :, None, None] * fused + h
            outputs.append(h)
        return conv(w, "UPNet.1", conv(w, "UPNet.0", conv(w, "GFF.1", conv(w, "GFF.0", torch.cat(outputs, 1))) + first))


def fourier(z, transform=torch.fft.fft2):
    """Centred and orthonormal."""
    axes = (-2, -1)
    return torch.fft.fftshift(transform(torch.fft.ifftshift(z, dim=axes), norm="ortho"), dim=axes)


def hard_consistency(x, measured, mask):
    """Measured samples of the Fourier transform put in the place of the image's. Images are N x 2 x H x W."""
    k = torch.where(mask, measured, fourier(torch.complex(x[:, 0], x[:, 1])))
    y = fourier(k, torch.fft.ifft2)
    return torch.stack((y.real, y.imag), 1)


class UnetUfloss:
    def __init__(self, channels=2, out=2, features=64):
        self.channels, self.deviation = channels, 0.0
        f = [features, 2 * features, 4 * features, 8 * features, 8 * features]
        self.down = ["inc.conv.conv"] + [f"down{l}.mpconv.1.conv" for l in range(1, 5)]
        self.up = [f"up{l}.conv.conv" for l in range(1, 5)]
        pairs = [(self.down[l], f[l - 1] if l else channels, f[l]) for l in range(5)]
        pairs += [(self.up[l], 2 * f[3 - l], f[max(2 - l, 0)]) for l in range(4)]
        self.shapes = {}
        for name, i, o in pairs:
            self.shapes.update({**conv_shapes(name + ".0", i, o, 3), **norm_shapes(name + ".1", o)})
            self.shapes.update({**conv_shapes(name + ".3", o, o, 3), **norm_shapes(name + ".4", o)})
        self.shapes.update(conv_shapes("outc.conv", features, out, 1))

    def __call__(self, w, x, norms):
        def double(name, h):
            for c, n in ((".0", ".1"), (".3", ".4")):
                h = F.relu(norms(w, name + n, conv(w, name + c, h)))
            return h

        levels = [double(self.down[0], x)]
        for name in self.down[1:]:
            levels.append(double(name, F.max_pool2d(levels[-1], 2)))
        h = levels.pop()
        for name in self.up:
            skipped = levels.pop()
            h = F.interpolate(h, scale_factor=2, mode="bilinear", align_corners=True)
            rows, columns = skipped.shape[2] - h.shape[2], skipped.shape[3] - h.shape[3]
            h = F.pad(h, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
            h = double(name, torch.cat((skipped, h), 1))
        return conv(w, "outc.conv", h)


class UnetFastmri:
    def __init__(self, channels=1, out=1, features=32, poolings=4):
        self.channels, self.poolings, self.deviation = channels, poolings, 0.0
        f = [features * 2**l for l in range(poolings + 1)]
        s = {}
        for l in range(poolings + 1):
            self._block(s, self._down(l), f[l - 1] if l else channels, f[l])
        for u, l in enumerate(reversed(range(poolings))):
            self._block(s, self._up(u), 2 * f[l], f[l])
        s.update(conv_shapes(f"up_conv.{poolings - 1}.1", features, out, 1))
        for u, l in enumerate(reversed(range(poolings))):
            s[f"up_transpose_conv.{u}.layers.0.weight"] = (f[l + 1], f[l], 2, 2)
        self.shapes = s

    def _down(self, l):
        return "conv" if l == self.poolings else f"down_sample_layers.{l}"

    def _up(self, u):
        return f"up_conv.{u}" + (".0" if u == self.poolings - 1 else "")

    @staticmethod
    def _block(s, name, i, o):
        s.update({**conv_shapes(name + ".layers.0", i, o, 3, False), **conv_shapes(name + ".layers.4", o, o, 3, False)})

    def __call__(self, w, x, norms=None):
        def activated(h):
            return F.leaky_relu(F.instance_norm(h), 0.2)

        def block(name, h):
            return activated(conv(w, name + ".layers.4", activated(conv(w, name + ".layers.0", h))))

        levels, h = [], x
        for l in range(self.poolings):
            levels.append(block(self._down(l), h))
            h = F.avg_pool2d(levels[-1], 2)
        h = block("conv", h)
        for u in range(self.poolings):
            skipped = levels.pop()
            h = activated(F.conv_transpose2d(h, w[f"up_transpose_conv.{u}.layers.0.weight"], stride=2))
            missing = (0, skipped.shape[3] - h.shape[3], 0, skipped.shape[2] - h.shape[2])
            h = F.pad(h, missing, "reflect") if any(missing) else h
            h = block(self._up(u), torch.cat((h, skipped), 1))
        return conv(w, f"up_conv.{self.poolings - 1}.1", h)


class UnetInitFeatures:
    def __init__(self, channels=1, out=1, features=32):
        self.channels, self.deviation = channels, 0.0
        f = [features * 2**l for l in range(5)]
        self.down = [f"encoder{l}.enc{l}" for l in range(1, 5)] + ["bottleneck.bottleneck"]
        s = {}
        for l, name in enumerate(self.down):
            self._double(s, name, f[l - 1] if l else channels, f[l])
        for l in (4, 3, 2, 1):
            s[f"upconv{l}.weight"], s[f"upconv{l}.bias"] = (f[l], f[l - 1], 2, 2), (f[l - 1],)
            self._double(s, f"decoder{l}.dec{l}", 2 * f[l - 1], f[l - 1])
        s.update(conv_shapes("conv", features, out, 1))
        self.shapes = s

    @staticmethod
    def _double(s, name, i, o):
        s.update({**conv_shapes(name + "conv1", i, o, 3, False), **norm_shapes(name + "norm1", o)})
        s.update({**conv_shapes(name + "conv2", o, o, 3, False), **norm_shapes(name + "norm2", o)})

    def __call__(self, w, x, norms):
        def double(name, h):
            for n in "12":
                h = F.relu(norms(w, f"{name}norm{n}", conv(w, f"{name}conv{n}", h)))
            return h

        levels = [double(self.down[0], x)]
        for name in self.down[1:]:
            levels.append(double(name, F.max_pool2d(levels[-1], 2)))
        h = levels.pop()
        for l in (4, 3, 2, 1):
            h = F.conv_transpose2d(h, w[f"upconv{l}.weight"], w[f"upconv{l}.bias"], stride=2)
            h = double(f"decoder{l}.dec{l}", torch.cat((h, levels.pop()), 1))
        return conv(w, "conv", h)


# ---- Reference files.
def write(path, tensors, kind="F64", metadata=None):
    header, blob = ({"__metadata__": metadata} if metadata else {}), []
    at, dtype = 0, "<f8" if kind == "F64" else "<f4"
    for name in sorted(tensors):
        a = np.ascontiguousarray(tensors[name], dtype=dtype)
        header[name] = {"dtype": kind, "shape": list(a.shape), "data_offsets": [at, at + a.nbytes]}
        blob.append(a.tobytes())
        at += a.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blob))


def read(path):
    raw = path.read_bytes()
    n = struct.unpack("<Q", raw[:8])[0]
    types = {"F32": "<f4", "F64": "<f8"}
    entries = {k: v for k, v in json.loads(raw[8 : 8 + n]).items() if k != "__metadata__"}
    data = raw[8 + n :]
    return {k: np.frombuffer(data[v["data_offsets"][0] : v["data_offsets"][1]], types[v["dtype"]]).reshape(v["shape"])
            for k, v in entries.items()}


# name: (network, batch, height, width, all numbers of the gradients?)
CASES = {
    "dncnn small": (Dncnn(2, 5, 4), 2, 7, 9, True),
    "dncnn": (Dncnn(), 1, 12, 11, False),
    "drdn small": (Drdn(2, 6, 5, 2, (1, 2, 3), 2), 2, 9, 8, True),
    "drdn": (Drdn(), 1, 14, 13, False),
    "drdn prior": (Drdn(4), 1, 9, 10, False),
    "unet-ufloss small": (UnetUfloss(2, 3, 3), 2, 23, 37, False),
    "unet-ufloss": (UnetUfloss(), 2, 32, 18, False),
    "unet-fastmri small": (UnetFastmri(2, 3, 3, 2), 2, 11, 13, False),
    "unet-fastmri": (UnetFastmri(), 1, 37, 32, False),
    "unet-init-features small": (UnetInitFeatures(2, 2, 3), 2, 16, 32, False),
    "unet-init-features": (UnetInitFeatures(), 2, 32, 16, False),
}


def with_gradients(function, w, x, target):
    leaves = [*w.values(), x]
    for t in leaves:
        t.requires_grad_(True)
    y = function(w, x)
    loss = ((y - target) ** 2).mean()
    gradients = torch.autograd.grad(loss, leaves)
    for t in leaves:
        t.requires_grad_(False)
    return y.detach(), loss.item(), dict(zip([*w, "input"], gradients))


def write_references(path):
    out = {}

    def note(case, y, loss, gradients, complete):
        out[f"{case}: output"] = y.numpy() if y.numel() < 600 else projections(y)
        out[f"{case}: loss"] = np.array([loss])
        for name, g in gradients.items():
            out[f"{case}: gradient {name}"] = g.numpy() if complete else projections(g)

    for case, (network, n, h, w, complete) in CASES.items():
        weights = weights_of(network.shapes, 5, network.deviation)
        x, norms = image(n, network.channels, h, w), BatchNorms()
        outputs = network(weights, x, BatchNorms()).shape[1]
        y, loss, g = with_gradients(lambda w, v: network(w, v, norms), weights, x, image(n, outputs, h, w, True))
        note(case, y, loss, g, complete)
        out[f"{case}: parameters"] = np.array([sum(t.numel() for t in weights.values())])
        if norms.running:
            for name, (mean, var) in norms.running.items():
                out[f"{case}: {name}.running_mean"] = projections(mean)
                out[f"{case}: {name}.running_var"] = projections(var)
            norms.training = False
            out[f"{case}: evaluated"] = projections(network(weights, x, norms))

    # The recurrence with hard data consistency in k-space.
    network, n, h, w, _ = CASES["drdn small"]
    weights = weights_of(network.shapes, 5, network.deviation)
    x = image(n, 2, h, w)
    columns = torch.arange(w) % 3 == 1
    full = image(n, 2, h, w, True)
    k = fourier(torch.complex(full[:, 0], full[:, 1]))

    def recurrent(w, v):
        for _ in range(3):
            v = hard_consistency(network(w, v), k, columns)
        return v

    note("drdn recurrent", *with_gradients(recurrent, weights, x, full + 0.1), True)
    write(path, out)
    print(f"{path}: {len(out)} arrays, {path.stat().st_size} bytes")


# ---- Full sizes, both programs.
FULL = {
    "dncnn": (Dncnn(), 1, 180, 180),
    "drdn": (Drdn(), 1, 256, 256),
    "unet-ufloss": (UnetUfloss(), 1, 320, 320),
    "unet-fastmri": (UnetFastmri(), 1, 320, 320),
    "unet-init-features": (UnetInitFeatures(), 1, 256, 256),
}


def relative(a, b):
    """0 where both are 0: the gradients behind ReLUs that are all off."""
    difference, size = np.linalg.norm((a.astype(np.float64) - b).ravel()), np.linalg.norm(b.astype(np.float64).ravel())
    return difference / size if size > 0 else (math.inf if difference > 0 else 0.0)


def run_adjoint(adjoint, threads, name, kind, stored, x, cotangent):
    """Output and gradients of the program."""
    with tempfile.TemporaryDirectory() as folder:
        path = {k: pathlib.Path(folder) / k for k in ("w.safetensors", "x.npy", "y.npy", "v.npy", "g.safetensors")}
        write(path["w.safetensors"], stored, "F64" if kind == "float64" else "F32")
        np.save(path["x.npy"], x)
        np.save(path["v.npy"], cotangent)
        subprocess.run([adjoint, "run", name, "--weights", path["w.safetensors"], "--input", path["x.npy"],
                        "--output", path["y.npy"], "--cotangent", path["v.npy"], "--gradients", path["g.safetensors"],
                        "--type", kind, "--mode", "training", "--threads", str(threads)], check=True)
        return np.load(path["y.npy"]), read(path["g.safetensors"])


def run_torch(network, weights, x, cotangent):
    leaves = [t.clone().requires_grad_(True) for t in (*weights.values(), x)]
    norms = BatchNorms()
    y = network(dict(zip(weights, leaves)), leaves[-1], norms)
    gradients = torch.autograd.grad(y, leaves, cotangent(y.detach()))
    return y.detach().numpy(), {k: g.numpy() for k, g in zip([*weights, "input"], gradients)}, norms


def compare(adjoint, threads, only):
    """Everything beside PyTorch in float64; weights, image and cotangent are numbers of float32."""
    print("| network, image | program, type | output | weights' gradients: largest, of | input's gradient |")
    print("|---|---|---|---|---|")
    for name, (network, n, h, w) in FULL.items():
        if only and name not in only:
            continue
        single = {k: v.float() for k, v in weights_of(network.shapes, 5, network.deviation).items()}
        x = image(n, network.channels, h, w).float()
        v = {}

        def cotangent(y):
            """Of the mean squared difference from a target; once for all runs."""
            if not v:
                v["value"] = (2 * (y - image(n, y.shape[1], h, w, True)) / y.numel()).float()
            return v["value"].to(y.dtype)

        y, gradients, norms = run_torch(network, {k: t.double() for k, t in single.items()}, x.double(), cotangent)
        stored = {k: t.numpy() for k, t in single.items()}
        for layer in norms.running:
            c = stored[layer + ".weight"].shape
            stored[layer + ".running_mean"], stored[layer + ".running_var"] = np.zeros(c), np.ones(c)
        # A bias before a batch norm has no effect: its gradient is rounding alone, in both programs.
        dead = {k for k in single if k.endswith(".bias") and name == "unet-ufloss" and k.split(".")[-2] in "03"}

        def row(what, output, found):
            worst = max((relative(found[k], gradients[k]), k) for k in single if k not in dead)
            print(f"| {name}, {n}×{network.channels}×{h}×{w} | {what} | {relative(output, y):.1e} | {worst[0]:.1e}, "
                  f"{worst[1]} | {relative(found['input'], gradients['input']):.1e} |", flush=True)

        for kind in ("float64", "float32"):
            arrays = x.numpy().astype(kind), v["value"].numpy().astype(kind)
            row("Adjoint, " + kind, *run_adjoint(adjoint, threads, name, kind, stored, *arrays))
        row("PyTorch, float32", *run_torch(network, single, x, cotangent)[:2])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adjoint", help="the program, for the comparison at full size")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--only", action="append", help="a network of the comparison; may be repeated")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.adjoint:
        compare(options.adjoint, options.threads, options.only)
    else:
        write_references(pathlib.Path(__file__).resolve().parents[2] / "tests" / "reference" / "networks.safetensors")
