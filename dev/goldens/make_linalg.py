"""Writes crates/tensor/tests/golden/linalg.txt: decompositions, equations and what follows from them, with gradients.

Expected are NumPy's and SciPy's results (LAPACK); eigenvectors and singular vectors with Bouton's signs. Gradients are JAX's, of losses that do not
depend on signs. Of each record `rel` and `abs` are what rounding may do to matrices of that condition.
"""
import pathlib
import warnings

import jax
import jax.numpy as jnp
import jax.scipy.linalg
import numpy as np
import scipy
import scipy.linalg

from edge_values import F32, F64
from golden_format import GoldenFile

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)
np.seterr(all="ignore")
warnings.simplefilter("ignore")
f = GoldenFile(pathlib.Path(__file__).resolve().parents[2] / "crates/tensor/tests/golden/linalg.txt",
               "linear algebra", np, scipy, jax)
rng = np.random.default_rng(17)
L = np.linalg


def matrices(*shape, dtype=F64):
    return rng.uniform(-1, 1, shape).astype(dtype)


def definite(*shape, dtype=F64):
    x = rng.uniform(-1, 1, shape)
    return (x @ x.swapaxes(-1, -2) + np.eye(shape[-1])).astype(dtype)


def symmetric(*shape, dtype=F64):
    x = rng.uniform(-1, 1, shape)
    return (x + x.swapaxes(-1, -2)).astype(dtype)


def emit(name, inputs, outputs, tolerance=None, **attrs):
    dtype = inputs[0].dtype
    tolerance = tolerance or (1e-12 if dtype == F64 else 5e-5)
    outputs = [np.asarray(y) if np.asarray(y).dtype.kind == "i" else np.asarray(y, dtype) for y in outputs]
    f.record(name, inputs, outputs, **attrs, rel=tolerance, abs=tolerance)


def must_turn(vector):
    size = np.abs(vector)
    told = np.argmax(2 * size >= size.max(initial=0)) if vector.size else 0
    return vector.size > 0 and vector[told] < 0


def eigh(x):
    w, v = L.eigh(x)
    for at in np.ndindex(x.shape[:-2]):
        for j in range(x.shape[-1]):
            if must_turn(v[at][:, j]):
                v[at][:, j] *= -1
    return w, v


def svd(x):
    u, s, v = L.svd(x, full_matrices=False)
    for at in np.ndindex(x.shape[:-2]):
        for i in range(s.shape[-1]):
            if must_turn(v[at][i]):
                v[at][i] *= -1
                u[at][:, i] *= -1
    return u, s, v


def lu(x):
    p, l, u = scipy.linalg.lu(x)
    return p, l, u


