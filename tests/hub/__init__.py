"""A Hub on loopback for tests: the real client talks to it, as to the public one."""
