"""The loop of the service: look at whoever something happened to, and write what follows.

An event only says *look again at this person*. Everything here can be done twice: a killed worker's lease runs
out and another repeats what it left.
"""

from adapter.work.loop import Worker
from adapter.work.surroundings import Surroundings

__all__ = ["Surroundings", "Worker"]
