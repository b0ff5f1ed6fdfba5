"""lmms-eval and VLMEvalKit, as their packages ship, at the endpoint; beside the product's own exam.

    python -m tests.interop.evaluate --lmms-eval ENVIRONMENT --vlmevalkit ENVIRONMENT --items 20

Each is a virtual environment that holds the tool and nothing of the arena; docs/evaluators.md says
how it is made. The items are drawn anew and written as a task of each tool's own form; then
``manage.py evaluate`` asks two shipped models and imports the scores. With ``--interrupt`` the
command is asked to end once two thirds of the first model's items are answered, and called again.
"""

from __future__ import annotations

import argparse
import base64
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from arena.bootstrap.environment import ROOT
from arena.evaluation.tools import PIECE
from inference_worker.samples.questions import PictureQuestion
from inference_worker.training.checkpoints import shipped
from inference_worker.training.evaluate import evaluate
from inference_worker.training.exam import ExamSheet, exam
from tests.figures import Figure, conclude
from tests.stack import SHIPPED, Stack, running

MODELS = ("heron-s", "kestrel-xs")
TASK, DATA_SET = "arena_exam", "OCRBench_MINI"
POINTS = 0.5
AT_ONCE = 4
"""Requests that the command has under way; those of the one that was ended are made again."""
SEED = 11

_YAML = """\
task: {task}
dataset_path: parquet
dataset_kwargs:
  data_files:
    test: {file}
test_split: test
output_type: generate_until
doc_to_visual: !function reading.pictures
doc_to_text: question
doc_to_target: answer
generation_kwargs:
  max_new_tokens: 64
  temperature: 0
  do_sample: false
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.0
"""
_READING = """\
from io import BytesIO

from PIL import Image


def pictures(doc):
    return [Image.open(BytesIO(doc["image"])).convert("RGB")]
"""


def items(sheets: Sequence[ExamSheet]) -> Iterator[tuple[Image.Image, PictureQuestion]]:
    """Yield each question with its picture."""
    for sheet in sheets:
        for question in sheet.questions:
            yield sheet.picture, question


def as_png(picture: Image.Image) -> bytes:
    """Return the picture without loss."""
    file = BytesIO()
    picture.convert("RGB").save(file, "PNG")
    return file.getvalue()


def write_lmms_eval(folder: Path, sheets: Sequence[ExamSheet]) -> None:
    """Write a task of lmms-eval: a description, a function, and the items as Parquet."""
    rows = [
        {"image": as_png(picture), "question": question.prompt, "answer": question.answer}
        for picture, question in items(sheets)
    ]
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(rows), folder / "items.parquet")
    (folder / "reading.py").write_text(_READING)
    (folder / f"{TASK}.yaml").write_text(_YAML.format(task=TASK, file=folder / "items.parquet"))


