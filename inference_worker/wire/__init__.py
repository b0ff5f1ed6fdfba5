"""Everything that site and worker share: messages, events, stream, leases, blobs, presence, tasks.

Nothing here uses Django, torch or the rest of the worker. Every message is a frozen struct with a
closed list of fields, so that neither side can depend on the inside of the other.
"""
