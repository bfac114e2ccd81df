"""Exchange: trained networks leave for other formats, each with rows to check it by."""

from clearprop.exchange.deployed import Answer, Deployed
from clearprop.exchange.export import Exported, export
from clearprop.exchange.exportable import Exportable
from clearprop.exchange.lower import lower
from clearprop.exchange.runtimes import Checked
from clearprop.exchange.scribes import SCRIBES

__all__ = ["SCRIBES", "Answer", "Checked", "Deployed", "Exportable", "Exported", "export", "lower"]
