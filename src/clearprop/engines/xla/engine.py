"""The engine on JAX: nothing of the mathematics is written again, `equations/step.py` is compiled."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from clearprop.engines.checks import starting_point
from clearprop.engines.request import Request
from clearprop.equations.optimizers import RULES, Lookahead, Rule
from clearprop.model.parameters import Parameters

if TYPE_CHECKING:
    from clearprop.engines.xla.session import JaxSession

MISSING = 'JAX is not installed; pip install "clearprop[jax]" (for a GPU, see docs.jax.dev for the wheel that fits it).'


class JaxEngine:
    """Compiles the equations with XLA, for a processor or a GPU."""

    name = "jax"

    def missing(self) -> str | None:
        """Return why it is not here and how to get it, or None."""
        return None if find_spec("jax") else MISSING

    def why_not(self, request: Request) -> str | None:
        """Return what of this the engine cannot do, or None."""
        if request.precision.rounds_products:
            return f'precision="{request.precision}" (it rounds nothing on the way)'
        if not _is_traceable(request.rule):
            return f"the update rule {request.rule.name!r} (only clearprop's own are known to be free of branches)"
        if request.shards is not None:
            return "shards (it sums a batch as a whole)"
        from clearprop.engines.xla.devices import why_no_device

        return why_no_device(request.device)

    def open(self, request: Request, parameters: Parameters, seed: int) -> JaxSession:
        """Open a session; see `clearprop.engines.door.Engine`."""
        parameters = starting_point(self, request, parameters)
        from clearprop.engines.xla.session import JaxSession

        return JaxSession(request, parameters, seed)


def _is_traceable(rule: Rule) -> bool:
    inner = rule.rule if isinstance(rule, Lookahead) else rule
    return all(RULES.get(one.name) is type(one) for one in (rule, inner))
