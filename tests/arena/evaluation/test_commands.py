from __future__ import annotations

import sys

import pytest
from django.core.management import CommandError, call_command

from arena.benchmarks.models import BenchmarkScore
from arena.evaluation import tools
from arena.evaluation.models import EvaluatorToken
from arena.evaluation.selectors import token_of
from arena.evaluation.tools import EvaluationRun, alone_in

TOOL = """#!{python}
import json, os, sys
arguments = dict(zip(sys.argv[4::2], sys.argv[5::2]))
if os.environ.get("ARENA_EVALUATION") or not os.environ["OPENAI_API_KEY"].startswith("va-"):
    sys.exit(3)
model = arguments["--model_args"].partition("model=")[2].partition(",")[0]
scores = {{"alias": "exam", "exact_match,none": 0.5}}
document = {{"results": {{arguments["--tasks"]: scores}}, "model_name": model}}
with open(arguments["--output_path"] + "/20261129_results.json", "w") as file:
    json.dump(document, file)
"""


ITEMS = """#!{python}
import json, os, pathlib, sys, time
arguments = dict(zip(sys.argv[4::2], sys.argv[5::2]))
cache = pathlib.Path(arguments["--use_cache"])
cache.mkdir(exist_ok=True)
done = cache / "answers"
begun = len(done.read_text().split()) if done.exists() else 0
with (cache / "starts").open("a") as starts:
    starts.write(f"{{begun}} ")
last = min(5, int(arguments.get("--limit", 5)))
for item in range(begun, last):
    n = item + 1
    {body}
with done.open("a") as answers:
    answers.write("".join(f"{{item}} " for item in range(begun, last)))
scores = {{"alias": "exam", "exact_match,none": len(done.read_text().split()) / 5}}
document = {{"results": {{arguments["--tasks"]: scores}}, "model_name": "wordy@1"}}
document["n-samples"] = {{arguments["--tasks"]: {{"original": 5, "effective": last}}}}
with open(arguments["--output_path"] + "/20261129_results.json", "w") as file:
    json.dump(document, file)
"""
"""Keeps its answers only when it ends, as lmms-eval does."""


@pytest.fixture
def environment(tmp_path):
    """A virtual environment in which a program stands where the tool's Python would."""
    program = tmp_path / "tool" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(TOOL.format(python=sys.executable))
    program.chmod(0o755)
    return program.parent.parent


def evaluate(environment, tmp_path, *models, **options):
    where = {"environment": environment, "out": tmp_path / "results", "tasks": "exam"}
    call_command("evaluate", *models, **where, **options)


def test_the_scores_of_a_run_belong_to_the_version_that_was_asked(endpoint, environment, tmp_path):
    evaluate(environment, tmp_path, "wordy")
    score = BenchmarkScore.objects.get()
    assert (score.dataset, score.value) == ("exam", 0.5)
    assert str(score.model.version) == "wordy v1"
    assert not EvaluatorToken.objects.exists()


def test_a_tool_that_is_not_there_is_said_to_be_made_how(endpoint, tmp_path):
    with pytest.raises(CommandError, match=r"-m venv .*\n.*pip install 'lmms-eval"):
        evaluate(tmp_path / "nowhere", tmp_path, "wordy")


@pytest.mark.parametrize("tool", tools.TOOLS.values(), ids=lambda tool: tool.name)
def test_a_tool_gets_the_token_where_no_other_user_can_read_it(tool, tmp_path):
    run = EvaluationRun("m@1", ["exam"], "http://127.0.0.1/v1", "va-secret", tmp_path, 1, 30)
    assert not [word for word in tool.arguments(run) if run.token in word]
    assert run.token in tool.variables(run).values()


def test_a_tool_that_fails_leaves_no_token(endpoint, environment, tmp_path):
    (environment / "bin" / "python").write_text("#!/bin/sh\nexit 2\n")
    with pytest.raises(CommandError, match="status 2"):
        evaluate(environment, tmp_path, "wordy")
    assert not EvaluatorToken.objects.exists()


def answering(environment, body):
    """Let the tool answer five items; ``body`` runs after each answer, with the number of those
    that the folder has or will have."""
    program = environment / "bin" / "python"
    text = ITEMS.format(python=sys.executable, body=body)
    program.write_text(text)


def test_a_tool_that_was_killed_goes_on_with_the_next_piece(
    endpoint, environment, tmp_path, monkeypatch
):
    monkeypatch.setattr(tools, "PIECE", 2)
    answering(environment, "if n == 4: os.kill(os.getpid(), 9)")
    with pytest.raises(CommandError, match=r"status -9.*goes on where it was"):
        evaluate(environment, tmp_path, "wordy")
    assert not BenchmarkScore.objects.exists()
    answering(environment, "")
    evaluate(environment, tmp_path, "wordy")
    cache = tmp_path / "results" / "lmms-eval" / "wordy" / "cache"
    assert (cache / "answers").read_text().split() == ["0", "1", "2", "3", "4"]
    assert (cache / "starts").read_text().split() == ["0", "2", "2", "4", "5"]
    score = BenchmarkScore.objects.get()
    assert (score.value, score.items, score.is_partial) == (1.0, 5, False)
    evaluate(environment, tmp_path, "wordy")
    assert BenchmarkScore.objects.count() == 1
    assert not EvaluatorToken.objects.exists()


def test_a_command_that_is_asked_to_end_ends_its_tool(endpoint, environment, tmp_path):
    answering(environment, "os.kill(os.getppid(), 15); time.sleep(60)")
    with pytest.raises(SystemExit) as ended:
        evaluate(environment, tmp_path, "wordy")
    assert ended.value.code == 143
    assert not EvaluatorToken.objects.exists()
    with alone_in(tmp_path / "results" / "lmms-eval" / "wordy"):  # so the tool is gone, too
        pass


def test_two_tools_never_work_in_one_folder(endpoint, environment, tmp_path):
    with (
        alone_in(tmp_path / "results" / "lmms-eval" / "wordy"),
        pytest.raises(CommandError, match="at work"),
    ):
        evaluate(environment, tmp_path, "wordy")
    assert not EvaluatorToken.objects.exists()


def test_a_model_that_is_not_there_is_named(endpoint, environment, tmp_path):
    with pytest.raises(CommandError, match="wordy@7"):
        evaluate(environment, tmp_path, "wordy@7")


def test_a_token_is_printed_once_and_only_its_hash_is_kept(db, capsys):
    call_command("create_evaluator_token", "bench", "--requests-a-day", "5")
    secret = capsys.readouterr().out.strip()
    assert token_of(f"Bearer {secret}").requests_a_day == 5
    assert secret not in str(EvaluatorToken.objects.values_list().get())
    with pytest.raises(CommandError, match="already"):
        call_command("create_evaluator_token", "bench")
