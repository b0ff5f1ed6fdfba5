"""Ratings from pairwise votes: numpy and scipy, nothing else of the arena.

Parts of scipy are named in full where they are used (``scipy.special.expit``): scipy loads a part
when it is first named, which spares every process that only reads leaderboards half a second.
"""
