#!/usr/bin/env python3
"""Writes the HDF5 files in this folder with h5py: layouts that users have, and files that want to do harm.

k-space of slice s, coil c is k[s, c, h, w] = (100 s + 10 c + h) + 1j w, so that a test can tell every number's place.
Run: python3 make_hdf5.py (pip install h5py numpy).
"""
import h5py
import numpy as np

S, C, H, W = 3, 2, 6, 5
s, c, h, w = np.meshgrid(np.arange(S), np.arange(C), np.arange(H), np.arange(W), indexing="ij")
k = (100 * s + 10 * c + h + 1j * w).astype(np.complex64)
target = (100 * s + 10 * h + w)[:, 0, :4, :3].astype(np.float32)

HEADER = """<?xml version="1.0" encoding="utf-8"?>
<!-- sizes --><ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD" note="a > b"><encoding>
<encodedSpace><matrixSize><x>{ex}</x><y>{ey}</y><z>1</z></matrixSize>
<fieldOfView_mm><x>{fx}</x><y>250</y><z>4.5</z></fieldOfView_mm></encodedSpace>
<reconSpace><matrixSize><x>{rx}</x><y>{ry}</y><z>1</z></matrixSize>
<fieldOfView_mm><x>240</x><y>250</y><z>4.5</z></fieldOfView_mm></reconSpace>
<encodingLimits><kspace_encoding_step_1><minimum>0</minimum><maximum>{most}</maximum><center>{centre}</center>
</kspace_encoding_step_1></encodingLimits><trajectory>cartesian</trajectory></encoding></ismrmrdHeader>"""

with h5py.File("fastmri_multicoil.h5", "w") as f:  # chunked, shuffled, compressed, checksummed
    f.create_dataset("kspace", data=k, chunks=(1, C, H, W), shuffle=True, compression="gzip", fletcher32=True)
    f["reconstruction_rss"] = target
    f["mask"] = np.array([True, False, True, True, False])
    f["ismrmrd_header"] = HEADER.format(ex=H, ey=W, fx=240, rx=4, ry=3, most=4, centre=2).encode()
    f.attrs["acquisition"] = "AXT2"
    f.attrs["patient_id"] = np.bytes_(b"0123")
    f.attrs["max"] = target.max()
    f.attrs["norm"] = np.float64(np.linalg.norm(target))
    f.attrs["padding_left"] = np.int64(1)

with h5py.File("fastmri_singlecoil.h5", "w", libver=("v110", "v110")) as f:  # the format of HDF5 1.10
    f["kspace"] = k[:, 0]
    f["reconstruction_esc"] = target
    f["reconstruction_rss"] = target + 1

with h5py.File("kinds.h5", "w") as f:  # types and layouts
    a = (np.arange(24).reshape(2, 3, 4) - 5)
    for name, dtype in dict(f2="<f2", f4=">f4", f8="<f8", i1="i1", u2=">u2", i8="<i8").items():
        f[name] = np.abs(a).astype(dtype) if dtype[1] == "u" else a.astype(dtype)
    f["group/deeper/bool"] = a > 0
    f["c16"] = a + 2j
    f["matlab"] = np.array([(1, 2), (3, 4)], dtype=[("real", "<f8"), ("imag", "<f8")])
    f["pair"] = np.array([(1, 2)], dtype=[("x", "<f4"), ("y", "<f4")])
    f["scalar"] = np.float32(7)
    f["text"] = "Grüße"
    f["texts"] = ["a", "b"]
    f["empty"] = np.zeros((0, 3), np.float32)
    f["group/again"] = f["group/deeper"]  # the same group by another name
    f["group/deeper/circle"] = f["group"]
    f["link"] = h5py.SoftLink("/f4")
    f.create_dataset("lzf", data=a.astype("<f4"), compression="lzf")

# --- files that lie
with h5py.File("external_link.h5", "w") as f:
    f["kspace"] = h5py.ExternalLink("fastmri_singlecoil.h5", "/kspace")
with h5py.File("external_storage.h5", "w") as f:  # bytes of another file, which it does not name by itself
    f.create_dataset("kspace", shape=(1, 2, 2), dtype="<c8", external=[("/etc/passwd", 0, 32)])
with h5py.File("virtual.h5", "w") as f:
    layout = h5py.VirtualLayout(shape=(S, H, W), dtype="<c8")
    layout[:] = h5py.VirtualSource("fastmri_singlecoil.h5", "kspace", shape=(S, H, W))
    f.create_virtual_dataset("kspace", layout)
