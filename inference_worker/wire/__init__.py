"""The only thing that the site and the worker share: messages, events, stream, leases, blobs, tasks.

Nothing here knows Django, torch or the rest of the worker. Everything that crosses is a frozen
dataclass with a closed field list, so that neither side can lean on the other's insides.
"""