def write_vlmevalkit(folder: Path, sheets: Sequence[ExamSheet]) -> None:
    """Write a data set of VLMEvalKit, in the form whose answers are texts: that of OCRBench."""
    folder.mkdir()
    with (folder / f"{DATA_SET}.tsv").open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(["index", "image", "question", "answer", "category"])
        for index, (picture, question) in enumerate(items(sheets)):
            image = base64.b64encode(as_png(picture)).decode()
            answer = json.dumps([question.answer])
            table.writerow([index, image, question.prompt, answer, "Regular Text Recognition"])


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A call of ``manage.py evaluate`` with one of the tools."""

    stack: Stack
    tool: str
    environment: Path
    task: str
    definitions: Path

    def begin(self, *models: str) -> subprocess.Popen[bytes]:
        """Start the command."""
        argv = [sys.executable, "manage.py", "evaluate", *models, "--with", self.tool]
        argv += ["--tasks", self.task, "--environment", str(self.environment)]
        argv += ["--definitions", str(self.definitions), "--address", self.stack.address]
        argv += ["--out", str(self.definitions.parent / "results")]
        offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(self.definitions.parent / "hub")}
        env = {**self.stack.env, "ARENA_BOOTSTRAP": "off", **offline}
        return subprocess.Popen(argv, env=env, cwd=ROOT)

    def whole(self) -> float:
        """Run it for both models; return the seconds that it took."""
        began = time.monotonic()
        assert self.begin(*MODELS).wait() == 0, f"{self.tool} failed"
        return time.monotonic() - began

    def interrupted(self, items: int) -> Figure:
        """End it for the first model after two thirds of the items, and call it again.

        What it may ask twice is what it had asked since its last piece, which is less than one.
        """
        asked = [self._asked_until(2 * items // 3)]
        asked.append(self._asked_until(None))
        text = f"{asked[0]} requests, then {asked[1]}, for {items} items"
        most = items + 2 * items // 3 % PIECE + AT_ONCE * (1 + items // 20)
        return Figure(
            f"{self.tool}, ended and called again", text, f"<= {most}", sum(asked) <= most
        )

    def _asked_until(self, number: int | None) -> int:
        """Return how many requests were made until the command ended, or had made so many and was
        asked to end."""
        process, asked = self.begin(MODELS[0]), 0
        while process.poll() is None:
            rows = self.stack.rows("SELECT SUM(requests) AS made FROM evaluation_evaluatorday")
            asked = max(asked, rows[0]["made"] or 0)
            if number is not None and asked >= number:
                process.terminate()
                process.wait()
            time.sleep(0.05)
        assert process.returncode == (0 if number is None else 128 + signal.SIGTERM)
        return asked


def scores(stack: Stack, data_set: str, metric: str) -> dict[str, float]:
    """Return the imported values of a metric by model."""
    rows = stack.rows(
        "SELECT m.name, s.value FROM benchmarks_benchmarkscore s JOIN benchmarks_evaluatedmodel m"
        " ON m.id = s.model_id WHERE s.dataset = ? AND s.metric = ? AND m.version_id IS NOT NULL",
        data_set,
        metric,
    )
    return {row["name"].partition("@")[0]: row["value"] for row in rows}


def own_exam(sheets: Sequence[ExamSheet]) -> dict[str, float]:
    """Return the percentage of all items that each model answers word for word."""
    found = {}
    for folder in shipped():
        if folder.name in MODELS:
            marks = evaluate(folder, list(sheets)).values()
            found[folder.name] = 100 * sum(m.right for m in marks) / sum(m.asked for m in marks)
    return found


def figure(tool: str, own: dict[str, float], measured: dict[str, float], seconds: float) -> Figure:
    """Compare a tool's scores with the product's own."""
    pairs = [f"{name} {measured.get(name, float('nan')):.2f} ({own[name]:.2f})" for name in MODELS]
    ok = all(name in measured and abs(measured[name] - own[name]) <= POINTS for name in MODELS)
    found = f"{', '.join(pairs)}; {seconds:.0f} s"
    return Figure(f"{tool} (own exam)", found, f"within {POINTS} points", ok)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lmms-eval", type=Path)
    parser.add_argument("--vlmevalkit", type=Path)
    parser.add_argument("--items", type=int, default=20, help="of each of the fifteen tasks")
    parser.add_argument("--interrupt", action="store_true", help="end a first run, and go on")
    args = parser.parse_args(argv)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    sheets = exam(args.items, SEED)
    number = sum(len(sheet.questions) for sheet in sheets)
    own = own_exam(sheets)
    found = [Figure("items", str(number))]
    with (
        tempfile.TemporaryDirectory() as path,
        running(cards=SHIPPED, settings={"ARENA_EVALUATION": "1"}) as stack,
    ):
        stack.await_models(2)
        if args.lmms_eval:
            folder = Path(path) / "lmms-eval"
            write_lmms_eval(folder, sheets)
            run = ToolRun(stack, "lmms-eval", args.lmms_eval, TASK, folder)
            found += [run.interrupted(number)] if args.interrupt else []
            seconds = run.whole()
            shares = scores(stack, TASK, "exact_match,none")
            percents = {name: 100 * value for name, value in shares.items()}
            found.append(figure("lmms-eval", own, percents, seconds))
        if args.vlmevalkit:
            folder = Path(path) / "vlmevalkit"
            write_vlmevalkit(folder, sheets)
            run = ToolRun(stack, "vlmevalkit", args.vlmevalkit, DATA_SET, folder)
            found += [run.interrupted(number)] if args.interrupt else []
            seconds = run.whole()
            right = scores(stack, DATA_SET, "Final Score")
            percents = {name: 100 * value / number for name, value in right.items()}
            found.append(figure("VLMEvalKit", own, percents, seconds))
    return conclude("Evaluators beside the product's own exam", found)


if __name__ == "__main__":
    sys.exit(main())
