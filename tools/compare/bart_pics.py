#!/usr/bin/env python3
"""Classical reconstructions from `adjoint pics` and from BART's `pics`, of the same k-space, maps and settings.

    bart_pics.py --adjoint build/tools/adjoint KSPACE.npy [--reference IMAGE.npy]      (coils x H x W, complex64)

Maps are those of `adjoint coils`. BART gets the data scaled by max |E^H y| (its -w), so that the weight of its
regulariser means the same. Prints, per method, the difference between the two images (BART's centred transform has
another sign for some sizes: one common phase is taken out), the error of each against the reference, if there is one,
and both times. They differ in more than rounding: BART's wavelets treat edges and shifts in a way of their own.
Needs: BART (Debian's bart) and NumPy. Nothing of it runs in the tests.
"""
import argparse
import os
import subprocess
import tempfile
import time

import numpy as np


def write_cfl(name, array):
    with open(name + ".hdr", "w") as header:
        header.write("# Dimensions\n" + " ".join(str(n) for n in array.shape[::-1]) + "\n")
    array.astype(np.complex64).tofile(name + ".cfl")


def read_cfl(name):
    sizes = [int(n) for n in open(name + ".hdr").read().split("\n")[1].split()]
    return np.squeeze(np.fromfile(name + ".cfl", np.complex64).reshape(sizes[::-1]))


def timed(*command):
    start = time.time()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.time() - start


def error(x, reference):
    """Relative error of the magnitude (maps leave the phase open) after the best factor."""
    x, reference = abs(x), abs(reference)
    factor = np.vdot(x, reference) / np.vdot(x, x)
    return np.linalg.norm(factor * x - reference) / np.linalg.norm(reference)


arguments = argparse.ArgumentParser()
arguments.add_argument("kspace")
arguments.add_argument("--adjoint", required=True)
arguments.add_argument("--reference")
arguments.add_argument("--lambda", type=float, default=0.002, dest="weight")
arguments.add_argument("--iterations", type=int, default=100)
arguments.add_argument("--threads", default="2")
options = arguments.parse_args()
os.environ["OMP_NUM_THREADS"] = options.threads
weight, steps = str(options.weight), str(options.iterations)

with tempfile.TemporaryDirectory() as folder:
    timed(options.adjoint, "coils", options.kspace, "-o", f"{folder}/maps.npy")
    kspace, maps = np.load(options.kspace), np.load(f"{folder}/maps.npy")
    write_cfl(f"{folder}/k", kspace[:, None])
    write_cfl(f"{folder}/maps", maps[:, None])
    axes = (-2, -1)
    images = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(kspace, axes=axes), norm="ortho"), axes=axes)
    scale = str(abs((maps.conj() * images).sum(0)).max())
    reference = np.load(options.reference) if options.reference else None
    table = [("sense", ["--method", "sense"], ["-l2", f"-r{weight}"]),
             ("wavelet fista", ["--method", "wavelet"], ["-e", "-R", f"W:3:0:{weight}"]),
             ("wavelet admm", ["--method", "wavelet", "--algorithm", "admm"], ["-m", "-u0.5", "-R", f"W:3:0:{weight}"]),
             ("tv admm", ["--method", "tv", "--algorithm", "admm"], ["-u0.5", "-R", f"T:3:0:{weight}"])]
    print("%-15s %10s %12s %12s %10s %10s" % ("", "difference", "error BART", "error own", "s BART", "s own"))
    for name, own_options, bart_options in table:
        bart = timed("bart", "pics", "-S", "-w", scale, "-i", steps, *bart_options, f"{folder}/k", f"{folder}/maps",
                     f"{folder}/x")
        own = timed(options.adjoint, "pics", options.kspace, "-o", f"{folder}/x.npy", "--maps", f"{folder}/maps.npy",
                    "--lambda", weight, "--iterations", steps, "--threads", options.threads, *own_options)
        theirs, ours = read_cfl(f"{folder}/x"), np.load(f"{folder}/x.npy")
        phase = np.vdot(theirs, ours)
        difference = np.linalg.norm(ours * abs(phase) / phase - theirs) / np.linalg.norm(theirs)
        errors = [error(x, reference) for x in (theirs, ours)] if reference is not None else [np.nan, np.nan]
        print("%-15s %10.4f %12.4f %12.4f %10.2f %10.2f" % (name, difference, *errors, bart, own))
