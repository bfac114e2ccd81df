"""Recording: a run that can be looked at again, at any of its steps. See README.md."""

from clearprop.recording.recorder import Recorder
from clearprop.recording.recording import Recording, load_recording
from clearprop.recording.replay import Replay

__all__ = ["Recorder", "Recording", "Replay", "load_recording"]
