"""The whole arena on one machine: its programs, what they share, and their supervisor."""
