"""
What the penalty does
=====================

The same network with four strengths of the penalty :math:`R = \\tfrac12 l2 \\sum W^2`, on two moons that overlap. The
shade is the probability of the second class. A small penalty lets the border follow single rows; a large one makes it
a line.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

from clearprop import mlp
from clearprop.engines import open_session
from clearprop.model import initial
from clearprop.solvers import minimise
from clearprop.training import Rows

X, y = make_moons(120, noise=0.35, random_state=0)
grid = np.stack(np.meshgrid(np.linspace(-2.2, 3.2, 120), np.linspace(-1.8, 2.2, 100)), axis=-1)

figure, panels = plt.subplots(1, 4, figsize=(12, 2.8), layout="constrained", sharey=True)
for axes, l2 in zip(panels, (0.0001, 0.001, 0.01, 0.1), strict=True):
    network = mlp(2, 16, 1, hidden="tanh", output="sigmoid", l2=l2)
    session = open_session(network, initial(network, seed=0))
    minimise(session, network, Rows(X, y[:, None].astype(float)), "lbfgs")
    a = session.predict(grid.reshape(-1, 2)).reshape(grid.shape[:2])
    axes.contourf(grid[..., 0], grid[..., 1], a, levels=20, cmap="RdBu_r", alpha=0.6, vmin=0, vmax=1)
    axes.contour(grid[..., 0], grid[..., 1], a, levels=[0.5], colors="black", linewidths=1)
    axes.scatter(*X.T, c=y, s=10, cmap="RdBu_r", edgecolors="black", linewidths=0.3)
    axes.set_title(f"l2 = {l2:g}")
plt.show()
