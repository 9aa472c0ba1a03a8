"""Writes crates/formats/tests/golden/: files by NumPy and by the safetensors package, and formats.txt with what is in them.

No NaN: the text holds the bits of every element. Files of `refused` are sound and hold what no array of ours can; `rule` is a word
of the message.
"""
import io
import pathlib
import shutil
import sys
import zipfile

import ml_dtypes
import numpy as np
import safetensors
from numpy.lib import format as npy

from golden_format import GoldenFile

if sys.byteorder != "little":
    sys.exit("the names of the files tell byte orders as a little-endian machine writes them")
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "crates/formats/tests/golden"
shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
f = GoldenFile(FOLDER / "formats.txt", "files by NumPy and safetensors, and the arrays in them", np, ml_dtypes, safetensors)
f.note("npy file=NAME same=B: one array; same=1 where Bouton writes the same bytes.")
f.note("npz file=NAME names=A,B,..: the arrays in the archive's order.")
f.note("safetensors file=NAME names=A,B,..: the arrays in the order of their bytes; Bouton writes the same bytes.")
f.note("refused file=NAME rule=WORD: a word of the message.")

NUMPY = "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64".split()


def sample(dtype, shape=(2, 3)):
    """Small numbers, then the ends of the type's range."""
    n = int(np.prod(shape))
    values = np.arange(n).astype(dtype)
    if n >= 4 and np.dtype(dtype).kind in "iu":
        info = np.iinfo(dtype)
        values[:2] = [info.min, info.max]
    elif n >= 4 and np.dtype(dtype).kind == "f":
        info = np.finfo(dtype)
        values[:4] = [info.max, info.smallest_subnormal, -np.inf, -0.0]
    return values.reshape(shape)


def plain(array):
    """Row-major, in the machine's byte order: what is read."""
    return np.ascontiguousarray(array.astype(array.dtype.newbyteorder("=")))


def one(name, array, version=None, same=True):
    with open(FOLDER / f"{name}.npy", "wb") as out:
        npy.write_array(out, array, version=version, allow_pickle=False)
    # ascontiguousarray makes a vector of a scalar.
    f.record("npy", outputs=[plain(array).reshape(array.shape)], file=f"{name}.npy", same=same)


for dtype in NUMPY:
    one(dtype, sample(dtype))
    if np.dtype(dtype).itemsize > 1:
        one(f"{dtype}_big", sample(dtype).astype(np.dtype(dtype).newbyteorder(">")), same=False)
one("scalar", np.array(-2.5, np.float32))
one("vector", np.arange(12345, 12350))
one("five_axes", sample("int16", (2, 1, 3, 1, 2)))
one("empty", np.zeros((0, 3), np.float64))
one("empty_middle", np.zeros((2, 0, 3), np.uint8))
one("fortran", np.asfortranarray(sample("float32", (3, 4))), same=False)
one("fortran_three_axes", np.asfortranarray(sample("int32", (2, 3, 4))), same=False)
one("fortran_big", np.asfortranarray(sample("float64", (4, 3)).astype(">f8")), same=False)
one("version_2", sample("float32"), version=(2, 0), same=False)
one("version_3", sample("float32"), version=(3, 0), same=False)


def several(name, arrays, write):
    with open(FOLDER / f"{name}.npz", "wb") as out:
        write(out, **arrays)
    f.record("npz", outputs=[plain(a).reshape(a.shape) for a in arrays.values()], file=f"{name}.npz", names=list(arrays))


def streamed(out, **arrays):
    """Sizes behind the members, as a writer has them that cannot go back."""

    class Forward(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            return out.write(data)

    with zipfile.ZipFile(Forward(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as member:
                npy.write_array(member, array)


def large(out, **arrays):
    """Every number that may be written with 64 bits is."""
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 1, 1
    try:
        np.savez(out, **arrays)
    finally:
        zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits


mixed = {"z": sample("float32"), "a": np.array(7), "layers/0/kernel": sample("float16", (3, 2)), "größe": np.zeros((0, 2), bool)}
several("stored", mixed, np.savez)
several("deflated", mixed | {"long": np.arange(400, dtype=np.int32) // 7}, np.savez_compressed)
several("streamed", {"x": sample("uint64"), "y": np.asfortranarray(sample("int8"))}, streamed)
several("large", {"x": sample("float64"), "y": sample("uint16")}, large)
several("none", {}, np.savez)

# The order in which the reference sorts: elements by its own table, then names.
ORDER = "uint64 int64 float64 float32 uint32 int32 bfloat16 float16 uint16 int16 int8 uint8 bool".split()


def serialized(arrays, metadata=None):
    """As the package does it, with element types that it has no name for in NumPy."""

    def described(a):
        return safetensors.TensorSpec(dtype=a.dtype.name, shape=a.shape, data_ptr=a.ctypes.data, data_len=a.nbytes)

    return bytes(safetensors.serialize({k: described(a) for k, a in arrays.items()}, metadata=metadata))


def tensors(name, arrays, metadata=None):
    data = serialized(arrays, metadata)
    (FOLDER / f"{name}.safetensors").write_bytes(data)
    order = sorted(arrays, key=lambda k: (ORDER.index(arrays[k].dtype.name), k))
    f.record("safetensors", outputs=[arrays[k] for k in order], file=f"{name}.safetensors", names=order, metadata=int(metadata is not None))


tensors("every_type", {f"{t}_{i}": sample(t) for i, t in enumerate([*NUMPY, "bool"])} | {"bf16": np.arange(5).astype(ml_dtypes.bfloat16)})
tensors("names", {"b.weight": sample("float32"), "a.weight": sample("float32"), "größe\"\\": sample("int32")})
tensors("shapes", {"scalar": np.array(2.5), "empty": np.zeros((0, 3), np.float32), "axes": sample("int8", (1, 2, 1, 3))})
tensors("metadata", {"x": sample("uint8")}, {"format": "pt \"é\"\n"})
tensors("nothing", {})


def refused(name, write, rule):
    with open(FOLDER / name, "wb") as out:
        write(out)
    f.record("refused", file=name, rule=rule)


refused("objects.npy", lambda out: np.save(out, np.array([{}, []], dtype=object), allow_pickle=True), "objects")
refused("structures.npy", lambda out: np.save(out, np.zeros(2, [("a", "<f4"), ("b", "<i8", (2,))])), "structures")
refused("strings.npy", lambda out: np.save(out, np.array(["a", "bc"])), "strings")
refused("bytes.npy", lambda out: np.save(out, np.array([b"a", b"bc"])), "strings")
refused("complex.npy", lambda out: np.save(out, np.array([1j])), "complex")
refused("dates.npy", lambda out: np.save(out, np.array(["2001-01-01"], "M8[D]")), "dates")
refused("long_double.npy", lambda out: np.save(out, np.array([1], np.longdouble)), "long")
refused("bf16.npy", lambda out: np.save(out, np.array([1, 2], ml_dtypes.bfloat16)), "bf16")
refused("lzma.npz", lambda out: zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA).writestr("a.npy", b"x"), "method")
eight = {"ok": np.zeros(1, np.float32), "eight": np.zeros(2, ml_dtypes.float8_e4m3fn)}
refused("eight.safetensors", lambda out: out.write(serialized(eight)), "F8_E4M3")
f.write()
print(f"{len(list(FOLDER.iterdir()))} files, {sum(p.stat().st_size for p in FOLDER.iterdir()) / 1000:.0f} kB")
