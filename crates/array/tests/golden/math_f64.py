"""Writes math_f64.txt: values of elementary functions of f64, computed with 60 digits (mpmath 1.3).

usage: python math_f64.py [points per function, default 200] > math_f64.txt

A line is: function, argument(s), the result rounded to f64, and what rounding lost in units in the
last place, so that a test can measure errors of less than half a unit.
"""
import math
import random
import struct
import sys

import mpmath
from mpmath import mp, mpf

mp.dps = 60
INF, NAN = math.inf, math.nan
TINY = 5e-324
NORMAL = 2.2250738585072014e-308
LARGEST = 1.7976931348623157e308


def erf_inv(x):
    """By Newton's iteration on the logarithm of the complement, which is nearly straight."""
    if x == 0:
        return x
    a = abs(x)
    if a < mpf("0.6"):
        return mpmath.erfinv(x)
    target = mpmath.log(1 - a)
    r = mpmath.sqrt(-target)
    for _ in range(100):
        c = mpmath.erfc(r)
        step = (mpmath.log(c) - target) * c * mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(r * r)
        r += step
        if abs(step) < mpf(10) ** -50:
            return mpmath.sign(x) * r
    raise ArithmeticError(x)


def tanh(x):
    return mpmath.tanh(x) if abs(x) < 100 else mpmath.sign(x)


def exp(x):
    return mpmath.exp(max(x, mpf(-2000)) if x < 0 else min(x, mpf(2000)))


def power(x, y):
    if y != int(y) and x < 0:
        return NAN
    size = y * mpmath.log(abs(x))
    size = exp(size)
    return -size if x < 0 and int(y) % 2 == 1 else size


def logistic(x):
    return 1 / (1 + exp(-x)) if x > -40 else exp(x) / (1 + exp(x))


def ln_1p(x):
    return mpmath.log1p(x) if abs(x) > mpf(10) ** -20 else x - x * x / 2


def exp_m1(x):
    return mpmath.expm1(x) if abs(x) < 1000 else exp(x) - 1


def sinh(x):
    return mpmath.sinh(x) if abs(x) < 1000 else mpmath.sign(x) * exp(abs(x))


def cosh(x):
    return mpmath.cosh(x) if abs(x) < 1000 else exp(abs(x))


def erfc(x):
    return mpmath.erfc(x) if x < 40 else exp(-x * x)


