"""What senders put on the wire, and what they accept in return: pure functions from bytes to events and to bytes.

Nothing here stores, waits or calls: who may send, what was sent and what to answer follow from the request alone.
"""
