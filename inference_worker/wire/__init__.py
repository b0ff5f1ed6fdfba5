"""All that site and worker share: messages, events, stream, leases, blobs, presence, tasks.

Nothing here knows Django, torch or the rest of the worker. Everything that crosses is a frozen
dataclass with a closed field list, so that neither side can lean on the other's insides.
"""
