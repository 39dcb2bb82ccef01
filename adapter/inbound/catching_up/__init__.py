"""What was missed: asks a source for all that happened since an instant, and says what that may leave out.

Whatever is found becomes an event of the inbox, once for each version, so that catching up twice changes nothing.
"""

from adapter.inbound.catching_up.methods import Method
from adapter.inbound.catching_up.reach import Reach
from adapter.inbound.catching_up.running import CaughtUp, catch_up
from adapter.inbound.catching_up.sweeping import Swept, sweep
from adapter.inbound.catching_up.wanting import gaps

__all__ = ["CaughtUp", "Method", "Reach", "Swept", "catch_up", "gaps", "sweep"]
