#!/bin/bash
# adjoint simulate mri: k-space from phantoms, volumes and arrays, in every format, the same every time.
. "$(dirname "$0")/expect.sh"
reference=$here/../reference/io
hdf5=yes
"$adjoint" inspect "$reference/fastmri_singlecoil.h5" 2>&1 | grep -q 'does not know' && hdf5=no

expect 0 '2 slices of 4 coils, 32×24' "$adjoint" simulate mri --phantom 2 --size 32x24 --coils 4 --noise 0.01 -o a.cfl \
    --maps maps.npy --images images.nii.gz
expect 0 '32×24×1×4×1×1×1×1×1×1×1×1×1×2' "$adjoint" inspect a.cfl
expect 0 '4×32×24' "$adjoint" inspect maps.npy
expect 0 '24×32×2' "$adjoint" inspect images.nii.gz
expect 0 '' env ADJOINT_THREADS=3 "$adjoint" simulate mri --phantom 2 --size 32x24 --coils 4 --noise 0.01 -o b.cfl
same a.cfl b.cfl
expect 0 '' "$adjoint" simulate mri --phantom 2 --size 32x24 --coils 4 --noise 0.01 --seed 1 -o c.cfl
holds "the seed does not matter" bash -c '! cmp -s a.cfl c.cfl'
expect 0 '1 slices of 1 coils, 8×8' "$adjoint" simulate mri "$reference/int16.nii" --slices 1 --size 8 --coils 1 -o d.npy
expect 0 '1×1×8×8' "$adjoint" inspect d.npy
expect 0 '3 slices of 8 coils, 2×4' "$adjoint" simulate mri "$reference/int16.nii" --axis y -o y.npy
expect 0 '2 slices of 4 coils, 16×12' "$adjoint" simulate mri --phantom 2 --size 32x24 --matrix 16x12 --coils 4 \
    -o m.cfl --maps m.npy
expect 0 '16×12×1×4×1×1×1×1×1×1×1×1×1×2' "$adjoint" inspect m.cfl
expect 0 '4×16×12' "$adjoint" inspect m.npy
# Half the pixels: twice the spacing, and the middle (index ⌊n/2⌋) stays in its place.
expect 0 '' "$adjoint" simulate mri images.nii.gz --matrix 16x12 --coils 1 -o n.npy --images half.nii.gz
expect 0 '12×16×2' "$adjoint" inspect half.nii.gz
expect 0 'spacing: +\[2, 2, 1' "$adjoint" inspect half.nii.gz
npy '<f4' '(24,)' "$(printf '\\0\\0\\200\\077%.0s' {1..8})$(printf '\\0%.0s' {1..64})" >mask.npy
expect 0 '' "$adjoint" simulate mri --phantom 1 --size 32x24 --coils 2 --mask mask.npy -o masked.npy
if [ $hdf5 = yes ]; then
    expect 0 '' "$adjoint" simulate mri --phantom 2 --size 32 --coils 2 -o e.h5
    expect 0 'fastMRI HDF5 file' "$adjoint" inspect e.h5
    expect 0 'target: +32×32' "$adjoint" inspect e.h5
    expect 0 '' "$adjoint" simulate mri --phantom 1 --size 32x24 --coils 1 --mask mask.npy -o f.h5
    expect 0 'undersampled: yes' "$adjoint" inspect f.h5
    expect 0 'reconstruction_esc' "$adjoint" inspect f.h5
    expect 3 'k-space instead of an image' "$adjoint" simulate mri e.h5 -o g.npy
    expect 6 'nowhere' "$adjoint" simulate mri --phantom 1 --size 16 -o nowhere/e.h5
    # The HDF5 library must not crash at the program's end over what could not be written.
    limited() { (ulimit -f 40; trap '' XFSZ; exec "$@"); }
    expect 6 'writing big.h5' limited "$adjoint" simulate mri --phantom 20 --size 48 --coils 2 -o big.h5
    holds "half a file is left" bash -c '! ls big.h5* 2>/dev/null'
else
    expect 3 'install libhdf5-dev' "$adjoint" simulate mri --phantom 1 --size 16 -o e.h5
fi

expect 2 'is required' "$adjoint" simulate mri --phantom 1
expect 2 'no files' "$adjoint" simulate mri -o x.npy
expect 2 'both given' "$adjoint" simulate mri "$reference/int16.nii" --phantom 1 -o x.npy
expect 2 'choose .h5' "$adjoint" simulate mri --phantom 1 -o x.png
expect 2 'not of the form' "$adjoint" simulate mri --phantom 1 --size 0 -o x.npy
expect 2 'no whole number' "$adjoint" simulate mri --phantom 1 --size 12y -o x.npy
expect 2 'no whole number' "$adjoint" simulate mri "$reference/int16.nii" --slices 1-2 -o x.npy
expect 2 'at most as large' "$adjoint" simulate mri --phantom 1 --size 32x24 --matrix 16x25 -o x.npy
expect 2 'for example --matrix' "$adjoint" simulate mri --phantom 1 --matrix 0x12 -o x.npy
expect 2 'for example --matrix' "$adjoint" simulate mri --phantom 1 --matrix 4x4x4 -o x.npy
expect 2 'three parts' "$adjoint" simulate mri "$reference/int16.nii" --slices 0:1:1:1 -o x.npy
expect 2 'none lies' "$adjoint" simulate mri "$reference/int16.nii" --slices 5 -o x.npy
expect 2 'ring' "$adjoint" simulate mri --phantom 1 --ring 0.5 -o x.npy
expect 2 'noise' "$adjoint" simulate mri --phantom 1 --noise=-1 -o x.npy
expect 2 'noise' "$adjoint" simulate mri --phantom 1 --noise nan -o x.npy
expect 2 'give --size' "$adjoint" simulate mri "$reference/int16.nii" images.nii.gz -o x.npy
expect 3 'no such file' "$adjoint" simulate mri nowhere.nii -o x.npy
expect 4 'adjoint mask' "$adjoint" simulate mri --phantom 1 --size 32 --mask mask.npy -o x.npy
expect 6 'nowhere' "$adjoint" simulate mri --phantom 1 --size 16 -o nowhere/x.npy
npy '<f4' '(2, 2)' '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >black.npy
expect 3 'black' "$adjoint" simulate mri black.npy -o x.npy
holds "a refused file was written" [ ! -e x.npy ]
holds "temporary files are left" bash -c '! ls *.tmp 2>/dev/null'
summary
