"""Outside tools read an export as it is, each in an environment of its own.

    python -m tests.interop.read_export [--export DIR] [--tool pandas --tool duckdb ...]
    git clone https://github.com/lmarena/arena-rank SOURCE
    python -m tests.interop.read_export --arena-rank SOURCE --tool composite

DIR is a folder that `manage.py export` wrote; without it one of conversations of two turns, each
with a picture, is made. `uv` makes the environments; nothing is installed into the project's.
`sft`, `dpo` and `kto` are TRL's trainers, which train the smallest shipped model for a few steps;
`composite` is arena-rank's CompositeBradleyTerry, which no package has: it needs ``--arena-rank``.
The exit status is 1 where a tool did not read what the export says.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Picture

from arena.bootstrap.environment import ROOT
from tests.figures import Figure, conclude
from tests.site import arena_on

SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class OutsideTool:
    """What to install, and a program that prints one line of JSON about the folder it is given:
    the number of rows by table, and what else it found."""

    packages: tuple[str, ...]
    program: str
    locks: tuple[str, ...] = ()
    """Files of pinned packages that name all that they need."""


SOURCE = "SOURCE"
"""Stands for the folder of arena-rank's repository."""
BASE = "inference_worker/checkpoints/kestrel-xs"
_TRAINING = """
import json, math, os, sys, tempfile
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp()
import torch
from datasets import load_dataset
from transformers import AutoModelForImageTextToText, AutoProcessor
from trl import METHODConfig, METHODTrainer
torch.set_num_threads(1)
rows = load_dataset(sys.argv[1], "TABLE", split="train")
pictures = [len(one) for one in rows["images"]]
assert max(pictures) > 1, "no row has a picture in a later turn"
model = AutoModelForImageTextToText.from_pretrained("BASE", dtype=torch.float32)
before = {name: one.detach().clone() for name, one in model.named_parameters()}
settings = METHODConfig(
    output_dir=tempfile.mkdtemp(), max_steps=4, per_device_train_batch_size=2, max_length=None,
    gradient_checkpointing=False, bf16=False, use_cpu=True, report_to="none", save_strategy="no",
    logging_steps=1, learning_rate=1e-3)
trainer = METHODTrainer(model=model, args=settings, train_dataset=rows,
                        processing_class=AutoProcessor.from_pretrained("BASE"))
trainer.train()
losses = [round(one["loss"], 4) for one in trainer.state.log_history if "loss" in one]
moved = sum(not torch.equal(before[name], one) for name, one in model.named_parameters())
assert trainer.state.global_step == 4 and all(map(math.isfinite, losses)) and moved
print(json.dumps({"TABLE": len(rows), "most pictures": max(pictures), "losses": losses}))
"""


def trainer(method: str, table: str) -> OutsideTool:
    """Return one of TRL's trainers, with what the training extra pins."""
    words = {"METHOD": method, "TABLE": table, "BASE": BASE}
    program = _TRAINING
    for word, value in words.items():
        program = program.replace(word, value)
    locks = ("requirements/worker.txt", "requirements/train.txt")
    return OutsideTool(("-r", "requirements/torch.txt"), program, locks)


