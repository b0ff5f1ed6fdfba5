"""Scores that outside evaluators measured, their catalogue and the readers of their files."""
