"""Questions to ask of a board before believing it; one file each, values ready for JSON."""
