"""Exchange: trained networks leave for other formats, each with rows to check it by.

Names are loaded when they are asked for: an estimator says what it deploys long before a format is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.on_demand import on_demand

if TYPE_CHECKING:
    from clearprop.exchange.deployed import Answer, Deployed
    from clearprop.exchange.exportable import Exportable
    from clearprop.exchange.exporting import Exported, export
    from clearprop.exchange.lowering import lower
    from clearprop.exchange.runtimes import Checked
    from clearprop.exchange.scribes import SCRIBES

__all__ = ["SCRIBES", "Answer", "Checked", "Deployed", "Exportable", "Exported", "export", "lower"]

_WHERE = {
    "SCRIBES": "clearprop.exchange.scribes",
    "Answer": "clearprop.exchange.deployed",
    "Checked": "clearprop.exchange.runtimes",
    "Deployed": "clearprop.exchange.deployed",
    "Exportable": "clearprop.exchange.exportable",
    "Exported": "clearprop.exchange.exporting",
    "export": "clearprop.exchange.exporting",
    "lower": "clearprop.exchange.lowering",
}

__getattr__ = on_demand(__name__, _WHERE)
