#!/usr/bin/env python3
"""MoDL trained for equally many steps by BART's `reconet` and by `adjoint train`, on the same files.

    bart_reconet.py --adjoint build/tools/adjoint --steps 16 --threads 2

Head phantoms of 128 x 128 seen by 8 simulated coils (adjoint simulate mri), every eighth sample of a Poisson-disk
pattern with a measured centre of 24 x 24, noise on training and test data alike; both programs get the same k-space,
coil maps, pattern and fully sampled references, each divided by the largest zero-filled magnitude. In both: 5 unrolls
with shared weights, 5 layers of 3 x 3 with 32 filters, batch norm and a residual connection that is the identity at
first, 10 steps of conjugate gradients with the implicit gradient, a learned lambda of 0.05 at first, mean squared error,
one slice per step, Adam, no clipping.

Adjoint trains with the settings that such short trainings ask for (models/modl.h, models/residual_denoiser.h):
first_image = sense, cg_start = denoised, initialisation = fan-in; --published trains it without them. BART stays as its
defaults have it; --sense gives its training the SENSE image to start from as well (--initial-reco=sense).

What differs: BART's filters are complex, four real products each, so Adjoint is run with 32 filters and with 64, which
are as many real products (and numbers between the layers) as BART's 32 complex ones; initial weights; BART normalises
by running statistics of each unroll when it applies the network (their momentum is set to 0.5, that few steps suffice),
Adjoint's block by those of the image at hand. Needs: BART (Debian's bart) and NumPy. Nothing of it runs in the tests.

Prints, per program, seconds per training step (BART: of the whole training over its steps; Adjoint: from the
first step's end to the last's, since its start has a validation of its own) and the test images' error: the root mean
squared error over the reference's norm, of complex images, all slices together, and PSNR of magnitudes.
"""
import argparse
import csv
import os
import subprocess
import tempfile
import time

import numpy as np

SIZE, COILS, UNROLLS, STEPS = 128, 8, 5, 10


def write_cfl(name, array):
    """Slices x coils x H x W: BART's dimensions 15, 3, 1 and 0."""
    slices, coils, h, w = array.shape
    with open(name + ".hdr", "w") as header:
        header.write("# Dimensions\n%d %d 1 %d %s %d\n" % (w, h, coils, " ".join(["1"] * 11), slices))
    array.astype(np.complex64).tofile(name + ".cfl")


def read_cfl(name):
    sizes = [int(n) for n in open(name + ".hdr").read().split("\n")[1].split()]
    return np.squeeze(np.fromfile(name + ".cfl", np.complex64).reshape(sizes[::-1]))


def timed(*command):
    start = time.time()
    out = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if out.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{out.stdout}{out.stderr}")
    return time.time() - start


def images(kspace, maps):
    axes = (-2, -1)
    x = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(kspace, axes=axes), norm="ortho"), axes=axes)
    return (maps.conj() * x).sum(1)


