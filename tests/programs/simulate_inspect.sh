#!/bin/bash
# adjoint simulate and adjoint inspect: pictures of the asked kind, the same every time, and what files say.
. "$(dirname "$0")/expect.sh"

expect 0 '' "$adjoint" simulate head --size 40 -o head.png
expect 0 '' env ADJOINT_THREADS=3 "$adjoint" simulate head --size 40 -o again.png
same head.png again.png
expect 0 '' "$adjoint" simulate head --size 40 --seed 1 -o other.png
holds "the seed does not matter" bash -c '! cmp -s head.png other.png'
expect 0 '40' "$adjoint" inspect head.png
expect 0 '' "$adjoint" simulate head --height 30 --width 50 --colour --bits 16 -o colour.png
expect 0 '50' "$adjoint" inspect colour.png
expect 0 '16' "$adjoint" inspect colour.png
expect 0 '' "$adjoint" simulate head --size 20 -o head.npy
expect 0 '20.20' "$adjoint" inspect head.npy
expect 0 '^\{' "$adjoint" inspect head.npy --json

expect 2 'is required' "$adjoint" simulate head
expect 2 'neither .png nor .npy' "$adjoint" simulate head -o head.tiff
expect 2 '7' "$adjoint" simulate head --size 7 -o small.png
expect 2 'size' "$adjoint" simulate head --size many -o small.png
expect 6 'nowhere' "$adjoint" simulate head -o nowhere/head.png
expect 3 'missing.png' "$adjoint" inspect missing.png
echo text >text.png
expect 3 'text.png' "$adjoint" inspect text.png
head -c 500 head.png >cut.png
expect 3 'cut.png' "$adjoint" inspect cut.png
expect 2 'is required' "$adjoint" inspect
holds "a refused picture was written" [ ! -e small.png ]
summary
