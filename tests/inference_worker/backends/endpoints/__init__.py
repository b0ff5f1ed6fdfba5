"""Endpoints for the contract tests: one file for each backend of endpoints, with its name.

A file has one function, ``answer``. It takes the JSON of a request and yields the messages, as JSON
values, in which such an endpoint says many words, or as many as the request allows.
"""
