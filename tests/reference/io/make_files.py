#!/usr/bin/env python3
"""Writes the small files in this folder with the programs that users have: NumPy, nibabel, Pillow, safetensors.

The array is a[z, y, x] = 100 z + 10 y + x - 50 of shape 2 x 3 x 4 (or a part or function of it), so that a test can tell
every element's place. Run: python3 make_files.py (pip install numpy nibabel pillow safetensors).
"""
import struct
import zlib

import numpy as np
import nibabel as nib
from PIL import Image
from safetensors.numpy import save_file

z, y, x = np.meshgrid(np.arange(2), np.arange(3), np.arange(4), indexing="ij")
a = 100 * z + 10 * y + x - 50

# NumPy: versions, byte orders, orders of axes, types.
np.save("float32.npy", a.astype("<f4"))
np.save("float64_big.npy", a.astype(">f8"))
np.save("int16_fortran.npy", np.asfortranarray(a.astype("<i2")))
np.save("uint8_big_fortran.npy", np.asfortranarray((a + 50).astype(">u1")))
np.save("float16.npy", (a / 8).astype("<f2"))
np.save("bool.npy", a % 2 == 0)
np.save("complex64.npy", (a + 1j * z).astype("<c8"))
np.save("complex128_big_fortran.npy", np.asfortranarray((a - 2j * x).astype(">c16")))
np.save("scalar.npy", np.float64(0.1))
np.save("vector.npy", np.arange(5, dtype="<i8"))
for version in ((2, 0), (3, 0)):
    with open(f"version{version[0]}.npy", "wb") as f:
        np.lib.format.write_array(f, a.astype("<u4"), version=version)
np.save("record.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save("objects.npy", np.array([{}, None], dtype=object))

# NIfTI: nibabel's array has the axes x, y, z.
v = a.transpose(2, 1, 0)
affine = np.array([[0, -2, 0, 10], [1.5, 0, 0, -20], [0, 0, 3, 30], [0, 0, 0, 1.0]])


def volume(array, kind=nib.Nifti1Image, big=False, slope=None, inter=None, **codes):
    header = (nib.Nifti1Header if kind is nib.Nifti1Image else nib.Nifti2Header)(endianness=">" if big else "<")
    header.set_data_dtype(array.dtype)
    image = kind(array, affine, header)
    image.header.set_xyzt_units("mm", "sec")
    image.header["descrip"] = b"made by nibabel"
    if slope is not None:
        image.header.set_slope_inter(slope, inter)
    return image


nib.save(volume(v.astype(np.int16)), "int16.nii")
nib.save(volume(v.astype(np.float64), kind=nib.Nifti2Image), "float64_v2.nii.gz")
nib.save(volume(v.astype(np.float32), big=True), "float32_big.nii")
nib.save(volume(v.astype(np.int32), kind=nib.Nifti2Image, big=True), "int32_big_v2.nii.gz")
nib.save(volume((v - 2j * v).astype(np.complex64)), "complex64.nii.gz")
scaled = volume((v + 50).astype(np.uint8))
nib.save(scaled, "scaled.nii")
with open("scaled.nii", "r+b") as f:  # nibabel would divide the data by the slope; here it is to stand beside them
    f.seek(112)
    f.write(np.array([0.5, -3], dtype="<f4").tobytes())
rgb = np.zeros(v.shape, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
rgb["R"], rgb["G"], rgb["B"] = v + 50, 200, z.transpose(2, 1, 0)
nib.save(volume(rgb), "rgb.nii")
quaternion = volume(v.astype(np.uint16) + 50)
quaternion.set_sform(None, code=0)
quaternion.set_qform(affine, code=1)
nib.save(quaternion, "qform.nii.gz")

# PNG, by Pillow. Grey levels and colours tell the place.
grey = (a[0] + 50).astype(np.uint8)
Image.fromarray(grey).save("grey8.png")
Image.fromarray((grey.astype(np.uint16) * 2000 + 7)).save("grey16.png")
colour = np.stack([grey, grey + 100, 255 - grey], axis=-1).astype(np.uint8)
Image.fromarray(colour).save("rgb8.png")
Image.fromarray(colour).quantize(16).save("palette.png")
Image.fromarray(grey > 11).save("grey1.png")
Image.fromarray(grey).save("key.png", transparency=12)  # the level 12 is transparent


def interlaced(levels, name):
    """A PNG of height x width x 3 levels of 16 bits in Adam7's seven passes, which Pillow does not write."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = levels.shape
    rows = b""
    for y0, x0, dy, dx in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)):
        part = levels[y0::dy, x0::dx].astype(">u2")
        if part.size:
            rows += b"".join(b"\0" + row.tobytes() for row in part)
    with open(name, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 1))
                + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


interlaced(np.stack([grey * 256.0, grey + 3.0, 65535.0 - grey], axis=-1), "interlaced16.png")
opaque = np.concatenate([colour, np.full((3, 4, 1), 255, np.uint8)], axis=-1)
Image.fromarray(opaque).save("opaque.png")
opaque[1, 2, 3] = 254
Image.fromarray(opaque).save("transparent.png")

save_file({"b": a.astype(np.float32), "a": np.arange(3, dtype=np.int64), "h": (a / 8).astype(np.float16)},
          "numpy.safetensors", metadata={"made_by": "safetensors"})