# name: function, results at special arguments, uniform ranges, further arguments
TABLE = {
    "exp": (exp, [(0.0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (NAN, NAN)], [(-1, 1), (-745.2, -708), (-745, 709.7)],
            [709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412, 1e300, -1e300]),
    "exp2": (lambda x: exp(x * mpmath.log(2)), [(INF, INF), (-INF, 0), (NAN, NAN)], [(-1, 1), (-1075, -1022), (-1074, 1023.9)],
             [0.0, 1.0, -1.0, 1023.0, 1024.0, -1022.0, -1074.0, -1075.5, 1e9]),
    "exp_m1": (exp_m1, [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -1), (NAN, NAN)], [(-1, 1), (-40, 1), (1, 709.7)],
               [TINY, -TINY, NORMAL, 1e-17, -1e-16, 3e-8, 709.7827128933841, -1e300, 1e300]),
    "ln": (mpmath.log, [(0.0, -INF), (-0.0, -INF), (-1.0, NAN), (-INF, NAN), (INF, INF), (NAN, NAN), (1.0, 0.0)], [(0.5, 2), (0.99, 1.01), (0, 1e4)],
           [TINY, 3e-320, NORMAL, LARGEST, 1 + 2**-52, 1 - 2**-53]),
    "ln_1p": (ln_1p, [(0.0, 0.0), (-0.0, -0.0), (-1.0, -INF), (-1.5, NAN), (INF, INF), (NAN, NAN)], [(-0.5, 1), (-1, 0), (-1e-3, 1e-3), (0, 1e4)],
              [TINY, -TINY, 1e-17, -1e-16, 3e-8, -1 + 2**-53, LARGEST, 2.0**53]),
    "log2": (lambda x: mpmath.log(x) / mpmath.log(2), [(0.0, -INF), (-1.0, NAN), (INF, INF), (NAN, NAN), (1.0, 0.0), (8.0, 3), (2.0**-1060, -1060)], [(0.5, 2), (0.99, 1.01), (0, 1e4)],
             [TINY, 3e-320, NORMAL, LARGEST, 1 + 2**-52, 1 - 2**-53]),
    "log10": (lambda x: mpmath.log(x) / mpmath.log(10), [(0.0, -INF), (-1.0, NAN), (INF, INF), (NAN, NAN), (1.0, 0.0), (1000.0, 3), (1e22, 22)], [(0.5, 2), (0.99, 1.01), (0, 1e4)],
              [TINY, 3e-320, NORMAL, LARGEST, 1 + 2**-52, 1 - 2**-53]),
    "asin": (mpmath.asin, [(0.0, 0.0), (-0.0, -0.0), (1.5, NAN), (-INF, NAN), (NAN, NAN)], [(-1, 1), (0.99, 1), (-1e-3, 1e-3)], [TINY, -NORMAL, 1.0, -1.0, 0.5, 1 - 2**-53]),
    "acos": (mpmath.acos, [(1.0, 0.0), (1.5, NAN), (-INF, NAN), (NAN, NAN)], [(-1, 1), (0.99, 1), (-1, -0.99)], [TINY, -NORMAL, -1.0, 0.0, 0.5, 1 - 2**-53, -1 + 2**-53]),
    "sinh": (sinh, [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (NAN, NAN)], [(-1, 1), (-25, 25), (-710.4, 710.4)], [TINY, -NORMAL, 22.0, 710.4758, 711.0, -1e300]),
    "cosh": (cosh, [(0.0, 1), (-0.0, 1), (INF, INF), (-INF, INF), (NAN, NAN)], [(-1, 1), (-25, 25), (-710.4, 710.4)], [TINY, -NORMAL, 22.0, 710.4758, 711.0, -1e300]),
    "asinh": (mpmath.asinh, [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (NAN, NAN)], [(-1, 1), (-1e3, 1e3), (1e8, 1e9)], [TINY, -NORMAL, 268435456.0, LARGEST]),
    "acosh": (mpmath.acosh, [(1.0, 0.0), (INF, INF), (0.5, NAN), (-INF, NAN), (NAN, NAN)], [(1, 2), (1, 1.001), (2, 1e3), (1e8, 1e9)], [1 + 2**-52, 268435456.0, LARGEST]),
    "atanh": (mpmath.atanh, [(0.0, 0.0), (-0.0, -0.0), (1.0, INF), (-1.0, -INF), (1.5, NAN), (NAN, NAN)], [(-1, 1), (0.99, 1), (-1e-3, 1e-3)], [TINY, -NORMAL, 1 - 2**-53]),
    "lgamma": (lambda x: mpmath.loggamma(x).real, [(0.0, INF), (-1.0, INF), (1.0, 0.0), (2.0, 0.0), (INF, INF), (-INF, INF), (NAN, NAN)], [(0, 1), (0.9, 2.1), (2, 9), (8, 200), (-0.9, -0.1), (-20.4, 0)],
               [1e-300, 1 + 2**-52, 2 - 2**-52, 3.0, 8.0, 1e300]),
    "digamma": (mpmath.digamma, [(0.0, -INF), (-0.0, INF), (-1.0, NAN), (INF, INF), (-INF, NAN), (NAN, NAN)], [(0, 1), (1, 2), (2, 12), (10, 1e4), (-0.9, -0.1)], [1e-300, 1e300, 10.0, 0.5]),
    "polygamma": (lambda x: mpmath.polygamma(1, x), [(0.0, INF), (INF, 0.0), (-1.0, NAN), (NAN, NAN)], [(0, 1), (1, 2), (2, 20), (10, 1e4), (-0.9, -0.1)], [1e-100, 1e100, 12.0]),
    "sin": (mpmath.sin, [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)], [(-1, 1), (-10, 10), (-1e6, 1e6), (-1e9, 1e9)],
            [TINY, -NORMAL, math.pi, math.pi / 2, 3 * math.pi, 6381956970095103 * 2.0**797, 1e22, LARGEST, 1048575.5, 1048576.0]),
    "cos": (mpmath.cos, [(0.0, 1), (-0.0, 1), (INF, NAN), (-INF, NAN), (NAN, NAN)], [(-1, 1), (-10, 10), (-1e6, 1e6), (-1e9, 1e9)],
            [TINY, -NORMAL, math.pi, math.pi / 2, 3 * math.pi, 6381956970095103 * 2.0**797, 1e22, LARGEST, 1048575.5, 1048576.0]),
    "tan": (mpmath.tan, [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)], [(-1, 1), (-10, 10), (-1e6, 1e6), (-1e9, 1e9)],
            [TINY, -NORMAL, math.pi, math.pi / 2, 3 * math.pi, 6381956970095103 * 2.0**797, 1e22, LARGEST, 1048575.5, 1048576.0]),
    "atan": (mpmath.atan, [(0.0, 0.0), (-0.0, -0.0), (NAN, NAN)], [(-1, 1), (-10, 10)], [TINY, -NORMAL, 1.0, -1.0, LARGEST, -1e17]),
    "tanh": (tanh, [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (NAN, NAN)], [(-1, 1), (-20, 20), (0.5, 0.6)], [TINY, -NORMAL, 19.0, 19.07, 1e300]),
    "logistic": (logistic, [(0.0, 0.5), (INF, 1), (-INF, 0), (NAN, NAN)], [(-1, 1), (-40, 40), (-745, -700), (-700, 0)], [TINY, -1e-20, 36.7, -745.1, -746.0, 1e300, -1e300]),
    "erf": (mpmath.erf, [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (NAN, NAN)], [(-1, 1), (0.8, 0.9), (-6, 6)], [TINY, -1e-300, 5.9, 7.0]),
    "erfc": (erfc, [(0.0, 1), (-0.0, 1), (INF, 0), (-INF, 2), (NAN, NAN)], [(-1, 1), (0.4, 0.9), (-6, 6), (6, 27)], [TINY, -1e-300, 26.5, 26.6, 27.2, 28.0, -7.0, 1e200]),
    "erf_inv": (erf_inv, [(0.0, 0.0), (-0.0, -0.0), (1.0, INF), (-1.0, -INF), (1.5, NAN), (NAN, NAN)], [(-1, 1), (0.9, 1), (0.999, 1)],
                [1e-300, 1e-10, 1 - 2**-53, -1 + 2**-53, 1 - 1e-8, 1 - 1e-12, 0.9990347, 0.99999989]),
    "cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (NAN, NAN), (27.0, 3), (-8.0, -2)],
             [(-1, 1), (1, 8), (-1e5, 1e5)], [TINY, -3e-320, NORMAL, LARGEST, 1e300]),
    "sqrt": (mpmath.sqrt, [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-1.0, NAN), (-INF, NAN), (NAN, NAN)], [(0, 1), (0, 1e5)], [TINY, NORMAL, LARGEST]),
    "rsqrt": (lambda x: 1 / mpmath.sqrt(x), [(0.0, INF), (-0.0, -INF), (INF, 0), (-1.0, NAN), (-INF, NAN), (NAN, NAN)], [(0, 1), (0, 1e5)], [TINY, NORMAL, LARGEST]),
}