TOOLS = {
    "pandas": OutsideTool(
        ("pandas", "pyarrow"),
        """
import json, sys, pandas
votes = pandas.read_parquet(sys.argv[1] + "/votes")
sheet = pandas.read_csv(sys.argv[1] + "/votes-train.csv")
lines = pandas.read_json(sys.argv[1] + "/votes-train.jsonl", lines=True)
assert len(sheet) == len(lines) and list(sheet.columns) == list(lines.columns)
battles = pandas.read_parquet(sys.argv[1] + "/battles")
print(json.dumps({"votes": len(sheet), "a": int((sheet.winner == "model_a").sum()),
                  "battles": len(battles)}))
""",
    ),
    "polars": OutsideTool(
        ("polars",),
        """
import json, sys, polars
votes = polars.read_parquet(sys.argv[1] + "/votes/train-*.parquet")
sheet = polars.read_csv(sys.argv[1] + "/votes-train.csv", infer_schema_length=None)
assert sheet.height == votes.height
assert polars.read_ndjson(sys.argv[1] + "/votes-train.jsonl").height == votes.height
battles = polars.read_parquet(sys.argv[1] + "/battles/train-*.parquet")
print(json.dumps({"votes": votes.height, "a": int((votes["winner"] == "model_a").sum()),
                  "battles": battles.height}))
""",
    ),
    "duckdb": OutsideTool(
        ("duckdb",),
        """
import json, sys, duckdb
one = lambda query: duckdb.sql(query.format(sys.argv[1])).fetchall()[0][0]
votes = one("select count(*) from '{}/votes/train-*.parquet'")
assert one("select count(*) from '{}/votes-train.csv'") == votes
assert one("select count(*) from '{}/votes-train.jsonl'") == votes
print(json.dumps({"votes": votes,
                  "a": one("select count(*) from '{}/votes-train.csv' where winner = 'model_a'"),
                  "battles": one("select count(*) from '{}/battles/train-*.parquet'")}))
""",
    ),
    "evalica": OutsideTool(
        ("evalica", "pandas"),
        """
import json, sys, pandas, evalica
votes = pandas.read_csv(sys.argv[1] + "/votes-train.csv")
known = {"model_a": evalica.Winner.X, "model_b": evalica.Winner.Y}
winner = votes.winner.map(lambda word: known.get(word, evalica.Winner.Draw))
found = evalica.bradley_terry(votes.model_a, votes.model_b, winner)
print(json.dumps({"votes": len(votes), "a": int((winner == evalica.Winner.X).sum()),
                  "order": found.scores.sort_values(ascending=False).index.tolist()}))
""",
    ),
    "arena-rank": OutsideTool(
        ("arena-rank", "pandas"),
        """
import json, sys, pandas
from arena_rank.utils.data_utils import PairDataset
from arena_rank.models.bradley_terry import BradleyTerry
votes = pandas.read_csv(sys.argv[1] + "/votes-train.csv")
data = PairDataset.from_pandas(votes)
found = BradleyTerry(n_competitors=len(data.competitors)).compute_ratings_and_cis(data)
ranked = sorted(zip(found["competitors"], map(float, found["ratings"])), key=lambda one: -one[1])
print(json.dumps({"votes": len(votes), "a": int((votes.winner == "model_a").sum()),
                  "order": [name for name, _ in ranked]}))
""",
    ),
    "composite": OutsideTool(
        (SOURCE,),
        """
import json, sys, pandas
from arena_rank.composite_bradley_terry import CompositeBradleyTerry, build_composite_data
votes = pandas.read_csv(sys.argv[1] + "/votes-train.csv")
outcome = {"model_a": 1.0, "model_b": 0.0}
data, names = build_composite_data(
    [votes, votes], ["winner", "winner"], [0.7, 0.3],
    outcome_maps=[lambda word: outcome.get(word, 0.5)] * 2,
    weight_cols=[None, "propensity"])
found = CompositeBradleyTerry(n_competitors=len(names), n_losses=2)
found.fit(data)
ratings = [float(one) for one in found.params["ratings"]]
ranked = sorted(zip(ratings, names), reverse=True)
assert len(set(ratings)) > 1
print(json.dumps({"votes": len(votes), "order": [name for _, name in ranked]}))
""",
    ),
    "sft": trainer("SFT", "sft"),
    "dpo": trainer("DPO", "preference"),
    "kto": trainer("KTO", "kto"),
    "datasets": OutsideTool(
        ("datasets", "pillow"),
        """
import json, os, sys, tempfile
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp()
from datasets import get_dataset_config_names, load_dataset
names = get_dataset_config_names(sys.argv[1])
assert set(names) >= {"votes", "battles", "preference", "kto", "sft", "chat"}, names
loaded = {name: load_dataset(sys.argv[1], name) for name in names}
votes, battles = loaded["votes"]["train"], loaded["battles"]["train"]
if len(battles):
    assert battles[0]["images"][0].size[0] >= 1
    assert loaded["chat"]["train"][0]["conversation"][0][0]["content"]
print(json.dumps({"votes": len(votes), "battles": len(battles),
                  "a": sum(one == "model_a" for one in votes["winner"])}))
""",
    ),
    "mlcroissant": OutsideTool(
        ("mlcroissant",),
        """
import json, sys, mlcroissant
found = mlcroissant.Dataset(jsonld=sys.argv[1] + "/croissant.json")
print(json.dumps({"tables": len(found.metadata.record_sets)}))
""",
    ),
}


