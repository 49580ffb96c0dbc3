#!/bin/bash
# adjoint mask: masks of every kind, as arrays, pictures and texts; the same every time.
. "$(dirname "$0")/expect.sh"

for kind in random equispaced-fraction equispaced variable-density; do
    expect 0 "^$kind: [0-9]+ of 64 columns" "$adjoint" mask $kind --width 64 -o $kind.npy
    expect 0 '64' "$adjoint" inspect $kind.npy
    expect 0 'range: +0 to 1' "$adjoint" inspect $kind.npy
    expect 0 '' "$adjoint" mask $kind --width 64 -o again.npy
    same $kind.npy again.npy
    expect 0 '' "$adjoint" mask $kind --width 64 --seed 5 -o other.npy
    holds "the seed of $kind does not matter" bash -c "! cmp -s $kind.npy other.npy"
done
expect 0 '^[.|]{64}$' "$adjoint" mask random --width 64
expect 0 '64 of 64 columns, acceleration 1$' "$adjoint" mask variable-density --width 64 --acceleration 1
expect 0 '^\.\|\.\.\.\|' "$adjoint" mask equispaced --width 64 --offset 1
expect 0 '16 of 64' "$adjoint" mask variable-density --width 64 --acceleration 4
expect 0 '768 of 3072 samples, acceleration 4' "$adjoint" mask poisson-disk --width 64 --height 48 --acceleration 4 \
    --calibration 8 -o disk.npy --picture disk.png
expect 0 '48×64' "$adjoint" inspect disk.npy
expect 0 'height: +48' "$adjoint" inspect disk.png
expect 0 '' "$adjoint" mask random --width 64 --name file1000001.h5 -o named.npy
expect 0 '' "$adjoint" mask random --width 64 --height 20 --picture columns.png
expect 0 'height: +20' "$adjoint" inspect columns.png

# What a scan holds: points and columns, found again from the k-space that they left.
"$adjoint" simulate mri --phantom 2 --size 48x64 --coils 2 --mask disk.npy -o points.npy > /dev/null
expect 0 'points.npy: 768 of 3072 samples, acceleration 4' "$adjoint" mask --from points.npy -o found.npy
same disk.npy found.npy
"$adjoint" simulate mri --phantom 1 --size 20x64 --coils 2 --mask random.npy -o columns.npy > /dev/null
expect 0 'of 64 columns' "$adjoint" mask --from columns.npy -o found.npy
same random.npy found.npy
expect 3 'nowhere' "$adjoint" mask --from nowhere.npy -o found.npy
expect 2 'excludes' "$adjoint" mask random --from points.npy

expect 2 'is required' "$adjoint" mask random
expect 2 'is required' "$adjoint" mask --width 4
expect 2 'kind' "$adjoint" mask spiral --width 64
expect 2 'range' "$adjoint" mask random --width 0
expect 2 'give --height' "$adjoint" mask poisson-disk --width 64
expect 2 'acceleration' "$adjoint" mask random --width 64 --acceleration 0.5
expect 2 'centre' "$adjoint" mask random --width 64 --centre-fraction 2
expect 2 '32 bits' "$adjoint" mask random --width 64 --seed 4294967296
expect 2 'leave it away' "$adjoint" mask random --width 64 --offset 3
expect 2 'give --seed' "$adjoint" mask variable-density --width 64 --name a
expect 6 'nowhere' "$adjoint" mask random --width 64 -o nowhere/m.npy
summary