# --- values ---
for dtype in (F64, F32):
    for shape in ((1, 1), (3, 3), (2, 4, 4), (18, 18), (0, 0), (0, 2, 2)):
        if dtype == F32 and shape == (18, 18):
            continue
        x = definite(*shape, dtype=dtype)
        emit("cholesky", [x], [L.cholesky(x)])
        emit("eigh", [x], eigh(x))
    for shape in ((3, 3), (2, 4, 4), (18, 18)):
        if dtype == F32 and shape == (18, 18):
            continue
        x, b = matrices(*shape, dtype=dtype), matrices(*shape[:-1], 2, dtype=dtype)
        emit("solve", [x, b], [L.solve(x, b)])
        emit("inv", [x], [L.inv(x)])
        emit("det", [x], [L.det(x)])
        emit("slogdet", [x], L.slogdet(x))
        emit("matrix_power", [x], [L.matrix_power(x, 3)], power=3)
        emit("matrix_power", [x], [L.matrix_power(x, -2)], power=-2, tolerance=1e-9 if dtype == F64 else 1e-2)
        emit("expm", [x], [scipy.linalg.expm(x.astype(F64))])
        emit("expm", [x * 40], [scipy.linalg.expm(x.astype(F64) * 40)], tolerance=1e-9 if dtype == F64 else 3e-3)
    for shape in ((3, 3), (5, 2), (2, 3, 4), (18, 17), (1, 1)):
        if dtype == F32 and shape == (18, 17):
            continue
        x = matrices(*shape, dtype=dtype)
        emit("lu", [x], lu(x))
        emit("qr", [x], L.qr(x), complete=False)
        emit("qr", [x], L.qr(x, mode="complete"), complete=True)
        emit("svd", [x], svd(x))
        emit("pinv", [x], [L.pinv(x)])
        emit("matrix_rank", [x], [np.asarray(L.matrix_rank(x), np.int32)])
        emit("cond", [x], [L.cond(x)], tolerance=1e-10 if dtype == F64 else 1e-3)
        for name, order in (("fro", "fro"), ("nuc", "nuc"), ("one", 1), ("minus_one", -1), ("two", 2), ("minus_two", -2),
                            ("inf", np.inf), ("minus_inf", -np.inf)):
            emit("matrix_norm", [x], [L.norm(x, order, axis=(-2, -1))], kind_=name)
    for lower in (True, False):
        for across in (True, False):
            for unit in (True, False):
                a, b = matrices(4, 4, dtype=dtype) + 2 * np.eye(4, dtype=dtype), matrices(4, 3, dtype=dtype)
                y = scipy.linalg.solve_triangular(a, b, lower=lower, trans=int(across), unit_diagonal=unit)
                emit("triangular_solve", [a, b], [y], lower=lower, transposed=across, unit=unit)
    a, b = matrices(5, 3, dtype=dtype), matrices(5, 2, dtype=dtype)
    x, squares, rank, s = L.lstsq(a, b, rcond=None)
    emit("lstsq", [a, b], [x, squares, np.asarray(rank, np.int32), s])
    x = matrices(6, 3, dtype=dtype)
    emit("covariance", [x], [np.cov(x.T)], ddof=1)
    emit("covariance", [x], [np.cov(x.T, ddof=0)], ddof=0)
    emit("corrcoef", [x], [np.corrcoef(x.T)])
    a, b = matrices(2, 3, dtype=dtype), matrices(4, 2, dtype=dtype)
    emit("kron", [a, b], [np.kron(a, b)])
    a, b = matrices(4, 3, dtype=dtype), matrices(3, dtype=dtype)
    emit("cross", [a, b], [np.cross(a, b)])
    chain = [matrices(*s, dtype=dtype) for s in ((4, 2), (2, 5), (5, 1), (1, 3))]
    emit("multi_dot", chain, [L.multi_dot(chain)])
    x = matrices(3, 4, dtype=dtype)
    for k in (-3, -1, 0, 2, 4):
        emit("take_diagonal", [x], [np.diagonal(x, k)], offset=k)
    for k in (-1, 0, 2):
        emit("make_diagonal", [x[0]], [np.diag(x[0], k)], offset=k)
    emit("trace", [x], [np.trace(x)])

# --- edges ---
f.note("Equal eigenvalues and singular values, low ranks, numbers at the ends of the type's range.")
for dtype in (F64, F32):
    low = np.outer([1, 2, 3, 4], [1, -1, 2]).astype(dtype)
    emit("matrix_rank", [low], [np.asarray(1, np.int32)])
    emit("pinv", [low], [L.pinv(low.astype(F64))])
    emit("svdvals", [low], [L.svd(low.astype(F64), compute_uv=False)])
    for x in (np.zeros((3, 3)), np.eye(4), np.full((3, 3), 2.0), np.diag([3.0, -3, 3, 0])):
        emit("eigvalsh", [x.astype(dtype)], [L.eigvalsh(x)])
        emit("svdvals", [x.astype(dtype)], [L.svd(x, compute_uv=False)])
    emit("det", [np.ones((5, 5), dtype)], [0.0])
    emit("slogdet", [np.zeros((4, 4), dtype)], [0.0, -np.inf])
    x = np.asarray([[2, -1, 0], [-1, 2, -1], [0, -1, 2]], F64)
    for scale in ((1e-300, 1e300) if dtype == F64 else (1e-36, 1e37)):
        # Results scale with their operands, so the tolerance is relative alone.
        y = x.astype(dtype) * dtype(scale)
        for name, result in (("eigvalsh", L.eigvalsh(x)), ("svdvals", L.svd(x, compute_uv=False))):
            f.record(name, [y], [np.asarray(result * scale, dtype)], rel=1e-12 if dtype == F64 else 5e-6)
        q, r = L.qr(x)
        f.record("qr_r", [y], [np.asarray(r * scale, dtype)], rel=1e-12 if dtype == F64 else 5e-6, abs=scale * 1e-6)

