"""Averages and ranks of the Open VLM Leaderboard, by its own program and by the arena.

    git clone --branch leaderboard https://github.com/open-compass/VLMEvalKit DIR
    python -m tests.interop.open_vlm DIR [--file OpenVLM.json]

DIR holds ``gen_table.py`` and ``meta_data.py``, which make the leaderboard's table. They run as
they are, in an environment that `uv` makes for them. Without a file one of 285 models is made up
in its form, with ties and missing scores. The exit status is 1 where a number differs.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.figures import Figure, conclude
from tests.site import arena_on

MODELS = 285
SECONDS = 900.0
HALF_STEP, NEARLY = {"Avg Score": 0.05, "Avg Rank": 0.005}, 1e-9
"""The leaderboard prints an average with one decimal, and a mean rank with two."""
MOST = {"OCRBench": 1000, "MME": 2800}
"""The best possible score of a data set, where it is not 100."""
OWN_NAMES = {"MMBench_TEST_EN_V11": "MMBench_V11"}
"""The leaderboard's name of a column with several data sets, by the first of them."""
PROGRAM = """
import json, sys, types
sys.modules["gradio"] = types.ModuleType("gradio")  # only the page uses what it holds
sys.path.insert(0, sys.argv[1])
from gen_table import generate_table
from meta_data import DEFAULT_BENCH
results = json.load(open(sys.argv[2]))["results"]
found = {}
for columns in [DEFAULT_BENCH, json.loads(sys.argv[3])]:
    table = generate_table(results, columns).replace({float("nan"): None})
    rows = table[["name", "Avg Score", "Avg Rank"]].to_dict("records")
    found["+".join(columns)] = rows
print(json.dumps(found))
"""


def columns_of_file() -> dict[str, str]:
    """Return the leaderboard's name of each column that the catalogue has, by its key."""
    from arena.benchmarks.catalogue import benchmarks
    from arena.benchmarks.selectors import OPEN_VLM

    return {
        key: OWN_NAMES.get(source.datasets[0], source.datasets[0])
        for key, each in benchmarks().items()
        for source in each.sources
        if source.tool == OPEN_VLM
    }


def made_up(datasets: Sequence[str], seed: int) -> dict[str, Any]:
    """Return a file of the leaderboard's form; every model has the scores of MMBench."""
    dice = random.Random(seed)
    results: dict[str, Any] = {}
    for number in range(MODELS):
        name = f"Model-{number:03}"
        meta = {"Method": [name, ""], "Parameters": f"{dice.choice((1, 7, 34))}B", "Org": "Made up"}
        meta |= {"Language Model": "", "Vision Model": "", "OpenSource": "Yes", "Verified": "No"}
        results[name] = {"META": meta}
        skill = dice.uniform(0.3, 0.8)
        for dataset in datasets:
            if "MMBench" in dataset or dice.random() < 0.97:
                metric = "Final Score" if dataset == "OCRBench" else "Overall"
                share = min(1.0, max(0.0, dice.gauss(skill, 0.08)))
                results[name][dataset] = {metric: round(share * MOST.get(dataset, 100), 1)}
    return {"time": "250101120000", "results": results}


def theirs(source: Path, file: Path, columns: Sequence[str], home: Path) -> dict[str, Any]:
    """Return the rows of the leaderboard's own program by the columns of the average."""
    python = home / "bin" / "python"
    install = ["uv", "pip", "install", "--quiet", "--python", str(python), "pandas"]
    for command in (["uv", "venv", "--quiet", str(home)], install):
        subprocess.run(command, check=True, timeout=SECONDS)
    argv = [str(python), "-I", "-c", PROGRAM, str(source), str(file), json.dumps(columns)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=SECONDS)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compare(their_rows: Sequence[dict[str, Any]], keys: Sequence[str]) -> Iterator[Figure]:
    """Compare both numbers of each model, and which models have them."""
    from arena.benchmarks.selectors import scored_models

    ours = {model.name: model for model in scored_models(keys)}
    own_numbers = {
        "Avg Score": {name: model.average for name, model in ours.items()},
        "Avg Rank": {name: model.mean_rank for name, model in ours.items()},
    }
    for column, own in own_numbers.items():
        both = [(own[row["name"]], row[column]) for row in their_rows]
        blank = sum(one is None and other is None for one, other in both)
        equal = sum(
            None not in (one, other) and abs(one - other) <= HALF_STEP[column] + NEARLY
            for one, other in both
        )
        found = f"{equal} equal, {blank} blank in both, of {len(both)}"
        name = f"{column} of {len(keys)} columns"
        yield Figure(name, found, "all", equal + blank == len(both) == len(ours))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="folder with the leaderboard's own program")
    parser.add_argument("--file", type=Path, help="a file of the leaderboard")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="arena-interop-") as name, arena_on("sqlite"):
        from arena.benchmarks.catalogue import benchmarks
        from arena.benchmarks.selectors import OPEN_VLM
        from arena.benchmarks.services import import_scores

        columns = columns_of_file()
        keys = {own: key for key, own in columns.items()}
        file = args.file
        if file is None:
            sources = [each for key in columns for each in benchmarks()[key].sources]
            datasets = [d for one in sources if one.tool == OPEN_VLM for d in one.datasets]
            file = Path(name) / "OpenVLM.json"
            file.write_text(json.dumps(made_up(datasets, args.seed)))
        import_scores(file, OPEN_VLM)
        found = theirs(args.source, file, list(keys), Path(name) / "environment")
        figures = [
            figure
            for chosen, rows in found.items()
            for figure in compare(rows, [keys[own] for own in chosen.split("+")])
        ]
    return conclude("The Open VLM Leaderboard's own program beside the arena", figures)


if __name__ == "__main__":
    sys.exit(main())
