"""Tiny random folders of every family that transformers maps to image-text-to-text."""
