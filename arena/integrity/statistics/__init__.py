"""The pure part of integrity: numpy and scipy alone, so that it runs in a notebook."""
