"""The settings that bound what a visitor may ask for: pictures, answers, waiting, rates."""

from __future__ import annotations

from arena.config import env

UPLOAD_MAX_BYTES = env.integer("ARENA_UPLOAD_MAX_BYTES", 10 * 1024 * 1024, least=1024)
UPLOAD_MAX_PIXELS = env.integer("ARENA_UPLOAD_MAX_PIXELS", 16_000_000, least=1)
UPLOAD_STORED_BYTES = env.integer("ARENA_UPLOAD_STORED_BYTES", 1024 * 1024, least=16 * 1024)
"""What is kept of a picture, sent to the worker and shown to the voter takes no more."""
UPLOAD_DECODERS = env.integer("ARENA_UPLOAD_DECODERS", 2, least=1)

PROMPT_MAX_CHARACTERS = env.integer("ARENA_PROMPT_MAX_CHARACTERS", 2000, least=1)
ANSWER_MAX_TOKENS = env.integer("ARENA_ANSWER_MAX_TOKENS", 512, least=1)
ANSWER_MAX_CHARACTERS = env.integer("ARENA_ANSWER_MAX_CHARACTERS", 20_000, least=1)
ANSWER_TEMPERATURE = env.decimal("ARENA_ANSWER_TEMPERATURE", 0.7)
ANSWER_SECONDS = env.decimal("ARENA_ANSWER_SECONDS", 100.0, least=1.0)
QUEUE_SECONDS = env.decimal("ARENA_QUEUE_SECONDS", 60.0, least=1.0)
"""Past this a side that nobody claimed is put on its queue again."""
QUEUE_GIVE_UP_SECONDS = env.decimal("ARENA_QUEUE_GIVE_UP_SECONDS", 600.0, least=1.0)
"""Past this a side that nobody claimed fails as overloaded."""
PACING = env.one_of("ARENA_PACING", "live", ("live", "veiled"))
"""How a new battle's answers are shown: as they come, or in step."""
BATTLE_MINUTES = env.integer("ARENA_BATTLE_MINUTES", 120, least=1)
"""A battle that nobody finished expires after this."""
RATE_BATTLES = env.rate("ARENA_RATE_BATTLES", "20/minute")
RATE_BATTLES_NETWORK = env.rate("ARENA_RATE_BATTLES_NETWORK", "60/minute")
RATE_VOTES = env.rate("ARENA_RATE_VOTES", "60/minute")
RATE_READS_NETWORK = env.rate("ARENA_RATE_READS_NETWORK", "3000/minute")
"""Of boards, models' pages and the API; counted by each web process for itself."""
