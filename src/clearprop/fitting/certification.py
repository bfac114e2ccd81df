"""The certificate every fit begins with: is the engine's gradient that of the objective that is configured?"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from clearprop.engines import REFERENCE, Session
from clearprop.errors import ModelFileError
from clearprop.proofs import Certificate, certify
from clearprop.training import Rows

FEWEST_ROWS, MOST_ROWS = 4, 32
PASSES_PER_ROW = 10
"""About 30 forward passes over the rows looked at make a certificate: over a tenth of all rows, 3 passes over all."""


class CertificateWarning(UserWarning):
    """The engine's gradient is not the derivative of the objective; training went on with it."""


def certify_start(session: Session, rows: Rows, seed: int, engine: str) -> Certificate:
    """Certify the gradient a fit begins with on a few of its rows, and warn if it is not that of J.

    It looks at a tenth of the rows, at least 4 and at most 32. Where J or the gradient is not finite there is nothing
    to certify, and training itself will say so.
    """
    n_rows = min(MOST_ROWS, max(FEWEST_ROWS, len(rows) // PASSES_PER_ROW))
    certificate = certify(session, rows.X, rows.Y, rows.weights, n_rows, seed)
    if certificate.finite and not certificate.passed:
        advice = "Try another engine, and report this" if engine != REFERENCE else "Please report this"
        told = f"{certificate} {advice}; certify=False leaves the check out."
        warnings.warn(told, CertificateWarning, stacklevel=3)
    return certificate


def certificate_facts(certificate: Certificate | None) -> dict[str, Any] | None:
    """Return a certificate as it stands in a model file, its sentence first."""
    return None if certificate is None else {"says": str(certificate), **certificate.as_dict()}


def certificate_of(facts: Mapping[str, Any] | None) -> Certificate | None:
    """Return the certificate that stands in a model file.

    Raises
    ------
    ModelFileError
        If it is not one of this version.
    """
    if facts is None:
        return None
    try:
        return Certificate.from_dict({name: value for name, value in facts.items() if name != "says"})
    except (TypeError, AttributeError) as error:
        raise ModelFileError(f"the certificate in this model file does not hold: {error}.") from error
