"""Devices by name, as JAX has them: "cpu", "gpu", "gpu:1"; and its 64-bit numbers, which it leaves out by itself."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import jax

PROCESSOR = "cpu"


def device_of(name: str | None) -> Any:
    """Return the device of that name, the processor if left out; None where there is none."""
    kind, _, number = (name or PROCESSOR).partition(":")
    if number and not number.isdigit():
        return None
    try:
        found = jax.devices(kind)
    except RuntimeError:  # JAX's word for a platform that is not here
        return None
    return found[int(number or 0)] if int(number or 0) < len(found) else None


def why_no_device(name: str | None) -> str | None:
    """Return what is wrong with the name of a device, or None."""
    if device_of(name) is not None:
        return None
    here = sorted({f"{device.platform}:{device.id}" for device in (*jax.devices(), *jax.devices(PROCESSOR))})
    return f"the device {name!r} (JAX finds {', '.join(here)} here)"


def in_64_bits() -> AbstractContextManager[Any]:
    """Return a context in which JAX has numbers of 64 bits: float64, and sums of float32 in it; counters of masks."""
    if hasattr(jax, "enable_x64"):
        context: AbstractContextManager[Any] = jax.enable_x64(True)
        return context
    from jax.experimental import enable_x64  # before JAX 0.8

    older: AbstractContextManager[Any] = enable_x64()
    return older