def scores(x, reference):
    """NRMSE of complex images; PSNR of magnitudes, the mean over slices, each with its own largest value."""
    error = np.linalg.norm(x - reference) / np.linalg.norm(reference)
    difference = abs(abs(x) - abs(reference))
    psnr = [20 * np.log10(abs(r).max() / np.sqrt((d**2).mean())) for r, d in zip(reference, difference)]
    return error, np.mean(psnr)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--adjoint", required=True, help="the program adjoint")
    p.add_argument("--threads", default="2")
    p.add_argument("--steps", type=int, default=16, help="training steps, one new slice each")
    p.add_argument("--tests", type=int, default=4, help="test slices")
    p.add_argument("--rate", type=float, default=1e-3, help="Adam's learning rate in both")
    p.add_argument("--seeds", type=int, nargs="+", default=[0], help="of Adjoint's weights, a training for each")
    p.add_argument("--widths", type=int, nargs="+", default=[32, 64], help="Adjoint's filters")
    p.add_argument("--published", action="store_true", help="Adjoint from zero-filled images and Glorot's weights")
    p.add_argument("--sense", action="store_true", help="BART from SENSE images")
    p.add_argument("--size", type=int, default=SIZE)
    a = p.parse_args()
    a.adjoint = os.path.abspath(a.adjoint)
    os.environ["OMP_NUM_THREADS"] = a.threads
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, count, seed in (("train", a.steps, 1), ("test", a.tests, 1001)):
            timed(a.adjoint, "simulate", "mri", "--phantom", count, "--size", f"{a.size}x{a.size}", "--coils", COILS,
                  "--noise", 0.002, "--seed", seed, "-o", f"{name}.npy", "--maps", f"{name}_maps.npy")
        timed(a.adjoint, "mask", "poisson-disk", "--width", a.size, "--height", a.size, "--acceleration", 8,
              "--calibration", a.size * 3 // 16, "-o", "mask.npy")
        mask = np.load("mask.npy")
        write_cfl("mask", mask[None, None])
        data = {}
        for name in ("train", "test"):
            kspace = np.load(f"{name}.npy")
            maps = np.broadcast_to(np.load(f"{name}_maps.npy").reshape(1, COILS, a.size, a.size), kspace.shape)
            data[name] = images(kspace, maps)
            write_cfl(f"{name}_k", kspace * mask)
            write_cfl(f"{name}_maps", maps)
            write_cfl(f"{name}_x", data[name][:, None])
        print(f"MoDL, {a.size} x {a.size}, {COILS} coils, {UNROLLS} unrolls, {a.threads} threads, {a.steps} training "
              f"steps at {a.rate}, {a.tests} test slices")
        print("%-34s %10s %10s %10s" % ("", "s per step", "NRMSE", "PSNR"))

        def row(name, seconds, x):
            error, psnr = scores(x, data["test"])
            print("%-34s %10s %10.4f %10.2f" % (name, "%.3f" % seconds if seconds else "", error, psnr), flush=True)

        row("zero-filled", 0, images(np.load("test.npy") * mask, np.load("test_maps.npy").reshape(1, COILS, a.size, a.size)))

        network = ["-N", "modl", "-n", f"-I{UNROLLS}", f"--data-consistency=max-cg-iter={STEPS},lambda-init=0.05",
                   "--resnet-block=L=5,F=32", "--pattern=mask"] + ["--initial-reco=sense"] * a.sense
        seconds = timed("bart", "reconet", *network, "-t", "-b1", f"-Te=1,r={a.rate},batchnorm-momentum=0.5",
                        "--train-loss=mse=1", "train_k", "train_maps", "weights", "train_x")
        timed("bart", "reconet", *network, "-a", "test_k", "test_maps", "weights", "bart_x")
        row("BART reconet, 32 complex filters", seconds / a.steps, read_cfl("bart_x").reshape(data["test"].shape))

        start = "" if a.published else 'first_image = "sense"\ncg_start = "denoised"'
        weights = "glorot" if a.published else "fan-in"
        for width, seed in [(width, seed) for width in a.widths for seed in a.seeds]:
            configuration = f"""loss = "l2"
threads = {a.threads}
seed = {seed}
[data]
train = ["train.npy"]
validation = ["train.npy"]
validation_slices = 1
[model]
scheme = "modl"
network = "residual"
network_settings = "width={width},last_gamma=0,initialisation={weights}"
unrolls = {UNROLLS}
cg_iterations = {STEPS}
cg_tolerance = 0
cg_gradient = "implicit"
learn_lambda = true
{start}
[preparation]
normalise = "max"
maps = "train_maps.npy"
[mask]
kind = "file"
file = "mask.npy"
[training]
steps = {a.steps}
[schedule]
learning_rate = {a.rate}
"""
            with open("modl.toml", "w") as file:
                file.write(configuration)
            timed(a.adjoint, "train", "modl.toml", "--run", f"run{width}_{seed}", "--quiet")
            with open(f"run{width}_{seed}/metrics.csv") as file:
                ends = [float(line["seconds"]) for line in csv.DictReader(file) if line["learning_rate"]]
            timed(a.adjoint, "recon", f"run{width}_{seed}/last.safetensors", "test.npy", f"x{width}.npy",
                  "--mask", "mask.npy", "--maps", "test_maps.npy", "--quiet")
            row(f"Adjoint, {width} filters, seed {seed}", (ends[-1] - ends[0]) / (len(ends) - 1),
                np.load(f"x{width}.npy").reshape(data["test"].shape))


if __name__ == "__main__":
    main()
