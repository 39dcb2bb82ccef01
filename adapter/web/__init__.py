"""The Flask service: hooks that sources notify, a read-only FHIR API, and what operators look at.

`create_app` makes it; nothing here decides anything about a person, and no log line holds what a request held.
"""

from adapter.web.app import create_app

__all__ = ["create_app"]
