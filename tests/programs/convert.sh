#!/bin/bash
# adjoint convert: every pair of formats that makes sense, there and back, and every pair that does not.
. "$(dirname "$0")/expect.sh"
reference=$here/../reference/io
hdf5=yes
"$adjoint" inspect "$reference/fastmri_singlecoil.h5" 2>&1 | grep -q 'does not know' && hdf5=no
convert() { expect 0 "$1" "$adjoint" convert "${@:2}"; }

# Arrays keep their numbers in place.
convert '2×3×4 \(..., z, y, x\)' "$reference/int16.nii" a.npy
convert '2×3×4' a.npy b.nii.gz
convert '' b.nii.gz b.npy
same a.npy b.npy
convert 'complex array 2×3×4' "$reference/complex64.nii.gz" c.npy
convert 'complex array' c.npy c.nii
convert '' c.nii d.npy
same c.npy d.npy
convert '1×3×4 \(channel' "$reference/grey16.png" e.npy
convert '2×3×4' "$reference/numpy.safetensors" t.npy --tensor b
expect 0 'int64' "$adjoint" inspect "$reference/vector.npy"

# k-space in every format, there and back.
"$adjoint" simulate mri --phantom 2 --size 12x10 --coils 3 -o k.npy >/dev/null
convert 'k-space, 2 slices of 3 coils, 12×10' k.npy k.cfl
expect 0 '12×10×1×3×1×1×1×1×1×1×1×1×1×2' "$adjoint" inspect k.cfl
convert '' k.cfl back.npy
same k.npy back.npy
convert 'images, 2 slices of 12×10' k.npy rss.nii.gz --rss
convert '' k.cfl rss2.nii.gz --rss
same rss.nii.gz rss2.nii.gz
convert '1 slice of 12×10' k.cfl s.png --rss --slices 1 --range 0:1
convert '1 slice of 3 coils, 6×16' k.npy small.npy --slices=-1: --size 6x16
if [ $hdf5 = yes ]; then
    convert 'k-space, 2 slices of 3 coils' k.npy k.h5
    convert '' k.h5 back2.npy
    same k.npy back2.npy
    convert '6×5; its mask stays behind; its targets stay behind' "$reference/fastmri_multicoil.h5" m.cfl
    convert '' "$reference/fastmri_multicoil.h5" copy.h5
    expect 0 'undersampled: +yes' "$adjoint" inspect copy.h5
    expect 0 'AXT2' "$adjoint" inspect copy.h5
    expect 0 'target: +4×3' "$adjoint" inspect copy.h5
    convert 'images, 3 slices of 4×3' "$reference/fastmri_multicoil.h5" targets.nii.gz --targets
    expect 0 'spacing: +\[83.3333., 60, 4.5\]' "$adjoint" inspect targets.nii.gz
    convert '2 slices of 2 coils, 6×5; its mask' "$reference/lines.h5" lines.npy
    convert '12×5' "$reference/oversampled.h5" over.npy --keep-oversampling
    convert 'array 2×3×4' "$reference/kinds.h5" i8.npy --dataset /i8
    expect 0 'int64' "$adjoint" inspect i8.npy
    convert 'complex array 2×3×4' "$reference/kinds.h5" c16.npy --dataset /c16
    convert 'k-space, 2 slices of 1 coil, 3×4' "$reference/int16.nii" volume.h5
    convert '2 slices of 3×4' volume.h5 volume.npy --targets
    expect 2 'no data set' "$adjoint" convert "$reference/kinds.h5" x.npy --dataset /nothing
    expect 3 'name one of them' "$adjoint" convert "$reference/kinds.h5" x.npy
    expect 3 "no data set '/link'" "$adjoint" convert "$reference/kinds.h5" x.npy --as kspace --dataset /link
    expect 3 'other files' "$adjoint" convert "$reference/external_storage.h5" x.npy
    expect 3 'other files' "$adjoint" convert "$reference/virtual.h5" x.npy
    expect 3 'are stored for it' "$adjoint" convert "$reference/sparse.h5" x.cfl
    expect 2 'holds k-space' "$adjoint" convert k.h5 x.h5 --rss
    head -c 3000 "$reference/fastmri_multicoil.h5" >cut.h5
    expect 3 'cut.h5' "$adjoint" convert cut.h5 x.npy
    expect 6 'nowhere' "$adjoint" convert k.npy nowhere/x.h5
else
    expect 3 'install libhdf5-dev' "$adjoint" convert k.npy k.h5
    expect 3 'install libhdf5-dev' "$adjoint" convert "$reference/lines.h5" x.npy
fi

# Images.
convert 'complex images, 2 slices of 3×4' "$reference/complex64.nii.gz" i.cfl
convert '' i.cfl i.nii.gz --as image
convert '' i.nii.gz d2.npy
same c.npy d2.npy
convert '1 slice of 3×4' "$reference/int16.nii" p.png --slices 0
convert '1 slice of 3×4' "$reference/complex64.nii.gz" q.png --slices 0 --magnitude
convert 'images, 2 slices of 8×8' "$reference/int16.nii" large.nii.gz --size 8

expect 2 'choose one by --slices' "$adjoint" convert "$reference/int16.nii" x.png
expect 2 'give --magnitude' "$adjoint" convert "$reference/complex64.nii.gz" x.png --slices 0
expect 2 '--rss makes images' "$adjoint" convert k.npy x.png
expect 2 'holds no targets' "$adjoint" convert k.npy x.png --targets
expect 2 'for k-space' "$adjoint" convert "$reference/int16.nii" x.nii --rss
expect 2 'name one by --tensor' "$adjoint" convert "$reference/numpy.safetensors" x.npy
expect 2 'no tensor' "$adjoint" convert "$reference/numpy.safetensors" x.npy --tensor nothing
expect 2 'choose an output .npy' "$adjoint" convert "$reference/numpy.safetensors" x.nii --tensor b
expect 2 'none of a format' "$adjoint" convert k.npy x.tiff
expect 2 'LOW:HIGH' "$adjoint" convert k.npy x.png --rss --slices 0 --range 1
expect 2 'LOW:HIGH' "$adjoint" convert k.npy x.png --rss --slices 0 --range 1:0
expect 2 'for PNG' "$adjoint" convert k.npy x.npy --range 0:1
expect 2 'same file' "$adjoint" convert k.npy k.npy
expect 2 'one by one' "$adjoint" convert '*.npy' x.cfl
expect 2 'is required' "$adjoint" convert k.npy
expect 2 'images, and k-space' "$adjoint" convert "$reference/int16.nii" x.npy --as kspace
expect 3 'no such file' "$adjoint" convert nothing.npy x.cfl
expect 3 'Python objects' "$adjoint" convert "$reference/objects.npy" x.nii
expect 3 'colour' "$adjoint" convert "$reference/rgb.nii" x.cfl
expect 6 'nowhere' "$adjoint" convert k.npy nowhere/x.cfl
holds "a refused file was written" bash -c '! ls x.* 2>/dev/null'
holds "temporary files are left" bash -c '! ls *.tmp 2>/dev/null'
summary
