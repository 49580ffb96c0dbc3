#!/usr/bin/env python3
"""One training step of MoDL in Adjoint and in PyTorch, alternating, with the same threads, in float32.

    modl_speed.py --adjoint build/tools/adjoint --threads 2

128x128, 8 coils, 5 unrolls of a residual network of 5 layers with 32 filters and batch normalisation, 10 steps of
conjugate gradients that are differentiated step by step; value and all gradients of the squared error: the case
"modl step ... unrolled" of `adjoint bench`, with PyTorch running the same network on numbers of its own.
Needs torch. Prints the median of the runs of each.
"""
import argparse
import re
import statistics
import subprocess
import time

import torch
import torch.nn.functional as F

SIZE, COILS, UNROLLS, STEPS, WIDTH, LAYERS = 128, 8, 5, 10, 32, 5


def fourier(x, inverse=False):
    transform = torch.fft.ifft2 if inverse else torch.fft.fft2
    shifted = torch.fft.ifftshift(x, dim=(-2, -1))
    return torch.fft.fftshift(transform(shifted, norm="ortho"), dim=(-2, -1))


class Modl(torch.nn.Module):
    def __init__(self):
        super().__init__()
        widths = [2] + [WIDTH] * (LAYERS - 1) + [2]
        self.layers = torch.nn.ModuleList(torch.nn.Conv2d(i, o, 3, padding=1, bias=False)
                                          for i, o in zip(widths, widths[1:]))
        self.norms = torch.nn.ModuleList(torch.nn.BatchNorm2d(o, eps=1e-3) for o in widths[1:])
        self.lam = torch.nn.Parameter(torch.tensor(0.05))

    def denoise(self, x):
        h = noise = torch.stack((x.real, x.imag), 1)
        for l in range(LAYERS):
            noise = self.norms[l](self.layers[l](noise))
            noise = F.relu(noise) if l + 1 < LAYERS else noise
        h = h + noise
        return torch.complex(h[:, 0], h[:, 1])

    def forward(self, y, maps, mask):
        adjoint = lambda k: (maps.conj() * fourier(k * mask, inverse=True)).sum(1)
        normal = lambda x: adjoint(fourier(maps * x[:, None])) + self.lam * x
        dot = lambda a, b: (a.conj() * b).sum((1, 2), keepdim=True).real
        zero_filled = x = adjoint(y)
        for _ in range(UNROLLS):
            b = zero_filled + self.lam * self.denoise(x)
            x = b
            r = b - normal(x)
            p, rr = r, dot(r, r)
            for _ in range(STEPS):
                Ap = normal(p)
                alpha = rr / dot(p, Ap)
                x, r = x + alpha * p, r - alpha * Ap
                new = dot(r, r)
                p, rr = r + new / rr * p, new
        return x


arguments = argparse.ArgumentParser()
arguments.add_argument("--adjoint", required=True)
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--rounds", type=int, default=3)
options = arguments.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(1)
model = Modl()
maps, y, target = (torch.randn(1, *s, dtype=torch.complex64)
                   for s in ((COILS, SIZE, SIZE), (COILS, SIZE, SIZE), (SIZE, SIZE)))
maps = maps / maps.abs().pow(2).sum(1, keepdim=True).sqrt()
mask = (torch.rand(1, 1, SIZE, SIZE) < 1 / 8).float()


def step():
    model.zero_grad()
    (model(y, maps, mask) - target).abs().pow(2).mean().backward()


def adjoint_step():
    text = subprocess.run([options.adjoint, "bench", "--threads", str(options.threads), "5 unrolls, unrolled"],
                          check=True, capture_output=True, text=True).stdout
    return float(re.search(r"unrolled\s+([0-9.]+) ms", text)[1])


step()
ours, theirs = [], []
for _ in range(options.rounds):
    ours.append(adjoint_step())
    for _ in range(7):
        start = time.time()
        step()
        theirs.append(1e3 * (time.time() - start))
print(f"MoDL step, {options.threads} threads: adjoint {statistics.median(ours):.0f} ms, "
      f"PyTorch {torch.__version__} {statistics.median(theirs):.0f} ms")
