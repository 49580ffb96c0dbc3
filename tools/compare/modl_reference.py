#!/usr/bin/env python3
"""MoDL by PyTorch, written anew from the papers, for tests/models/modl_reference_test.cpp.

    modl_reference.py        writes tests/reference/modl.safetensors

Needs torch and numpy. Float64. Nothing here shares code with the program: complex numbers, Fourier transforms,
convolutions, batch normalisation and all gradients are PyTorch's. Two cases:
  unrolled  as in UFLoss's code: conjugate gradients from the right side, 6 steps, automatic differentiation through them
  implicit  the normal equations as dense matrices, solved and differentiated exactly
"""
import json
import pathlib
import struct

import numpy as np
import torch
import torch.nn.functional as F

N, C, H, W, WIDTH, LAYERS, UNROLLS, STEPS = 2, 3, 10, 12, 4, 3, 2, 6
random = np.random.RandomState(3)


def drawn(*shape):
    return torch.from_numpy(random.standard_normal(shape))


def fourier(x, inverse=False):
    shift = lambda f, z: f(z, dim=(-2, -1))
    transform = torch.fft.ifft2 if inverse else torch.fft.fft2
    return shift(torch.fft.fftshift, transform(shift(torch.fft.ifftshift, x), norm="ortho"))


def forward(x, maps, mask):
    return fourier(maps * x[:, None]) * mask


def adjoint(y, maps, mask):
    return (maps.conj() * fourier(y * mask, inverse=True)).sum(1)


def normal(x, maps, mask, lam):
    return adjoint(forward(x, maps, mask), maps, mask) + lam * x


def conjugate_gradients(maps, mask, lam, b):
    dot = lambda a, c: (a.conj() * c).sum((1, 2), keepdim=True).real
    x = b
    r = b - normal(x, maps, mask, lam)
    p, rr = r, dot(r, r)
    for _ in range(STEPS):
        Ap = normal(p, maps, mask, lam)
        alpha = rr / dot(p, Ap)
        x = x + alpha * p
        r = r - alpha * Ap
        new = dot(r, r)
        p = r + new / rr * p
        rr = new
    return x


def dense_solve(maps, mask, lam, b):
    """Column by column, the matrix of the normal equations of every image; then an exact solve."""
    unit = torch.eye(H * W, dtype=torch.complex128).reshape(H * W, H, W)
    images = []
    for n in range(N):
        m = maps[n if len(maps) > 1 else 0][None]
        A = normal(unit, m, mask, lam).reshape(H * W, H * W).T
        images.append(torch.linalg.solve(A, b[n].reshape(-1)).reshape(H, W))
    return torch.stack(images)


def denoise(x, weights):
    h = torch.stack((x.real, x.imag), 1)
    noise = h
    for l in range(LAYERS):
        noise = F.conv2d(noise, weights[3 * l], padding=1)
        noise = F.batch_norm(noise, None, None, weights[3 * l + 1], weights[3 * l + 2], training=True, eps=1e-3)
        if l + 1 < LAYERS:
            noise = F.relu(noise)
    h = h + noise
    return torch.complex(h[:, 0], h[:, 1])


def modl(y, maps, mask, lam, weights, solve):
    zero_filled = adjoint(y, maps, mask)
    x = zero_filled
    for _ in range(UNROLLS):
        x = solve(maps, mask, lam, zero_filled + lam * denoise(x, weights))
    return x


def parts(z):
    return torch.view_as_real(z.resolve_conj()).contiguous()


def write(path, tensors):
    header, blob = {}, b""
    for name in sorted(tensors):
        a = np.ascontiguousarray(tensors[name].detach().numpy())
        header[name] = {"dtype": "F64", "shape": list(a.shape), "data_offsets": [len(blob), len(blob) + a.nbytes]}
        blob += a.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + blob)


def main():
    mask = torch.zeros(1, 1, H, W, dtype=torch.float64)
    mask[..., ::3] = 1
    mask[..., 4:8] = 1
    maps = torch.complex(drawn(1, C, H, W), drawn(1, C, H, W)) * 0.4
    y = torch.complex(drawn(N, C, H, W), drawn(N, C, H, W)) * mask
    target = torch.complex(drawn(N, H, W), drawn(N, H, W))
    lam = torch.tensor([0.3], dtype=torch.float64)
    weights = []
    for l in range(LAYERS):
        i, o = (2 if l == 0 else WIDTH), (2 if l + 1 == LAYERS else WIDTH)
        weights += [drawn(o, i, 3, 3) * 0.3, 1 + 0.2 * drawn(o), 0.2 * drawn(o)]
    tensors = {"mask": mask[:, 0], "maps": parts(maps), "y": parts(y), "target": parts(target), "lam1": lam}
    for k, w in enumerate(weights):
        tensors[f"weight {k}"] = w
    for name, solve in (("unrolled", conjugate_gradients), ("implicit", dense_solve)):
        leaves = [lam, *weights, maps, y]
        for t in leaves:
            t.grad = None
            t.requires_grad_(True)
        x = modl(y, maps, mask, lam, weights, solve)
        loss = ((x - target).abs() ** 2).mean()
        loss.backward()
        tensors[f"{name}: image"] = parts(x)
        tensors[f"{name}: loss"] = loss.reshape(1)
        tensors[f"{name}: gradient lam1"] = lam.grad
        for k, w in enumerate(weights):
            tensors[f"{name}: gradient weight {k}"] = w.grad
        tensors[f"{name}: gradient maps"] = parts(maps.grad)
        tensors[f"{name}: gradient y"] = parts(y.grad)
        for t in leaves:
            t.requires_grad_(False)
    folder = pathlib.Path(__file__).resolve().parents[2] / "tests/reference"
    write(folder / "modl.safetensors", tensors)
    print(folder / "modl.safetensors", {n: t.detach().item() for n, t in tensors.items() if n.endswith("loss")})


main()
