from __future__ import annotations

import re
import sys

import pytest
from django.core.management import CommandError, call_command

from arena.boards.selectors import plan_in_force
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelCard
from arena.catalog.services import activate
from arena.catalog.states import ProbeResult
from tests.factories import make_card, make_version, make_vote

TRAINING = """#!{python}
import json, pathlib, sys
if sys.argv[1:3] != ["-m", "inference_worker.training.tune"]:
    sys.exit(9)
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
out.mkdir(parents=True)
one = {{"measure": "exam", "before": 50.0, "after": 60.0, "lower": 5.0, "upper": 15.0}}
(out / "comparison.json").write_text(json.dumps([one]))
sys.exit({status})
"""


@pytest.fixture
def base(db, valkey_url):
    return make_version(make_card("heron-s", name="Heron S"), source="shipped:heron-s")


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def environment(tmp_path, status=0):
    """An environment in which a program stands where Python with the training extra would."""
    program = tmp_path / "training" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(TRAINING.format(python=sys.executable, status=status))
    program.chmod(0o755)
    return program.parent.parent


def finetune(tmp_path, status=0, **options):
    where = {"environment": environment(tmp_path, status), "out": tmp_path / "tuned"}
    call_command("finetune", "heron-s", method="dpo", data=tmp_path, **where, **options)


def test_a_better_model_stands_beside_its_base_with_both_figures(base, tmp_path):
    finetune(tmp_path)
    card = ModelCard.objects.get(slug="heron-s-dpo")
    assert card.versions.get().source == str(tmp_path / "tuned")
    assert "Heron S (version 1), tuned by dpo" in card.description
    assert "50.0 % before, 60.0 % after (+5.0 to +15.0)" in card.description
    assert card.facts.tuned_from == base


def test_a_later_run_adds_a_version_and_names_the_newer_base(base, tmp_path):
    finetune(tmp_path / "first")
    newer = make_version(base.card, source="shipped:heron-s")
    finetune(tmp_path / "second")
    card = ModelCard.objects.get(slug="heron-s-dpo")
    assert card.versions.count() == 2
    assert card.facts.tuned_from == newer


def test_it_is_drawn_against_its_base_and_the_pages_of_both_show_both(
    base, tmp_path, client, no_layer, settings
):
    settings.BOARD_MIN_VOTES = 4
    finetune(tmp_path)
    tuned = ModelCard.objects.get(slug="heron-s-dpo").versions.get()
    tuned.probe = ProbeResult.PASSED
    tuned.save(update_fields=["probe"])
    activate(card=tuned.card)
    for choice in "aaab":
        make_vote(tuned, base, choice)
    update_live_boards()
    [(*pair, chance)] = plan_in_force().pairs
    assert (sorted(pair), chance) == (["heron-s", "heron-s-dpo"], 1.0)
    for slug, percent in (("heron-s", "25%"), ("heron-s-dpo", "75%")):
        text = text_of(client.get(f"/models/{slug}/"))
        section = text.partition("Base and tuned models")[2].partition("Against each opponent")[0]
        names = ("Heron S base, version 1", "Heron S DPO this model")
        if slug == "heron-s":
            names = ("Heron S this model", "Heron S DPO tuned from this model")
        assert all(name in section for name in names)
        assert f"{percent} in 4 votes" in section
    said = client.get("/api/v1/models/heron-s-dpo").json()
    assert (said["tuned_from"], said["tuned_from_version"]) == ("heron-s", 1)
    assert client.get("/api/v1/models/heron-s").json()["tuned_models"] == ["heron-s-dpo"]


def test_a_model_that_is_not_better_is_kept_out(base, tmp_path):
    with pytest.raises(CommandError, match="kept out"):
        finetune(tmp_path, status=3)
    assert not ModelCard.objects.filter(slug="heron-s-dpo").exists()


def test_without_an_environment_it_says_how_to_make_one(base, tmp_path):
    with pytest.raises(CommandError, match="-m venv"):
        call_command("finetune", "heron-s", method="sft", environment=tmp_path / "nowhere")


def test_a_model_at_an_endpoint_has_no_weights_here(db, tmp_path):
    make_version(make_card("far"), base_url="https://host/v1", backend="openai", source="x")
    with pytest.raises(CommandError, match="endpoint"):
        call_command("finetune", "far", method="sft", environment=tmp_path)
