#!/usr/bin/env python3
"""DRDN's training step in PyTorch and in Adjoint, alternating in one run, with the same threads, in float32.

    drdn_speed.py --adjoint build/tools/adjoint --threads 2

One single-coil image of 256 x 256, the published network (324 738 parameters), 3 recurrences with hard data consistency,
mean absolute error, all gradients, Adam; Adjoint also with recomputed recurrences. Every process does one kind of step,
so that peak memory (the peak resident set) is that of the kind. Needs torch. Prints the medians.
"""
import argparse
import json
import resource
import statistics
import subprocess
import sys
import time


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

    step()
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(json.dumps({"times": times, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def run(command):
    out = subprocess.run(command, capture_output=True, text=True)
    if out.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{out.stderr}")
    return json.loads(out.stdout.strip().splitlines()[-1])


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
    results = {name: [] for name in kinds}
    for _ in range(a.rounds):
        for name, command in kinds.items():
            results[name].append(run(command))
    print(f"DRDN step, {a.size} x {a.size}, 3 recurrences, float32, {a.threads} threads, {a.rounds} rounds of {a.steps} steps")
    middle = {name: statistics.median(t for r in runs for t in r["times"]) for name, runs in results.items()}
    memory = {name: statistics.median(r["peak_mb"] for r in runs) for name, runs in results.items()}
    for name in kinds:
        print(f"{name:<20}{1e3 * middle[name]:>8.0f} ms{middle['PyTorch'] / middle[name]:>7.2f} times as fast"
              f"{memory[name]:>8.0f} MB{memory[name] / memory['PyTorch']:>7.2f} of the memory")


if __name__ == "__main__":
    main()
