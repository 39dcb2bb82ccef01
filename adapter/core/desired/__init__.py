"""The resources that should exist for a decision: ChargeItem, Account, Communication, Task, Provenance.

They are plain dicts in the R4 JSON shape; references between them are `urn:uuid:` of their ids, which the
writers turn into what their target wants.
"""

from adapter.core.desired.build import Desired, desired_of
from adapter.core.desired.doubts import doubts_of
from adapter.core.desired.splits import split

__all__ = ["Desired", "desired_of", "doubts_of", "split"]
