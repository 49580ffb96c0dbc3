#!/usr/bin/env python3
"""DRDN's training step in PyTorch and in Adjoint, alternating in one run, with the same threads, in float32.

    drdn_speed.py --adjoint build/tools/adjoint --threads 2

One single-coil image of 256 x 256, the published network (324 738 parameters), 3 recurrences with hard data consistency,
mean absolute error, all gradients, Adam; Adjoint also with recomputed recurrences. Every process does one kind of step,
so that peak memory (the peak resident set) is that of the kind. Needs torch. Prints the medians.
"""
import argparse
import sys

from timed_steps import compare, time_steps


def torch_worker(steps, threads, size):
    import torch

    from networks_reference import Drdn, hard_consistency

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = Drdn()
    w = {name: torch.nn.Parameter(net.deviation * torch.randn(shape)) for name, shape in net.shapes.items()}
    optimiser = torch.optim.Adam(w.values(), lr=1e-4)
    target = torch.rand(1, 2, size, size)
    mask = torch.rand(1, 1, size) < 0.2
    measured = torch.randn(1, size, size, dtype=torch.complex64) * mask
    zero_filled = hard_consistency(torch.zeros(1, 2, size, size), measured, mask)

    def step():
        optimiser.zero_grad(set_to_none=True)
        x = zero_filled
        for _ in range(3):
            x = hard_consistency(net(w, x), measured, mask)
        (x - target).abs().mean().backward()
        optimiser.step()

    time_steps(step, steps)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--adjoint", required=True, help="the program adjoint")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--steps", type=int, default=3, help="timed steps per process")
    p.add_argument("--rounds", type=int, default=3, help="processes of each kind, alternating")
    p.add_argument("--size", type=int, default=256)
    p.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.worker:
        return torch_worker(a.steps, a.threads, a.size)
    common = ["--steps", str(a.steps), "--threads", str(a.threads), "--size", str(a.size)]
    bench = [a.adjoint, "bench"] + common + ["--training-step"]
    kinds = {
        "PyTorch": [sys.executable, __file__, "--adjoint", a.adjoint, "--worker"] + common,
        "Adjoint": bench + ["drdn"],
        "Adjoint, recompute": bench + ["drdn-recompute"],
    }
    print(f"DRDN step, {a.size} x {a.size}, 3 recurrences, float32, {a.threads} threads, {a.rounds} rounds of {a.steps} steps")
    compare(kinds, a.rounds)


if __name__ == "__main__":
    main()