CONVERSATIONS = 30


def made_up(folder: Path) -> None:
    """Export conversations of two turns, each with a picture, and as many of one turn."""
    from django.core.management import call_command

    from arena.battles.models import Image
    from arena.ledger.services.folding import fold
    from tests import factories

    versions = factories.make_models("heron", "linnet", "wren")
    colours = ("red", "green", "blue", "white")
    images = []
    for colour in colours:
        file = io.BytesIO()
        Picture.new("RGB", (64, 64), colour).save(file, "PNG")
        images.append(factories.make_image(file.getvalue()))
    Image.objects.update(width=64, height=64)
    for number in range(2 * CONVERSATIONS):
        voter = factories.make_voter(publish=True)
        battle = factories.make_battle_row(
            voter, state="voted", publish=True, consent_version="interop"
        )
        pair = (versions[number % 3], versions[(number + 1) % 3])
        for place in range(1 + number % 2):
            image = images[(number + place) % len(images)]
            turn = factories.make_turn(
                battle, number=place, prompt=f"Which colour is picture {place}?", image=image
            )
            for side, version in zip("ab", pair, strict=True):
                text = f"It is {colours[(number + place + (side == 'b')) % 4]}."
                factories.make_generation(turn, side, version, text=text)
        better, worse = "ba" if number % 3 == 2 else "ab"
        factories.store_vote(battle, (better, better, worse, "tie", "both_bad")[number % 5])
    while fold():
        pass
    call_command("export", folder)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--export", type=Path, help="folder; without it one is made")
    parser.add_argument("--arena-rank", type=Path, help="folder of arena-rank's repository")
    parser.add_argument("--tool", action="append", choices=list(TOOLS))
    args = parser.parse_args(argv)
    chosen = args.tool or [name for name in TOOLS if name != "composite" or args.arena_rank]
    with tempfile.TemporaryDirectory(prefix="arena-interop-") as folder:
        export = args.export
        if export is None:
            export = Path(folder) / "export"
            with arena_on("sqlite"):
                made_up(export)
        rows = json.loads((export / "export.json").read_text())["rows"]
        figures = [
            run(name, export.absolute(), rows, Path(folder), args.arena_rank) for name in chosen
        ]
    return conclude("Outside tools", figures)


def run(name: str, export: Path, rows: dict[str, int], folder: Path, source: Path | None) -> Figure:
    """Let one tool read the export in an environment of its own."""
    tool, home = TOOLS[name], folder / name
    python = home / "bin" / "python"
    packages = [str(source) if one == SOURCE else one for one in tool.packages]
    into = ["uv", "pip", "install", "--quiet", "--python", str(python)]
    commands = [["uv", "venv", "--quiet", str(home)], [*into, *packages]]
    if tool.locks:
        commands.append([*into, "--no-deps", *(x for lock in tool.locks for x in ("-r", lock))])
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, cwd=ROOT)
        if done.returncode:
            return Figure(name, f"not installed: {done.stderr.strip()[-200:]}", "", False)
    command = [str(python), "-I", "-c", tool.program, str(export)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, cwd=ROOT)
    if done.returncode:
        return Figure(name, done.stderr.strip()[-300:], "", False)
    last = done.stdout.strip().splitlines()[-1]
    tables = {one: found for one, found in json.loads(last).items() if f"{one}/train" in rows}
    right = all(found == rows[f"{one}/train"] for one, found in tables.items())
    target = ", ".join(f"{rows[f'{one}/train']} {one}" for one in tables)
    return Figure(name, last[:160], target, right)


if __name__ == "__main__":
    sys.exit(main())
