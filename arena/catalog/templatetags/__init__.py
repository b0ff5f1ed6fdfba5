"""Template filters for cards."""
