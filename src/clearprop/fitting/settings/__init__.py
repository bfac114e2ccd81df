"""Settings: what can be asked of a training, declared once, and the words of those who ask. Light to load."""

from clearprop.fitting.settings.declared import Settings
from clearprop.fitting.settings.kinds import Kind
from clearprop.fitting.settings.setting import Setting, setting, settings_of
from clearprop.fitting.settings.surfaces import (
    BY_EFFORT,
    IN_SKLEARNS_WORDS,
    ON_CLASSES,
    ON_COMMANDS,
    ON_NUMBERS,
    ON_TABLES,
    SKLEARN_RATES,
    Surface,
    keep_arguments,
)

__all__ = [
    "BY_EFFORT",
    "IN_SKLEARNS_WORDS",
    "ON_CLASSES",
    "ON_COMMANDS",
    "ON_NUMBERS",
    "ON_TABLES",
    "SKLEARN_RATES",
    "Kind",
    "Setting",
    "Settings",
    "Surface",
    "keep_arguments",
    "setting",
    "settings_of",
]