with h5py.File("sparse.h5", "w") as f:  # two terabytes of zeros that are nowhere
    f.create_dataset("kspace", shape=(256, 32, 8192, 4096), dtype="<c8", chunks=(1, 1, 64, 64), compression="gzip")

# --- ISMRMRD
IDX = np.dtype([(n, "<u2") for n in ("kspace_encode_step_1", "kspace_encode_step_2", "average", "slice", "contrast",
                                     "phase", "repetition", "set", "segment")] + [("user", "<u2", 8)])
HEAD = np.dtype([("version", "<u2"), ("flags", "<u8"), ("measurement_uid", "<u4"), ("scan_counter", "<u4"),
                 ("acquisition_time_stamp", "<u4"), ("physiology_time_stamp", "<u4", 3), ("number_of_samples", "<u2"),
                 ("available_channels", "<u2"), ("active_channels", "<u2"), ("channel_mask", "<u8", 16),
                 ("discard_pre", "<u2"), ("discard_post", "<u2"), ("center_sample", "<u2"),
                 ("encoding_space_ref", "<u2"), ("trajectory_dimensions", "<u2"), ("sample_time_us", "<f4"),
                 ("position", "<f4", 3), ("read_dir", "<f4", 3), ("phase_dir", "<f4", 3), ("slice_dir", "<f4", 3),
                 ("patient_table_position", "<f4", 3), ("idx", IDX), ("user_int", "<i4", 8), ("user_float", "<f4", 8)])
FLOATS = h5py.vlen_dtype(np.dtype("<f4"))
ACQUISITION = np.dtype([("head", HEAD), ("traj", FLOATS), ("data", FLOATS)])


def acquisition(line, step, slice_=0, flags=(), before=0, after=0, centre=None, average=0, step2=0):
    """line: coils x samples, complex."""
    a = np.zeros(1, ACQUISITION)
    head = a["head"]
    head["version"], head["number_of_samples"] = 1, line.shape[1]
    head["active_channels"] = head["available_channels"] = line.shape[0]
    head["flags"] = sum(1 << (f - 1) for f in flags)
    head["discard_pre"], head["discard_post"] = before, after
    head["center_sample"] = line.shape[1] // 2 if centre is None else centre
    head["idx"]["kspace_encode_step_1"], head["idx"]["slice"] = step, slice_
    head["idx"]["average"], head["idx"]["kspace_encode_step_2"] = average, step2
    a["traj"][0] = np.zeros(0, np.float32)
    a["data"][0] = np.ascontiguousarray(line.astype(np.complex64)).view(np.float32).reshape(-1)
    return a[0]


def write_ismrmrd(name, header, acquisitions):
    with h5py.File(name, "w") as f:
        f.create_dataset("dataset/xml", data=[header], dtype=h5py.string_dtype())
        d = f.create_dataset("dataset/data", (len(acquisitions),), ACQUISITION, maxshape=(None,), chunks=(1,))
        for i, a in enumerate(acquisitions):
            d[i] = a


# The k-space above, line by line (W is step 1) in two slices: noise first, lines of the two slices in turn and from the
# outside in, one reversed, one averaged of two, one with samples to discard, one with an asymmetric echo, one missing.
lines = [acquisition(np.ones((C, 9)), 0, flags=[19])]
for step in (4, 0, 3, 1):
    for slice_ in (1, 0):
        line = k[slice_, :, :, step]
        if step == 4:
            lines.append(acquisition(line[:, ::-1], step, slice_, flags=[22]))
        elif step == 0:
            lines += [acquisition(line + 1, step, slice_, average=0), acquisition(line - 1, step, slice_, average=1)]
        elif step == 3:
            padded = np.concatenate([np.full((C, 2), 99), line, np.full((C, 1), 99)], axis=1)
            lines.append(acquisition(padded, step, slice_, before=2, after=1, centre=2 + H // 2))
        else:
            lines.append(acquisition(line[:, 2:], step, slice_, centre=H // 2 - 2))
write_ismrmrd("lines.h5", HEADER.format(ex=H, ey=W, fx=240, rx=H, ry=W, most=4, centre=2), lines)

# Twice oversampled along the readout: the image is 6 x 5 in the middle of 12 x 5.
x = (np.arange(H)[:, None] * 10 + np.arange(W)[None, :]).astype(complex)
image = np.zeros((2 * H, W), complex)
image[H - H // 2 : H - H // 2 + H] = x
image[0] = 77  # what lies outside of the field of view goes with the oversampling
over = np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(image), norm="ortho"))
write_ismrmrd("oversampled.h5", HEADER.format(ex=2 * H, ey=W, fx=480, rx=H, ry=W, most=4, centre=2),
              [acquisition(over[None, :, step], step) for step in range(W)])
