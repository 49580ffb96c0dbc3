#!/usr/bin/env python3
"""SIREN's training step in PyTorch and in Adjoint, alternating in one run.

Network: 2 -> 256, 3 x 256 -> 256, 256 -> 3, sin(30 .), float32; the whole 224 x 224 image per step; Adam, learning rate
1e-4; gradient norm clipped to 1. Losses: L2, and L2 + 0.01 Global + 0.01 Local (MS-Glance in the formulation of its
published code, written anew: depthwise 16 x 16 convolutions, canvas 96 x 96, 10 shuffles).
Both programs run as processes of their own, so that peak memory is each one's (peak resident set). "ready" is the time
from the program's start (PyTorch: from before its import) until the first step begins.
"""
import argparse, json, os, resource, subprocess, sys, time


def torch_worker(case, steps, threads, size):
    start = time.perf_counter()
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)
    torch.manual_seed(0)

    class Sine(torch.nn.Module):
        def __init__(self, n_in, n_out, first):
            super().__init__()
            self.linear = torch.nn.Linear(n_in, n_out)
            bound = 1 / n_in if first else (6 / n_in) ** 0.5 / 30
            torch.nn.init.uniform_(self.linear.weight, -bound, bound)

        def forward(self, x):
            return torch.sin(30 * self.linear(x))

    net = torch.nn.Sequential(Sine(2, 256, True), *[Sine(256, 256, False) for _ in range(3)], torch.nn.Linear(256, 3))
    axis = torch.linspace(-1, 1, size)
    x = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    rows = torch.arange(size, dtype=torch.float32)
    image = 0.5 + 0.3 * torch.sin(0.11 * rows)[None, :, None] * torch.cos(0.07 * rows)[None, None, :]
    image = (image + 0.1 * torch.sin(0.5 * (rows[:, None] + rows[None, :]))).repeat(1, 1, 1).expand(3, -1, -1)
    target = image.permute(1, 2, 0).reshape(-1, 3).contiguous()
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-4)
    window = torch.full((3, 1, 16, 16), 1 / 256.0)
    C = 0.03 ** 2 / 2

    def similarity(a, b):
        c = a.shape[1]
        w = window[:1].expand(c, 1, 16, 16)
        mean = lambda t: F.conv2d(t, w, padding=7, groups=c)
        mu_a, mu_b = mean(a), mean(b)
        var_a, var_b = mean(a * a) - mu_a * mu_a, mean(b * b) - mu_b * mu_b
        cov = mean(a * b) - mu_a * mu_b
        s = (cov + C) / (torch.sqrt(torch.clamp(var_a, min=0) + 1e-12) * torch.sqrt(torch.clamp(var_b, min=0) + 1e-12) + C)
        return s.mean()

    def glance(y):
        a, b = y.t().reshape(1, 3, size, size), target.t().reshape(1, 3, size, size)
        local = 1 - similarity(a, b)
        pick = torch.randperm(size * size)[: 96 * 96]
        order = torch.cat([torch.arange(96 * 96)] + [torch.randperm(96 * 96) for _ in range(9)])
        canvas = lambda t: (t[pick][order].t().reshape(1, 3, 96, 960).clamp(0, 1) * 255)
        return local + (1 - similarity(canvas(y), canvas(target)))

    def step():
        optimiser.zero_grad(set_to_none=True)
        y = net(x)
        loss = ((y - target) ** 2).mean()
        if case == "glance":
            loss = loss + 0.01 * glance(y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        return float(loss.detach())

    if case == "glance-alone":
        y = (target + 0.05 * torch.randn_like(target)).requires_grad_()

        def step():
            y.grad = None
            loss = glance(y)
            loss.backward()
            return float(loss.detach())

    ready = time.perf_counter() - start
    step()
    first = time.perf_counter() - start
    times = []
    for _ in range(steps):
        t = time.perf_counter()
        step()
        times.append(time.perf_counter() - t)
    print(json.dumps({"ready": ready, "first": first, "times": times, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def run(command):
    out = subprocess.run(command, capture_output=True, text=True)
    if out.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{out.stderr}")
    return json.loads(out.stdout.strip().splitlines()[-1])


def median(v):
    v = sorted(v)
    return v[len(v) // 2]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--adjoint", required=True, help="the program adjoint")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--steps", type=int, default=10, help="timed steps per process")
    p.add_argument("--rounds", type=int, default=3, help="processes of each kind, alternating")
    p.add_argument("--size", type=int, default=224)
    p.add_argument("--worker", help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.worker:
        return torch_worker(a.worker, a.steps, a.threads, a.size)
    print(f"{a.size} x {a.size} RGB, float32, {a.threads} threads, {a.rounds} rounds of {a.steps} steps, alternating")
    print(f"{'case':<14}{'PyTorch ms':>12}{'Adjoint ms':>12}{'ratio':>8}{'PyTorch MB':>12}{'Adjoint MB':>12}"
          f"{'ready s':>20}{'first step done s':>20}")
    env_threads = str(a.threads)
    for case in ("l2", "l2-fused", "glance", "glance-alone"):
        torch_case = "l2" if case == "l2-fused" else case
        theirs, ours = [], []
        for _ in range(a.rounds):
            theirs.append(run([sys.executable, __file__, "--adjoint", a.adjoint, "--worker", torch_case, "--steps",
                               str(a.steps), "--threads", env_threads, "--size", str(a.size)]))
            ours.append(run([a.adjoint, "bench", "--training-step", case, "--steps", str(a.steps), "--threads",
                             env_threads, "--size", str(a.size)]))
        t = median([x for r in theirs for x in r["times"]]) * 1e3
        o = median([x for r in ours for x in r["times"]]) * 1e3
        print(f"{case:<14}{t:>12.1f}{o:>12.1f}{t / o:>8.2f}{median([r['peak_mb'] for r in theirs]):>12.0f}"
              f"{median([r['peak_mb'] for r in ours]):>12.0f}"
              f"{median([r['ready'] for r in theirs]):>10.2f} /{median([r['ready'] for r in ours]):>8.3f}"
              f"{median([r['first'] for r in theirs]):>10.2f} /{median([r['first'] for r in ours]):>8.3f}")


if __name__ == "__main__":
    main()
