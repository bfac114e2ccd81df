"""The studio: a page on this machine, with the real engine behind it. See README.md."""

from clearprop.studio.app import application, with_token
from clearprop.studio.asked import Asked
from clearprop.studio.studio import Studio

__all__ = ["Asked", "Studio", "application", "with_token"]
