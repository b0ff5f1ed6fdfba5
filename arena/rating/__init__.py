"""Ratings from pairwise votes: numpy and scipy, nothing else of the arena."""
