"""The tests, and the benches and chaos programs: what they start compiles each module once."""

from __future__ import annotations

from arena.demo import bootstrap, bytecode

bytecode.keep(bootstrap.ROOT / ".arena" / "bytecode", own=not bootstrap.is_foreign())