# Those whose arguments may have any exponent, and those that take none below zero.
WIDE = ("sin", "cos", "tan", "ln", "log2", "log10", "cbrt", "sqrt", "rsqrt", "atan", "asinh", "acosh")
POSITIVE = ("ln", "log2", "log10", "sqrt", "rsqrt")

POW_SPECIAL = [
    (0.0, 0.0, 1), (NAN, 0.0, 1), (INF, -0.0, 1), (1.0, NAN, 1), (1.0, INF, 1), (-1.0, INF, 1), (-1.0, -INF, 1), (NAN, 1.0, NAN), (2.0, NAN, NAN),
    (0.0, 3.0, 0.0), (-0.0, 3.0, -0.0), (-0.0, 2.0, 0.0), (-0.0, 0.5, 0.0), (0.0, -1.0, INF), (-0.0, -1.0, -INF), (-0.0, -2.0, INF), (-0.0, -0.5, INF),
    (0.5, INF, 0.0), (0.5, -INF, INF), (2.0, INF, INF), (2.0, -INF, 0.0), (-2.0, INF, INF), (-0.5, INF, 0.0), (INF, 2.0, INF), (INF, -2.0, 0.0),
    (-INF, 3.0, -INF), (-INF, 2.0, INF), (-INF, 0.5, INF), (-INF, -3.0, -0.0), (-INF, -2.0, 0.0), (-INF, INF, INF), (0.0, INF, 0.0), (0.0, -INF, INF),
    (-8.0, 1 / 3, NAN), (-2.0, 3.0, -8), (-2.0, -1.0, -0.5), (-2.0, 1e300, INF), (-1.0, 9007199254740991.0, -1), (-1.0, 9007199254740992.0, 1), (-1.0, 4503599627370495.5, NAN), (-1.0, 4503599627370497.0, -1),
    (-1.5, -1e300, 0.0), (2.0, -1074.0, TINY), (2.0, 1024.0, INF), (2.0, -1076.0, 0.0), (10.0, 308.0, 1e308), (3.0, 2.0, 9), (NAN, NAN, NAN), (INF, NAN, NAN), (0.0, NAN, NAN),
]
PI = math.pi
ATAN2_SPECIAL = [  # y, x
    (0.0, 0.0, 0.0), (-0.0, 0.0, -0.0), (0.0, -0.0, PI), (-0.0, -0.0, -PI), (0.0, 1.0, 0.0), (-0.0, 1.0, -0.0), (0.0, -1.0, PI), (-0.0, -1.0, -PI), (1.0, 0.0, PI / 2), (-1.0, -0.0, -PI / 2),
    (INF, INF, PI / 4), (INF, -INF, 3 * PI / 4), (-INF, INF, -PI / 4), (-INF, -INF, -3 * PI / 4), (INF, 1.0, PI / 2), (-INF, -1.0, -PI / 2), (1.0, INF, 0.0), (-1.0, INF, -0.0),
    (1.0, -INF, PI), (-1.0, -INF, -PI), (NAN, 1.0, NAN), (1.0, NAN, NAN), (NAN, INF, NAN),
]


