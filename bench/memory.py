"""Whether memory stays flat: a replay of many persons beside one of few, each in a process of its own."""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.inputs import write_spread

# Not ru_maxrss: a process inherits that of its parent, which has loaded every bench.
_PEAK = "print(*(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
_REPLAY = f"""
import sys
from pathlib import Path
from adapter.core.desired import desired_of
from adapter.mappings import load_packs
from adapter.replay import Options, Replay
with Replay(Options(load_packs(), b"bench")) as run:
    run.read([Path(sys.argv[1])])
    seen = sum(len(desired_of(d)) > 0 for judged in run.persons() for d in judged.decisions)
assert seen, "somebody is judged"
{_PEAK}
"""


def memory_of_many_against_few(many: int = 50_000, few: int = 1_000, rounds: int = 1) -> float:
    """Peak memory beyond a bare interpreter's, `many` persons against `few`, spread over NDJSON files."""
    bare = _peak(_PEAK)
    ratios = []
    for _ in range(rounds):
        peaks = []
        for persons in (many, few):
            with tempfile.TemporaryDirectory() as name:
                write_spread(Path(name), persons)
                peaks.append(_peak(_REPLAY, name) - bare)
        ratios.append(peaks[0] / peaks[1])
    return statistics.median(ratios)


def _peak(program: str, *arguments: str) -> int:
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])
