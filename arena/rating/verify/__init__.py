"""Verification of an exported folder: the ledger's chain, and each snapshot once more.

Needs nothing but the rating package, and pyarrow where the folder has no CSV.
"""
