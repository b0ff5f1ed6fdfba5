"""The settings of moderation: who judges, and what follows."""

from __future__ import annotations

from arena.config.env import env

MODERATION_RULES = env.text("ARENA_MODERATION_RULES", "")
"""A file with a category and a regular expression in each line."""
MODERATION_PICTURES = env.text("ARENA_MODERATION_PICTURES", "")
"""A file with a category and the perceptual hash of a picture in each line."""
MODERATION_ENDPOINT = env.text("ARENA_MODERATION_ENDPOINT", "")
"""The address of a moderation API as OpenAI defines it."""
MODERATION_KEY = env.text("ARENA_MODERATION_KEY", "")
MODERATION_MODEL = env.text("ARENA_MODERATION_MODEL", "")
MODERATION_WEBHOOK = env.text("ARENA_MODERATION_WEBHOOK", "")
MODERATION_WEBHOOK_TOKEN = env.text("ARENA_MODERATION_WEBHOOK_TOKEN", "")
MODERATION_SECONDS = env.decimal("ARENA_MODERATION_SECONDS", 1.5, least=0.1)
"""The time that all moderators together have before a battle begins."""
MODERATION_POLICY = env.policy("ARENA_MODERATION_POLICY", "*=ask,unknown=blind")
"""What follows from a category: ignore, blind, ask or block; * stands for all others."""
