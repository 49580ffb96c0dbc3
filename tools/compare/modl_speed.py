#!/usr/bin/env python3
"""MoDL's training step in PyTorch and in Adjoint, alternating in one run, with the same threads, in float32.

    modl_speed.py --adjoint build/tools/adjoint --threads 2

UFLoss's setting: one image of 320 x 320 seen by 8 coils, 5 unrolls of one U-Net (13 394 818 parameters, batch norm in
training), 6 steps of conjugate gradients differentiated step by step, lambda = 0.05, mean squared error, all gradients,
Adam; both programs also with recomputed unrolls (PyTorch: torch.utils.checkpoint). Every process does one kind of step,
so that peak memory (the peak resident set) is that of the kind. Needs torch. Prints the medians.
"""
import argparse
import sys

from timed_steps import compare, time_steps

COILS, UNROLLS, STEPS, LAMBDA = 8, 5, 6, 0.05


def torch_worker(steps, threads, size, recompute):
    import torch
    from torch.utils.checkpoint import checkpoint

    from networks_reference import BatchNorms, UnetUfloss

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net, norms = UnetUfloss(), BatchNorms()
    w = {}
    for name, shape in net.shapes.items():
        bound = (shape[1] * shape[2] * shape[3]) ** -0.5 if len(shape) == 4 else 0.0
        gamma = name.endswith(("1.weight", "4.weight")) and len(shape) == 1
        w[name] = torch.nn.Parameter(torch.ones(shape) if gamma else bound * (2 * torch.rand(shape) - 1))
    optimiser = torch.optim.Adam(w.values(), lr=1e-4)
    random = lambda *shape: torch.randn(*shape, dtype=torch.complex64)
    maps, y, target = random(1, COILS, size, size), random(1, COILS, size, size), random(1, size, size)
    maps = maps / maps.abs().pow(2).sum(1, keepdim=True).sqrt()
    mask = (torch.rand(size) < 0.2).float()
    dims = (-2, -1)

    def fourier(x, transform):
        return torch.fft.fftshift(transform(torch.fft.ifftshift(x, dim=dims), norm="ortho"), dim=dims)

    def encoding_adjoint(k):
        return (maps.conj() * fourier(k * mask, torch.fft.ifft2)).sum(1)

    def normal(x):
        return encoding_adjoint(fourier(maps * x[:, None], torch.fft.fft2)) + LAMBDA * x

    def dot(a, b):
        return (a.conj() * b).sum(dims, keepdim=True).real

    def unroll(x, zero_filled):
        z = net(w, torch.stack((x.real, x.imag), 1), norms)
        x = b = zero_filled + LAMBDA * torch.complex(z[:, 0], z[:, 1])
        r = p = b - normal(x)
        rr = dot(r, r)
        for _ in range(STEPS):
            Ap = normal(p)
            alpha = rr / dot(p, Ap)
            x, r = x + alpha * p, r - alpha * Ap
            new = dot(r, r)
            p, rr = r + new / rr * p, new
        return x

    def step():
        optimiser.zero_grad(set_to_none=True)
        x = zero_filled = encoding_adjoint(y)
        for _ in range(UNROLLS):
            x = checkpoint(unroll, x, zero_filled, use_reentrant=False) if recompute else unroll(x, zero_filled)
        torch.view_as_real(x - target).square().mean().backward()
        optimiser.step()

    time_steps(step, steps)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--adjoint", required=True, help="the program adjoint")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--steps", type=int, default=2, help="timed steps per process")
    p.add_argument("--rounds", type=int, default=2, help="processes of each kind, alternating")
    p.add_argument("--size", type=int, default=320)
    p.add_argument("--worker", choices=["stored", "recompute"], help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.worker:
        return torch_worker(a.steps, a.threads, a.size, a.worker == "recompute")
    common = ["--steps", str(a.steps), "--threads", str(a.threads), "--size", str(a.size)]
    pytorch = [sys.executable, __file__, "--adjoint", a.adjoint] + common + ["--worker"]
    bench = [a.adjoint, "bench"] + common + ["--training-step"]
    kinds = {
        "PyTorch": pytorch + ["stored"],
        "Adjoint": bench + ["modl"],
        "PyTorch, recompute": pytorch + ["recompute"],
        "Adjoint, recompute": bench + ["modl-recompute"],
    }
    print(f"MoDL step, {a.size} x {a.size}, {COILS} coils, {UNROLLS} unrolls of a U-Net, float32, {a.threads} threads, "
          f"{a.rounds} rounds of {a.steps} steps")
    compare(kinds, a.rounds)


if __name__ == "__main__":
    main()
