"""An archive that Python runs, as CONTRIBUTING says: every section below is what goes into the file it names."""

# src/clearprop/exchange/scribes/NAME.py
import io
import zipfile

from clearprop.exchange.scribes import numpy
from clearprop.exchange.scribes.draft import Scribe


def write(draft):
    """Return the file of the format "numpy", packed so that `python FILE` finds it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("model.py", numpy.write(draft)[".py"])
    return {".pyz": packed.getvalue()}


SCRIBE = Scribe("archive", "an archive of Python", (".pyz",), write, numpy.why_not, numpy.SCRIBE.tolerance)

# src/clearprop/exchange/scribes/__init__.py
from clearprop.exchange.scribes import SCRIBES

SCRIBES[SCRIBE.name] = SCRIBE

# src/clearprop/exchange/runtimes/NAME.py
import importlib.util
import zipimport

from clearprop.exchange.runtimes.runtime import Runtime


def _run(draft, path):
    spec = zipimport.zipimporter(str(path)).find_spec("model")
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    return model.predict(model.GOLDEN["rows"])


ARCHIVE = Runtime("Python with NumPy, from an archive", lambda draft: None, _run)

# src/clearprop/exchange/runtimes/__init__.py
from clearprop.exchange.runtimes import PROGRAM, RUNTIMES

RUNTIMES["archive"] = (PROGRAM, ARCHIVE)
