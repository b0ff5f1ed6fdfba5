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
RATE_SAMPLES_NETWORK = env.rate("ARENA_RATE_SAMPLES_NETWORK", "120/minute")
RATE_FRESH_SAMPLES = env.rate("ARENA_RATE_FRESH_SAMPLES", "60/minute")
"""Of the whole site: past this visitors get one of the shipped pictures."""
RATE_READS_NETWORK = env.rate("ARENA_RATE_READS_NETWORK", "3000/minute")
"""Of boards, models' and battles' pages and the API; counted by each web process for itself."""
BYTES_VOTER = env.rate("ARENA_BYTES_VOTER", "60000000/hour")
BYTES_NETWORK = env.rate("ARENA_BYTES_NETWORK", "400000000/hour")
BYTES_SITE = env.rate("ARENA_BYTES_SITE", "4000000000/hour")
"""Of pictures as they are stored."""
WAITING_SECONDS = env.decimal("ARENA_WAITING_SECONDS", 300.0, least=1.0)
"""A battle is refused where its answers could wait longer, were all before it of ANSWER_SECONDS."""
REDIS_SHARE = env.decimal("ARENA_REDIS_SHARE", 0.7, least=0.05, most=1.0)
"""Battles are refused where Redis has used more of its limit."""
DISK_FREE_BYTES = env.integer("ARENA_DISK_FREE_BYTES", 512 * 1024 * 1024)
"""Battles are refused where the disk of pictures has less; votes still find room there."""
PICTURE_HOURS = env.decimal("ARENA_PICTURE_HOURS", 24.0, least=0.0)
"""So long the picture of a battle that got no vote is kept."""
