"""Install and test the arena from a bare Python, with the standard library only."""
