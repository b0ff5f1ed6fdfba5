"""The tests, and the benches and chaos programs: what they start compiles each module once."""

from __future__ import annotations

from arena.bootstrap import bytecode, environment

bytecode.keep(environment.ROOT / ".arena" / "bytecode", own=not environment.is_foreign())
