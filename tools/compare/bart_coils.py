"""Coil maps of one scan from `adjoint coils` and from BART's `ecalib`, side by side.

    python3 tools/compare/bart_coils.py --adjoint build/tools/adjoint KSPACE.npy      (coils x H x W, complex64)

Prints which pixels both keep, the angle between the maps at every pixel (the maps' phases set aside), the difference of
the eigenvalues, the difference of the maps once one phase for the whole image is taken out, and both times.
Needs: BART (Debian's bart) and NumPy. Nothing of it runs in the tests.
"""
import argparse
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


arguments = argparse.ArgumentParser()
arguments.add_argument("kspace")
arguments.add_argument("--adjoint", required=True)
arguments.add_argument("--calibration", type=int, default=24)
options = arguments.parse_args()

with tempfile.TemporaryDirectory() as folder:
    kspace = np.load(options.kspace)
    write_cfl(f"{folder}/k", kspace[:, None])  # coil, phase 2, phase 1, read
    r = str(options.calibration)
    bart = timed("bart", "ecalib", "-m1", f"-r{r}", f"{folder}/k", f"{folder}/maps", f"{folder}/values")
    own = timed(options.adjoint, "coils", options.kspace, "-o", f"{folder}/maps.npy", "--calibration", r,
                "--eigenvalues", f"{folder}/values.npy")
    theirs, ours = read_cfl(f"{folder}/maps"), np.load(f"{folder}/maps.npy")
    their_values, our_values = read_cfl(f"{folder}/values").real, np.load(f"{folder}/values.npy")

kept = [(abs(m) ** 2).sum(0) > 0 for m in (theirs, ours)]
both = kept[0] & kept[1]
overlap = (theirs.conj() * ours).sum(0)[both]
sine = np.sqrt(np.clip(1 - abs(overlap) ** 2, 0, 1))
phase = overlap.sum() / abs(overlap.sum())
difference = np.linalg.norm((ours / phase - theirs)[:, both]) / np.linalg.norm(theirs[:, both])
print(f"pixels kept: BART {kept[0].sum()}, adjoint {kept[1].sum()}, both {both.sum()}")
print("sine of the angle between the maps: median %.1e, 99 %% %.1e, largest %.1e" % tuple(np.quantile(sine, [.5, .99, 1])))
print(f"eigenvalues: median difference {np.median(abs(our_values - their_values)):.1e}, "
      f"largest {abs(our_values - their_values).max():.1e}")
print(f"maps after one common phase: relative difference {difference:.1e}")
print(f"seconds: BART {bart:.2f}, adjoint {own:.2f}")
