"""How often short prompts get their language, by the probability that is asked for.

python -m tests.bench.languages: to be run when the library, its languages or `SURE` change.
"""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

from arena.labels import language

PROMPTS = Path(__file__).parents[1] / "arena" / "labels" / "prompts.toml"
ASKED = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
HEAD = "asked for   right   wrong   empty   something said of nothing   of other languages"


def main() -> None:
    prompts = tomllib.loads(PROMPTS.read_text(encoding="utf-8"))
    begin = time.perf_counter()
    identifier = language._identifier()
    print(f"loaded in {time.perf_counter() - begin:.2f} s, {len(language.LANGUAGES)} languages")
    said = {name: [identifier.classify(text) for text in texts] for name, texts in prompts.items()}
    nothing, other = said.pop("undetermined"), said.pop("outside")
    print(f"{sum(map(len, said.values()))} prompts in {len(said)} languages", HEAD, sep="\n")
    for sure in ASKED:
        right = sum(p >= sure and code == name for name in said for code, p in said[name])
        wrong = sum(p >= sure and code != name for name in said for code, p in said[name])
        empty = sum(p < sure for name in said for _, p in said[name])
        noise = [f"{sum(p >= sure for _, p in rows)} of {len(rows)}" for rows in (nothing, other)]
        print(f"{sure:>9}{right:>8}{wrong:>8}{empty:>8}{noise[0]:>28}{noise[1]:>21}")


if __name__ == "__main__":
    main()
