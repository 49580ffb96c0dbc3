#!/bin/bash
# adjoint pics: reconstructions of a small scan, and its refusals.
. "$(dirname "$0")/expect.sh"
one='\x00\x00\x80\x3f\x00\x00\x00\x00' none='\x00\x00\x00\x00\x00\x00\x00\x00'

# A point in the middle of 8×8: k-space is 1/8 everywhere. Here every second column of one coil is measured.
for ((i = 0; i < 64; ++i)); do if ((i % 2)); then printf '%s' "$none"; else printf '%s' "$one"; fi; done >bytes
npy '<c8' '(1, 8, 8)' "$(cat bytes)" >half.npy
for ((i = 0; i < 128; ++i)); do printf '%s' "$one"; done >bytes
npy '<c8' '(2, 8, 8)' "$(cat bytes)" >full.npy

for method in zero-filled sense wavelet tv; do
    expect 0 'acceleration 2.00' "$adjoint" pics half.npy -o $method.npy --method $method --iterations 5
    expect 0 '8.8' "$adjoint" inspect $method.npy
done
# Everything is measured: the zero-filled image is the point, 8 at its place.
expect 0 'acceleration 1.00' "$adjoint" pics full.npy -o full_zero.npy --method zero-filled --calibration 8
holds "the point is not where it should be" bash -c \
    'tail -c 512 full_zero.npy | od -An -tf4 -v -w8 | awk "{ m = sqrt(\$1*\$1 + \$2*\$2); if (NR == 37 ? (m < 11.3 || m > 11.32) : m > 1e-5) exit 1 }"'
"$adjoint" coils full.npy -o maps.npy --calibration 8 >/dev/null
expect 0 '' "$adjoint" pics full.npy -o again.npy --method zero-filled --maps maps.npy
same full_zero.npy again.npy
expect 0 '' "$adjoint" pics full.npy -o admm.cfl --maps maps.npy --algorithm admm --iterations 3 --threads 1


# With a mask only what it lets through counts: every second column of the full scan gives the half scan's image.
for ((i = 0; i < 8; ++i)); do if ((i % 2)); then printf '\0\0\0\0'; else printf '\0\0\x80\x3f'; fi; done >bytes
{ npy '<f4' '(8,)' ''; cat bytes; } >mask.npy
for ((i = 0; i < 64; ++i)); do printf '%s' "$one"; done >bytes
npy '<c8' '(1, 8, 8)' "$(cat bytes)" >single.npy
expect 0 'acceleration 2.00' "$adjoint" pics single.npy -o masked.npy --method zero-filled --mask mask.npy
same zero-filled.npy masked.npy
{ npy '<f4' '(4,)' ''; head -c 16 /dev/zero; } >short.npy
expect 3 'mask short.npy of 4: nothing is measured' "$adjoint" pics single.npy -o x.npy --mask short.npy

# Never an image of zeros without a word.
{ npy '<c8' '(1, 8, 8)' ''; zeros 512; } >black.npy
expect 3 'black.npy, slice 0: its k-space is zero everywhere' "$adjoint" pics black.npy -o x.npy
expect 3 'every measured sample is 0' "$adjoint" pics black.npy -o x.npy --mask mask.npy
expect 5 'zero everywhere, and its k-space is not; lower --lambda' "$adjoint" pics single.npy -o x.npy --lambda 1e9

expect 2 'is required' "$adjoint" pics half.npy
expect 2 'neither .npy nor .cfl' "$adjoint" pics half.npy -o x.png
expect 2 'must be positive' "$adjoint" pics half.npy -o x.npy --lambda 0
expect 4 'coils x H x W' "$adjoint" pics full.npy -o x.npy --maps half.npy
expect 4 '24×24 in k-space of 8×8' "$adjoint" pics full.npy -o x.npy
expect 3 'missing.npy' "$adjoint" pics missing.npy -o x.npy
expect 2 'not in range' "$adjoint" pics half.npy -o x.npy --threads -1
mkdir folder
expect 6 'there is a folder of this name' "$adjoint" pics half.npy -o folder
expect 6 'there is no folder nowhere; make' "$adjoint" pics half.npy -o nowhere/x.npy
expect 7 'device cuda' env CUDA_VISIBLE_DEVICES= "$adjoint" pics half.npy -o x.npy --device cuda
holds "a refused run left an output" [ ! -e x.npy ]
summary
