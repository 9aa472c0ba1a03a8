"""The golden text files: one header line per record, then one line per array, values as hexadecimal bit patterns.

    # comment
    name attr=value attr=value
    f32[2,3] 3f800000 0 bf800000 7fc00000 80000000 7f800000
    (blank line)

Attributes hold no spaces. Arrays come inputs first, outputs last; `in=N` counts the inputs (absent: none).
An attribute `ulp=N` allows a distance of N steps of the type, `rel=X` a relative error, `abs=X` an absolute one (any of those given
suffices); none of them: equal bits. Arrays after the expected outputs, where `xla=differs`, are for the record.
Every NaN is written as the type's positive quiet NaN: compare NaN as a class. Scalars are `f32[] bits`, empty arrays `f32[0]`.
"""
import sys

import ml_dtypes
import numpy as np

NAMES = {"bfloat16": "bf16", "float16": "f16", "float32": "f32", "float64": "f64", "bool": "bool"}
NAMES |= {f"{kind}int{w}": f"{kind or 'i'}{w}" for kind in ("", "u") for w in (8, 16, 32, 64)}
NAN_BITS = {"bf16": 0x7FC0, "f16": 0x7E00, "f32": 0x7FC00000, "f64": 0x7FF8000000000000}


def dtype_name(dtype):
    return NAMES[np.dtype(dtype).name]


def array_line(value):
    value = np.asarray(value)
    name = dtype_name(value.dtype)
    raw = value.reshape(-1).view(f"u{value.itemsize}")
    words = [int(x) for x in raw]
    if name in NAN_BITS:
        words = [NAN_BITS[name] if nan else x for x, nan in zip(words, np.isnan(value.reshape(-1)))]
    head = f"{name}[{','.join(str(d) for d in value.shape)}]"
    return " ".join([head] + [f"{x:x}" for x in words])


def attribute(value):
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (tuple, list)):
        return ",".join(attribute(v) for v in value)
    if isinstance(value, float):
        return repr(value)
    return str(value)


def key_text(key):
    return ",".join(f"{int(x):x}" for x in np.asarray(key))


def bits_of(value):
    """A float as an attribute of hexadecimal bits, prefixed by its type: f32:3f800000."""
    value = np.asarray(value)
    return f"{dtype_name(value.dtype)}:{int(value.reshape(-1).view(f'u{value.itemsize}')[0]):x}"


class GoldenFile:
    def __init__(self, path, what, *modules):
        self.path = path
        versions = " ".join(f"{m.__name__}={m.__version__}" for m in modules)
        self.lines = [f"# {what}", f"# made by dev/goldens/{sys.argv[0].split('/')[-1]} with {versions}", ""]
        self.records = 0

    def note(self, text):
        self.lines += [f"# {text}", ""]

    def record(self, kind, inputs=(), outputs=(), **attrs):
        if inputs:
            attrs = {"in": len(inputs)} | attrs
        attrs = {k.rstrip("_"): v for k, v in attrs.items() if v is not None}
        self.lines.append(" ".join([kind] + [f"{k}={attribute(v)}" for k, v in attrs.items()]))
        self.lines += [array_line(a) for a in (*inputs, *outputs)] + [""]
        self.records += 1

    def checked(self, name, inputs, expected, xla, **attrs):
        """A record whose output is `expected`; says in `xla=` how XLA's CPU backend differs, subnormals apart (it flushes them)."""
        inputs, expected, xla = [np.asarray(x) for x in inputs], np.asarray(expected), np.asarray(xla)
        assert xla.dtype == expected.dtype and xla.shape == expected.shape, (name, xla.dtype, expected.dtype, xla.shape, expected.shape)
        word = distance(xla, expected, [x for x in inputs if x.ndim == expected.ndim and all(n in (1, m) for n, m in zip(x.shape, expected.shape))])
        self.record(name, inputs, [expected] + [xla] * (word == "differs"), **attrs, xla=word)

    def write(self):
        text = "\n".join(self.lines)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(text)
        print(f"{self.path.name}: {self.records} records, {len(text) / 1000:.0f} kB")


def subnormal(x):
    if x.dtype.kind in "iub":
        return np.zeros(x.shape, bool)
    return (x != 0) & (np.abs(x.astype(np.float64)) < float(ml_dtypes.finfo(x.dtype).smallest_normal))


def distance(xla, expected, inputs):
    """None where equal, `Nulp` up to 64 steps, else `differs`."""
    flushed = subnormal(expected)
    for x in inputs:
        flushed = flushed | subnormal(x)
    if expected.dtype.kind in "iub":
        return "differs" if ((xla != expected) & ~flushed).any() else None
    steps = ulp_distance(xla, expected)[~flushed]
    worst = int(max(steps)) if steps.size else 0
    return None if worst == 0 else f"{worst}ulp" if worst <= 64 else "differs"


def ulp_distance(a, b):
    """Steps of the type between a and b, elementwise; 0 where both are NaN, a large number where one is."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.dtype == b.dtype and a.shape == b.shape, (a.dtype, b.dtype, a.shape, b.shape)
    width = 8 * a.itemsize
    ordered = []
    for x in (a, b):
        raw = x.reshape(-1).view(f"u{x.itemsize}").astype(object)
        top = 1 << (width - 1)
        ordered.append(np.array([-(int(r) - top) if r & top else int(r) for r in raw], object))
    distance = np.abs(ordered[0] - ordered[1])
    nan_a, nan_b = np.isnan(a.reshape(-1)), np.isnan(b.reshape(-1))
    return np.where(nan_a & nan_b, 0, np.where(nan_a ^ nan_b, 1 << 62, distance)).reshape(a.shape)


def max_ulp(a, b):
    d = ulp_distance(a, b).reshape(-1)
    return int(max(d)) if d.size else 0
