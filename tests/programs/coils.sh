#!/bin/bash
# adjoint coils: maps of a small scan, and its refusals.
. "$(dirname "$0")/expect.sh"
one='\x00\x00\x80\x3f\x00\x00\x00\x00' two='\x00\x00\x00\x40\x00\x00\x00\x40'

# Two coils of 8×8: one point of the object seen by both, so that all of k-space has one modulus per coil.
ones() { for ((i = 0; i < 64; ++i)); do printf '%s' "$1"; done; }
npy '<c8' '(2, 8, 8)' "$(ones "$one")$(ones "$two")" >kspace.npy
expect 0 'maps of 2 coils, 8x8' "$adjoint" coils kspace.npy -o maps.npy --calibration 6 --kernel 2 --eigenvalues values.npy
expect 0 'complex of float32' "$adjoint" inspect maps.npy
expect 0 '2.8.8' "$adjoint" inspect maps.npy
expect 0 '8.8' "$adjoint" inspect values.npy
expect 0 'maps of 2 coils' "$adjoint" coils kspace.npy -o low.cfl --method low-resolution --calibration 6
expect 0 '' "$adjoint" inspect low.hdr
"$adjoint" coils kspace.npy -o again.npy --calibration 6 --kernel 2 --threads 1
same maps.npy again.npy

expect 2 'is required' "$adjoint" coils kspace.npy
expect 2 'neither .npy nor .cfl' "$adjoint" coils kspace.npy -o maps.png
expect 2 'fit into the region' "$adjoint" coils kspace.npy -o m.npy --calibration 2 --kernel 4
expect 2 'has none' "$adjoint" coils kspace.npy -o m.npy --method low-resolution --eigenvalues v.npy
expect 4 '24×24 in k-space of 8×8' "$adjoint" coils kspace.npy -o m.npy
expect 3 'missing.npy' "$adjoint" coils missing.npy -o m.npy
npy '<c8' '(1, 8, 8)' "$(ones '\x00\x00\x00\x00\x00\x00\x00\x00')" >nothing.npy
expect 4 'not fully measured' "$adjoint" coils nothing.npy -o m.npy --calibration 4 --kernel 2
expect 6 'nowhere' "$adjoint" coils kspace.npy -o nowhere/m.npy --calibration 6 --kernel 2
holds "a refused run left an output" [ ! -e m.npy ]
summary
