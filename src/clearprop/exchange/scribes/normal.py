"""The normal distribution out of exp and products, for a format that has no erf.

1 − Φ(u) = exp(−u² / 2) P(s) with s = (4 − u) / (4 + u) and u ≥ 0: P is the polynomial through exp(u² / 2) (1 − Φ(u)) at
19 values of s, the Chebyshev points of the interval that is 0 ≤ u ≤ 8.6, computed with 40 digits. It is within 1.2e-16.
"""

from __future__ import annotations

MIDDLE = 4.0

TAIL = (
    0.09441064130196894, 0.17039772154845528, 0.12437925533926397, 0.0717074073377631, 0.030864804106248103,
    0.008492095480880656, 0.0005075620788003594, -0.0006388138287114206, -0.00018718436071926182,
    4.555473722442697e-05, 2.8649397434460657e-05, -4.631892878705246e-06, -4.308868745305984e-06,
    8.382114864296018e-07, 6.667212138964085e-07, -2.3497899985519953e-07, -6.49767404428523e-08,
    5.157809978960714e-08, -8.932044415045619e-09,
)  # fmt: skip
"""The coefficients of P, of s⁰ first."""
