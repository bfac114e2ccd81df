"""A pytest plugin, `-p other_core`: the compiled core of the file CLEARPROP_CORE names, in place of the one in src."""

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location

NAME = "clearprop.engines.native._native"
spec = spec_from_file_location(NAME, os.environ["CLEARPROP_CORE"])
sys.modules[NAME] = module = module_from_spec(spec)
spec.loader.exec_module(module)
