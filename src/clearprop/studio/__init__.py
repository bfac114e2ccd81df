"""The studio: a page on this machine, with the real engine behind it. See README.md."""

from clearprop.studio.app import application, with_token
from clearprop.studio.studio import Asked, Studio

__all__ = ["Asked", "Studio", "application", "with_token"]