def show(x):
    return "NaN" if x != x else repr(float(x))


def line(name, arguments, value):
    if not isinstance(value, mpf) or not mpmath.isfinite(value):
        rounded, lost = float(value), 0.0
    else:
        size = abs(value)
        if size >= mpf(2) ** 1024 - mpf(2) ** 970:
            rounded, lost = math.copysign(INF, value), 0.0
        elif size == 0:
            rounded, lost = 0.0, 0.0
        else:
            exponent = max(int(mpmath.floor(mpmath.log(size, 2))), -1022)
            if size >= mpf(2) ** (exponent + 1):
                exponent += 1
            unit = mpf(2) ** (exponent - 52)
            steps = int(mpmath.nint(value / unit))
            rounded, lost = math.ldexp(steps, exponent - 52), float(value / unit - steps)
            if steps == 0:
                rounded = math.copysign(0.0, value)
    print(name, *map(show, arguments), show(rounded), f"{lost:.4f}")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    random.seed(1)
    for name, (function, special, ranges, extra) in TABLE.items():
        for x, value in special:
            line(name, [x], value)
        points = list(extra)
        for i in range(count - len(points)):
            low, high = ranges[i % len(ranges)]
            points.append(random.uniform(low, high))
        # A tenth of all over the range of exponents.
        for i in range(count // 10):
            x = math.ldexp(random.uniform(1, 2), random.randint(-1070, 1023 if name in WIDE else -1))
            points.append(-x if ranges[0][0] < 0 and random.random() < 0.5 and name not in POSITIVE else x)
        for x in points:
            if name in POSITIVE and x <= 0 or name == "acosh" and x < 1:
                continue
            line(name, [x], mpf(function(mpf(x))))
    for x, y, value in POW_SPECIAL:
        line("pow", [x, y], value)
    for i in range(count):
        x = math.exp(random.uniform(-3, 3)) if i % 3 else math.ldexp(random.uniform(1, 2), random.randint(-1070, 1023))
        if i % 5 == 0:
            x = 1 + random.uniform(-1e-3, 1e-3)
        limit = 745 / abs(math.log(x)) if x != 1 else 1
        y = random.uniform(-limit, limit) if i % 2 else random.uniform(-10, 10)
        if i % 7 == 0:
            x, y = -x, float(round(y))
        if y != 0:
            line("pow", [x, y], power(mpf(x), mpf(y)))
    mp_pi = mpmath.pi
    for y, x, value in ATAN2_SPECIAL:
        line("atan2", [y, x], value)
    for i in range(count):
        x, y = random.uniform(-1, 1), random.uniform(-1, 1)
        if i % 4 == 0:
            x, y = math.ldexp(x, random.randint(-1000, 1023)), math.ldexp(y, random.randint(-1000, 1023))
        if i % 4 == 1:
            scale = math.ldexp(1, random.randint(-1040, 1023))
            x, y = x * scale, y * scale
        if x == 0 or y == 0:
            continue
        line("atan2", [y, x], mpmath.atan2(mpf(y), mpf(x)))


main()