# --- gradients ---
f.note("grad_*: a loss, then its gradients; the loss is the sum of the sines of the result, or of its square for vectors.")


def gradients(name, inputs, loss, tolerance=1e-10, **attrs):
    """`loss` is a number of the inputs."""
    value, grads = jax.value_and_grad(loss, argnums=tuple(range(len(inputs))))(*map(jnp.asarray, inputs))
    emit("grad_" + name, inputs, [value, *grads], tolerance, **attrs)


n = jnp.linalg
x, b = matrices(2, 4, 4), matrices(2, 4, 3)
spd = definite(2, 4, 4)
gradients("cholesky", [spd], lambda x: jnp.sum(jnp.sin(n.cholesky(x))))
gradients("solve", [x, b], lambda a, b: jnp.sum(jnp.sin(n.solve(a, b))), tolerance=1e-9)
gradients("inv", [x], lambda x: jnp.sum(jnp.sin(n.inv(x))), tolerance=1e-9)
gradients("det", [x], lambda x: jnp.sum(jnp.sin(n.det(x))))
gradients("det", [x[..., :3, :3]], lambda x: jnp.sum(jnp.sin(n.det(x))))
gradients("slogdet", [x], lambda x: jnp.sum(jnp.sin(n.slogdet(x)[1])))
gradients("eigh_values", [spd], lambda x: jnp.sum(jnp.sin(n.eigh(x)[0])))
gradients("eigh_vectors", [spd], lambda x: jnp.sum(jnp.sin(n.eigh(x)[1] ** 2)))
gradients("eigh_values", [spd[0]], lambda x: jnp.sum(jnp.sin(n.eigh(x)[0])))
gradients("eigh_vectors", [spd[0]], lambda x: jnp.sum(jnp.sin(n.eigh(x)[1] ** 2)))
for shape in ((4, 4), (2, 4, 3), (2, 3, 4)):
    y = matrices(*shape)
    gradients("svd_values", [y], lambda x: jnp.sum(jnp.sin(n.svd(x, full_matrices=False)[1])))
    gradients("svd_left", [y], lambda x: jnp.sum(jnp.sin(n.svd(x, full_matrices=False)[0] ** 2)), tolerance=1e-8)
    gradients("svd_right", [y], lambda x: jnp.sum(jnp.sin(n.svd(x, full_matrices=False)[2] ** 2)), tolerance=1e-8)
    gradients("pinv", [y], lambda x: jnp.sum(jnp.sin(n.pinv(x))), tolerance=1e-8)
for shape in ((4, 4), (2, 5, 3)):
    y = matrices(*shape)
    gradients("qr_q", [y], lambda x: jnp.sum(jnp.sin(n.qr(x)[0])), tolerance=1e-9)
    gradients("qr_r", [y], lambda x: jnp.sum(jnp.sin(n.qr(x)[1])), tolerance=1e-9)
for shape in ((4, 4), (5, 3), (3, 5)):
    y = matrices(*shape)
    gradients("lu_l", [y], lambda x: jnp.sum(jnp.sin(jax.scipy.linalg.lu(x)[1])), tolerance=1e-9)
    gradients("lu_u", [y], lambda x: jnp.sum(jnp.sin(jax.scipy.linalg.lu(x)[2])), tolerance=1e-9)
gradients("expm", [x], lambda x: jnp.sum(jnp.sin(jax.scipy.linalg.expm(x))))
gradients("matrix_power", [x], lambda x: jnp.sum(jnp.sin(n.matrix_power(x, 3))))
gradients("corrcoef", [matrices(6, 3)], lambda x: jnp.sum(jnp.sin(jnp.corrcoef(x.T))))
f.write()
