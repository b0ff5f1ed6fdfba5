"""The settings that bound what a visitor may ask for: pictures, answers, waiting, rates."""

from __future__ import annotations

from arena.config.env import env

HTTPS = env.flag("ARENA_HTTPS", default=False)
PUBLIC = env.flag("ARENA_PUBLIC", default=HTTPS)
"""Whether strangers reach the site: the defaults of some settings below are stricter then."""

UPLOAD_MAX_BYTES = env.integer("ARENA_UPLOAD_MAX_BYTES", 10 * 1024 * 1024, least=1024)
UPLOAD_MAX_PIXELS = env.integer("ARENA_UPLOAD_MAX_PIXELS", 16_000_000, least=1)
UPLOAD_STORED_BYTES = env.integer("ARENA_UPLOAD_STORED_BYTES", 1024 * 1024, least=16 * 1024)
"""The largest size of a stored picture, as it is sent to workers and shown to the voter."""
UPLOAD_DECODERS = env.integer("ARENA_UPLOAD_DECODERS", 2, least=1)

BATTLE_TURNS = env.integer("ARENA_BATTLE_TURNS", 8, least=1)
TURN_IMAGES = env.integer("ARENA_TURN_IMAGES", 4, least=1)
BATTLE_IMAGES = env.integer("ARENA_BATTLE_IMAGES", 8, least=1)
"""What every battle may ask for; a model whose measured limits are lower is not drawn."""
PROMPT_MAX_CHARACTERS = env.integer("ARENA_PROMPT_MAX_CHARACTERS", 2000, least=1)
ANSWER_MAX_TOKENS = env.integer("ARENA_ANSWER_MAX_TOKENS", 512, least=1)
ANSWER_MAX_CHARACTERS = env.integer("ARENA_ANSWER_MAX_CHARACTERS", 20_000, least=1)
ANSWER_MAX_REASONING_TOKENS = env.integer("ARENA_ANSWER_MAX_REASONING_TOKENS", 4096, least=0)
"""Tokens of a trace before the answer, for a model that reasons; beside the answer's own."""
ANSWER_TEMPERATURE = env.decimal("ARENA_ANSWER_TEMPERATURE", 0.7)
ANSWER_SECONDS = env.decimal("ARENA_ANSWER_SECONDS", 100.0, least=1.0)
QUEUE_SECONDS = env.decimal("ARENA_QUEUE_SECONDS", 60.0, least=1.0)
"""After this time a side that no worker has claimed is put on its queue again."""
QUEUE_GIVE_UP_SECONDS = env.decimal("ARENA_QUEUE_GIVE_UP_SECONDS", 600.0, least=1.0)
"""After this time a side that no worker has claimed fails as overloaded."""
PACING = env.one_of("ARENA_PACING", "veiled" if PUBLIC else "live", ("live", "veiled"))
"""The pacing of new battles: live, as the answers arrive, or veiled, by a timetable."""
VEILED_SECONDS = env.decimal("ARENA_VEILED_SECONDS", 3.0, least=0.0)
VEILED_PACE = env.decimal("ARENA_VEILED_PACE", 25.0, least=1.0)
"""In a veiled battle nothing is shown for this long, and then this many tokens a second."""
SHARED_INDEXED = env.flag("ARENA_SHARED_INDEXED", default=False)
"""Search engines may list the public pages that voters make of their battles."""
NAMED_QUESTIONS = env.flag("ARENA_NAMED_QUESTIONS", default=True)
"""Visitors may choose models by name, beside the blind battle; nothing of that is counted."""
BATTLE_MINUTES = env.integer("ARENA_BATTLE_MINUTES", 120, least=1)
"""A battle that nobody finished expires after this."""
RATE_BATTLES = env.rates("ARENA_RATE_BATTLES", "20/minute;300/day")
RATE_BATTLES_NETWORK = env.rates("ARENA_RATE_BATTLES_NETWORK", "60/minute;3000/day")
RATE_BATTLES_WIDE = env.rates("ARENA_RATE_BATTLES_WIDE", "300/minute;20000/day")
"""The limit for a /16 of IPv4 or a /48 of IPv6; a network is a /24 or a /64."""
PROOF_FREE_NETWORK = env.rates("ARENA_PROOF_FREE_NETWORK", "20/10 minutes" if PUBLIC else "")
PROOF_FREE_SITE = env.rates("ARENA_PROOF_FREE_SITE", "600/10 minutes" if PUBLIC else "")
"""Battles that may begin without a proof of work, from a network and on the whole site."""
REPEATED_QUESTIONS = env.one_of(
    "ARENA_REPEATED_QUESTIONS", "once" if PUBLIC else "count", ("once", "count")
)
"""Whether the vote of another identity on the same picture and prompt waits for an operator."""
RATE_VOTES = env.rate("ARENA_RATE_VOTES", "60/minute")
RATE_SAMPLES_NETWORK = env.rate("ARENA_RATE_SAMPLES_NETWORK", "120/minute")
RATE_FRESH_SAMPLES = env.rate("ARENA_RATE_FRESH_SAMPLES", "60/minute")
"""The limit for the whole site; beyond it visitors get one of the shipped pictures."""
RATE_READS_NETWORK = env.rate("ARENA_RATE_READS_NETWORK", "3000/minute")
"""The limit for boards, pages of models and battles, and the API, for each web process."""
BYTES_VOTER = env.rate("ARENA_BYTES_VOTER", "60000000/hour")
BYTES_NETWORK = env.rate("ARENA_BYTES_NETWORK", "400000000/hour")
BYTES_SITE = env.rate("ARENA_BYTES_SITE", "4000000000/hour")
"""The budgets count the bytes of pictures as they are stored."""
WAITING_SECONDS = env.decimal("ARENA_WAITING_SECONDS", 300.0, least=1.0)
"""A battle is refused where its answers could wait longer, were all before it of ANSWER_SECONDS."""
REDIS_SHARE = env.decimal("ARENA_REDIS_SHARE", 0.7, least=0.05, most=1.0)
"""Battles are refused where Redis has used more of its limit."""
DISK_FREE_BYTES = env.integer("ARENA_DISK_FREE_BYTES", 512 * 1024 * 1024)
"""Battles are refused where the disk of pictures has less; votes still find room there."""
PICTURE_HOURS = env.decimal("ARENA_PICTURE_HOURS", 24.0, least=0.0)
"""The picture of a battle without a vote is kept for this time."""
