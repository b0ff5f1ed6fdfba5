"""The language of short prompts, and silence where there is too little to tell it by."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from arena.labels import language
from tests.stack import ROOT

PROMPTS = tomllib.loads((Path(__file__).parent / "prompts.toml").read_text(encoding="utf-8"))
NOTHING = PROMPTS.pop("undetermined")
OUTSIDE = PROMPTS.pop("outside")
PAIRS = [(prompt, code) for code, prompts in PROMPTS.items() for prompt in prompts]


def test_what_is_said_is_right():
    said = [(prompt, code, language.of_prompt(prompt)) for prompt, code in PAIRS]
    wrong = [row for row in said if row[2] not in ("", row[1])]
    assert len(wrong) <= len(PAIRS) / 100, wrong


def test_most_short_prompts_get_their_language():
    said = [language.of_prompt(prompt) == code for prompt, code in PAIRS]
    assert sum(said) >= 0.8 * len(PAIRS)


@pytest.mark.parametrize("code", sorted(PROMPTS))
def test_each_language_is_recognised_at_all(code):
    assert code in {language.of_prompt(prompt) for prompt in PROMPTS[code]}


@pytest.mark.parametrize("prompt", NOTHING)
def test_too_little_has_no_language(prompt):
    assert language.of_prompt(prompt) == ""


def test_languages_that_are_not_told_apart_are_mostly_left_open():
    said = [prompt for prompt in OUTSIDE if language.of_prompt(prompt)]
    assert len(said) <= len(OUTSIDE) / 4, said


def test_the_issues_own_examples():
    assert language.of_prompt("What is this?") == "en"
    assert language.of_prompt("Was siehst du?") == "de"


def test_long_prompts_are_read_at_their_front():
    assert language.of_prompt("Was siehst du auf dem Bild? " * 200) == "de"


def test_another_process_says_the_same():
    program = "from arena.labels.language import of_prompt;print(*map(of_prompt, {!r}), sep='|')"
    prompts = [prompt for prompt, _ in PAIRS[::7]]
    argv = [sys.executable, "-c", program.format(prompts)]
    run = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip().split("|") == [language.of_prompt(prompt) for prompt in prompts]


def test_a_failure_of_the_library_is_undetermined_and_logged(monkeypatch, caplog):
    monkeypatch.setattr(language, "_identifier", lambda: object())
    assert language.of_prompt("What is this?") == ""
    assert "without a language" in caplog.text
    assert "What is this" not in caplog.text


def test_each_code_is_one_that_a_label_set_can_hold():
    assert max(map(len, language.LANGUAGES)) <= 12
