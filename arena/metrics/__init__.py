"""Metrics for Prometheus: ``process`` counts, ``stores`` queries when somebody reads them.

No label contains a prompt, a voter, the number of a battle or a path. The slugs of models are for
operators, and only they have the token (invariant 1).
"""
