"""The common layer of all backends whose models run behind an endpoint.

A backend for another protocol is one file: it defines how a question is written and how a message
is read (``protocol.EndpointProtocol``), and gives that to ``model.EndpointBackend``.
"""
