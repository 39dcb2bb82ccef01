"""Subscriptions of ours at a source: what should be there, compared with what is there; only the difference is sent.

Ours are those whose endpoint is our hook. Nobody else's is ever touched.
"""

from adapter.inbound.subscriptions.client import SubscriptionClient
from adapter.inbound.subscriptions.forms import Hook
from adapter.inbound.subscriptions.keeping import Kept, apply, remove, renew, status
from adapter.inbound.subscriptions.planning import Action, plan
from adapter.inbound.subscriptions.wanted import Asked, Wanted

__all__ = [
    "Action",
    "Asked",
    "Hook",
    "Kept",
    "SubscriptionClient",
    "Wanted",
    "apply",
    "plan",
    "remove",
    "renew",
    "status",
]
