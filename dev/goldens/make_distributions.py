"""Writes crates/tensor/tests/golden/distributions.txt: jax.random's distributions in original mode."""
import pathlib

import jax
import numpy as np

from golden_format import GoldenFile, key_text

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_threefry_partitionable", False)
jax.config.update("jax_enable_x64", True)
f = GoldenFile(pathlib.Path(__file__).resolve().parents[2] / "crates/tensor/tests/golden/distributions.txt",
               "jax.random, jax_threefry_partitionable=False", jax, np)
r = jax.random
KEYS = [np.array(k, np.uint32) for k in ([0, 42], [0xFFFFFFFF, 0x80000001])]
SHAPES = [(), (5,), (2, 3), (0,)]
NEAR = {"float32": {"rel": 2e-6, "abs": 2e-6}, "float64": {"rel": 1e-13, "abs": 1e-13}}

for key in KEYS:
    for dtype in (np.float32, np.float64):
        near = NEAR[np.dtype(dtype).name]
        for shape in SHAPES:
            for name in ("exponential", "gumbel", "laplace", "logistic", "cauchy"):
                more = {"mode": "low"} if name == "gumbel" else {}
                # A tangent near its poles magnifies one step of its argument.
                loose = {"rel": 2e-4} if name == "cauchy" and dtype is np.float32 else {}
                f.record(name, [], [getattr(r, name)(key, shape, dtype, **more)], key=key_text(key), **(near | loose))
            for low, high in ((-2.0, 2.0), (0.5, 9.0), (-np.inf, 0.0)):
                wide = {"rel": 1e-5, "abs": 1e-5} if dtype is np.float32 else {"rel": 1e-11, "abs": 1e-11}
                f.record("truncated_normal", [], [r.truncated_normal(key, low, high, shape, dtype)], key=key_text(key), low=low, high=high, **wide)
        a = np.array([[0.1, 0.7, 1.0], [2.5, 10.0, 300.0]], dtype)
        for name, function in (("gamma", r.gamma), ("log_gamma", r.loggamma)):
            f.record(name, [a], [function(key, a, a.shape, dtype)], key=key_text(key), **{"rel": 2e-5 if dtype is np.float32 else 1e-12, "abs": 1e-6})
        f.record("beta", [a, a[::-1].copy()], [r.beta(key, a, a[::-1], a.shape, dtype)], key=key_text(key), rel=1e-4 if dtype is np.float32 else 1e-11, abs=1e-6)
        f.record("dirichlet", [a], [r.dirichlet(key, a, (2,), dtype)], key=key_text(key), rel=1e-4 if dtype is np.float32 else 1e-11, abs=1e-6)
        f.record("chi_squared", [a], [r.chisquare(key, a, shape=a.shape, dtype=dtype)], key=key_text(key), rel=2e-5 if dtype is np.float32 else 1e-11, abs=1e-6)
        f.record("student_t", [a], [r.t(key, a, a.shape, dtype)], key=key_text(key), rel=2e-5 if dtype is np.float32 else 1e-11, abs=1e-6)
        # From 10 on JAX keeps the last number that is accepted while others are still drawn, Bouton the first.
        rates = np.array([0.0, 0.3, 1.0, 4.5, 9.9, 7.0, np.nan], dtype)
        f.record("poisson", [rates], [np.where(np.isnan(rates), -1, np.asarray(r.poisson(key, rates, rates.shape, np.int32))).astype(np.int32)], key=key_text(key))
        logits = np.array([[0.1, 2.0, -1.0], [5.0, 5.0, 4.0]], dtype)
        f.record("categorical", [logits], [r.categorical(key, logits, mode="low").astype(np.int32)], key=key_text(key))
        x, p = np.arange(12, dtype=np.int32).reshape(6, 2), np.array([0.1, 0.3, 0.0, 0.2, 0.15, 0.25], dtype)
        for replace in (True, False):
            for n in (0, 1, 4):
                # jnp.take of nothing has no second axis.
                if n:
                    # Places are drawn as i32, which is JAX's choice without 64-bit types.
                    with jax.enable_x64(False):
                        f.record("choice", [x], [np.asarray(r.choice(key, x, (n,), replace))], key=key_text(key), n=n, replace=replace)
                    f.record("choice_weighted", [x, p], [np.asarray(r.choice(key, x, (n,), replace, p, mode="low"))], key=key_text(key), n=n, replace=replace)
    with jax.enable_x64(False):
        f.record("rademacher", [], [r.rademacher(key, (7,), np.int32)], key=key_text(key))
f.write()
