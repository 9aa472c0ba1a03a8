"""The inputs of the element-wise goldens: edge values and ordinary ones, per type."""
import ml_dtypes
import numpy as np

BF16, F16, F32, F64 = ml_dtypes.bfloat16, np.float16, np.float32, np.float64
FLOATS = (F32, F64, BF16, F16)
INTS = {np.int32: [0, 1, -1, 2, -3, 7, 100, 2**31 - 1, -2**31], np.int64: [0, 1, -1, 2, -3, 7, 2**40, 2**63 - 1, -2**63],
        np.uint8: [0, 1, 2, 3, 7, 100, 128, 255], np.uint32: [0, 1, 2, 3, 7, 2**31, 2**32 - 1], np.int8: [0, 1, -1, 2, -3, 7, 127, -128]}


def floats(dtype, short=False):
    """Edge values and ordinary ones."""
    info = ml_dtypes.finfo(dtype)
    tiny, sub = float(info.smallest_normal), float(info.smallest_subnormal)
    edge = [0.0, -0.0, np.inf, -np.inf, np.nan, float(info.max), -float(info.max), tiny, -tiny / 2, sub]
    plain = [1, -1, 0.5, 2, -2.5, 3.5, -7.25] if short else \
        [1, -1, 0.5, -0.5, 2, -2, 1.5, -1.5, 2.5, -2.5, 3.5, 0.3, -0.7, 10, -10, 1e-3, -1e-3, 3.1415927, 20, 88, -88, 100, -104,
         1e4, 0.49999997, float(info.eps)]
    return np.array(edge + plain).astype(dtype)
