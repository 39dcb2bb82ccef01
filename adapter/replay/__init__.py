"""Replays files: read, group by person, judge, say what should exist. The service does the same with events."""

from adapter.replay.running import Judged, Options, Replay

__all__ = ["Judged", "Options", "Replay"]
