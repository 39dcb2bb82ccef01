"""From a decision and the record to a document: every word and every code is read from the record or set by the site.

What neither says is a gap of a stable code, with the place where it belongs; a document with gaps is none.
"""

from adapter.dmp.making.drafts import Draft, drafts
from adapter.dmp.making.sites import DmpSite

__all__ = ["DmpSite", "Draft", "drafts"]
