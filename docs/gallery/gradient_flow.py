"""
How the gradient travels
========================

The size of delta, layer by layer, in networks of ten layers at their first weights. With sigmoids each layer takes most
of what arrives: the derivative of a sigmoid is at most ¼. With relu and weights drawn for it (He et al. 2015), the size
stays.

``trace`` gives every array of one pass under the names of the equations; nothing is trained here.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from clearprop import mlp
from clearprop.explain import trace
from clearprop.model import initial

X, y = load_digits(return_X_y=True)
X = (X - X.mean()) / X.std()

figure, axes = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
for hidden in ("relu", "selu", "tanh", "sigmoid"):
    network = mlp(64, *[64] * 9, 10, hidden=hidden, output="softmax")
    found = trace(network, initial(network, seed=0), X[:200], y[:200])
    sizes = [np.sqrt(np.mean(found.delta[l] ** 2)) for l in range(1, network.L + 1)]
    axes.semilogy(range(1, network.L + 1), sizes, marker="o", label=hidden)
axes.set(xlabel="layer l", ylabel="root mean square of delta[l]")
axes.legend()
plt.show()
