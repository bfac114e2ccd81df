"""PyTorch in memory: every module that is read, in both precisions; what is not is refused by its place."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import clearprop
from clearprop.errors import ReaderCannot

torch = pytest.importorskip("torch", reason="PyTorch is large: the group ci installs it")
nn = torch.nn

ACTIVATIONS = [
    nn.ReLU(), nn.Sigmoid(), nn.Tanh(), nn.SELU(), nn.SiLU(), nn.Mish(), nn.Softsign(), nn.ReLU6(),
    nn.LeakyReLU(0.2), nn.ELU(0.5), nn.CELU(0.7), nn.GELU(), nn.GELU(approximate="tanh"), nn.Softplus(),
    nn.Softplus(beta=2, threshold=0.5), nn.LogSigmoid(), nn.Hardsigmoid(), nn.Hardtanh(-0.5, 0.25), nn.PReLU(),
    nn.PReLU(6), nn.Identity(), nn.Softmin(dim=1), nn.Hardswish(), nn.Tanhshrink(),
    nn.Softshrink(0.3), nn.Hardshrink(0.4), nn.RReLU(), nn.Threshold(0.2, 0.0), nn.Threshold(-0.3, -0.3),
]  # fmt: skip


def sequential(*between, n_out=2):
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(4, 6), *between, nn.Linear(6, n_out)).eval()


def rows(dtype):
    return torch.tensor(np.random.default_rng(0).normal(size=(20, 4)) * 2, dtype=dtype)


@pytest.mark.parametrize("module", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-13), (torch.float32, 1e-6)])
def test_its_activations(module, dtype, tolerance):
    if isinstance(module, nn.PReLU):
        with torch.no_grad():
            module.weight.copy_(torch.linspace(-0.3, 0.4, len(module.weight)))
    net, X = sequential(module).to(dtype), rows(dtype)
    with torch.no_grad():
        wanted = net(X).numpy()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "with its scalings folded")
        model = clearprop.adopt(net)
    size = np.abs(wanted).max()
    np.testing.assert_allclose(model.predict(X.numpy()) / size, wanted / size, rtol=tolerance, atol=tolerance)
    X, y = X.numpy(), wanted
    assert model.certify_gradient(X, y).passed
    model.partial_fit(X, y)


def test_batch_norms_and_dropout():
    net = sequential(nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.3), nn.BatchNorm1d(6, affine=False)).double()
    for module in net:
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.copy_(torch.linspace(-1, 1, 6))
            module.running_var.copy_(torch.linspace(0.5, 2, 6))
    X = rows(torch.float64)
    model = clearprop.adopt(net)
    with torch.no_grad():
        np.testing.assert_allclose(model.predict(X.numpy()), net(X).numpy(), rtol=1e-12, atol=1e-13)
    assert list(model.dropout) == [0.0, pytest.approx(0.3)]


@pytest.mark.parametrize(
    ("last", "estimator"), [(nn.Softmax(dim=1), "class"), (nn.Sigmoid(), "labels"), (None, "numbers")]
)
def test_what_its_outputs_are(last, estimator):
    net = nn.Sequential(*sequential(nn.Tanh(), n_out=3), *([last] if last else [])).double()
    model, X = clearprop.adopt(net), rows(torch.float64)
    with torch.no_grad():
        wanted = net(X).numpy()
    found = model.predict(X.numpy()) if estimator == "numbers" else model.predict_proba(X.numpy())
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert type(model).__name__ == ("MLPRegressor" if estimator == "numbers" else "MLPClassifier")


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 2)

    def forward(self, x):
        return self.first(x) ** 2


@pytest.mark.parametrize(
    ("net", "words"),
    [
        (sequential(nn.Threshold(0.5, 2.0)), r'layer 3 \(Threshold, "2"\) gives 2.0 up to 0.5'),
        (sequential(nn.GLU()), r'layer 3 \(GLU, "2"\)'),
        (sequential(nn.LayerNorm(6)), r'layer 3 \(LayerNorm, "2"\)'),
        (sequential(nn.BatchNorm1d(6, track_running_stats=False)), "layer 3 .*depend on the batch"),
        (Own(), "its own forward.*nn.Sequential"),
    ],
)
def test_what_is_not_read_is_named(net, words):
    with pytest.raises(ReaderCannot, match=words):
        clearprop.adopt(net)
