"""Adding a model by Hub id, address, folder and ready card."""

from __future__ import annotations

import json

import pytest

from arena.catalog.models import CardFacts, ModelCard
from arena.core.errors import Conflict
from arena.onboarding import services
from arena.onboarding.hub.client import HubProblem
from arena.onboarding.hub.folders import FolderProblem
from arena.probes import dispatch
from tests.factories import make_card
from tests.hub.making import CONFIG, make_repository, safetensors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]


@pytest.fixture(autouse=True)
def _nobody_is_asked(monkeypatch):
    for name in ("begin_trial", "begin_probe"):
        monkeypatch.setattr(dispatch, name, lambda *args, **more: None, raising=False)


def test_a_hub_id_becomes_a_card_pinned_to_a_commit(hub):
    make_repository(hub.folder, cardData={"license": "mit", "language": "en"})
    version = services.onboard(services.propose("maker/tiny-vlm"))
    commit = hub.find("maker/tiny-vlm").commit
    assert (version.source, version.revision) == ("maker/tiny-vlm", commit)
    assert version.backend == "transformers"
    card = version.card
    assert (card.slug, card.organization, card.license) == ("tiny-vlm", "maker", "mit")
    assert card.parameters == 1000
    facts = card.facts
    assert (facts.hub_id, facts.commercial_use, facts.languages) == ("maker/tiny-vlm", "yes", "en")
    assert facts.sources["license"] == "https://huggingface.co/maker/tiny-vlm"


def test_what_cannot_run_is_not_added(hub):
    make_repository(hub.folder, config={**CONFIG, "auto_map": {}})
    proposal = services.propose("maker/tiny-vlm")
    with pytest.raises(Conflict, match="endpoint in a container"):
        services.onboard(proposal)
    assert not ModelCard.objects.exists()


def test_the_same_model_is_not_added_twice(hub):
    make_repository(hub.folder)
    services.onboard(services.propose("maker/tiny-vlm"))
    with pytest.raises(Conflict, match=r"tiny-vlm \(tiny-vlm\) is this model already"):
        services.onboard(services.propose("maker/tiny-vlm"))
    assert ModelCard.objects.count() == 1


def test_a_slug_that_is_taken_is_counted_on(hub):
    make_card("tiny-vlm", name="Other")
    make_card("tiny-vlm-2", name="Another")
    make_repository(hub.folder)
    assert services.propose("maker/tiny-vlm").card["slug"] == "tiny-vlm-3"


def test_a_folder_that_the_site_sees_fills_the_rest_in(settings, tmp_path):
    folder = tmp_path / "models" / "My.VLM"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(safetensors(500))
    (folder / "README.md").write_text("---\nlicense: apache-2.0\nlanguage: de\n---\n# Mine\n")
    settings.MODEL_DIRS = (folder.parent,)
    proposal = services.propose(str(folder))
    assert proposal.card == {
        "name": "My.VLM",
        "slug": "my-vlm",
        "organization": "",
        "license": "apache-2.0",
        "parameters": 500,
    }
    assert proposal.facts["languages"] == "de"
    assert services.onboard(proposal).source == str(folder)


def test_a_folder_that_only_a_worker_sees_is_named_alone(settings):
    settings.MODEL_DIRS = ()
    proposal = services.propose("/models/my-vlm")
    assert proposal.card == {"name": "my-vlm", "slug": "my-vlm"}
    assert not proposal.obstacle


@pytest.mark.parametrize(
    ("path", "said"),
    [("inside/none", "no folder"), ("outside", "ARENA_MODEL_DIRS"), ("inside/../x", "ARENA_MODEL")],
)
def test_a_folder_that_no_worker_would_take_is_refused(settings, tmp_path, path, said):
    (tmp_path / "outside").mkdir()
    (tmp_path / "inside").mkdir()
    settings.MODEL_DIRS = (tmp_path / "inside",)
    with pytest.raises(FolderProblem, match=said):
        services.propose(str(tmp_path / path))


@pytest.mark.parametrize(
    "spoilt",
    [
        {"config.json": b"{"},
        {"model.safetensors": b"\xff" * 20},
        {"model.safetensors": b"\x02\x00\x00\x00\x00\x00\x00\x00[]"},
        {"config.json": b"[" * 5000},
    ],
)
def test_a_spoilt_folder_is_named(settings, tmp_path, spoilt):
    folder = make_repository(tmp_path, "models/spoilt", files=spoilt)
    settings.MODEL_DIRS = (folder.parent,)
    with pytest.raises(FolderProblem, match="can't be read"):
        services.propose(str(folder))


def test_an_address_is_an_endpoint_that_lacks_its_model(settings):
    proposal = services.propose("https://host.example/v1/")
    assert proposal.recipe.base_url == "https://host.example/v1"
    assert proposal.recipe.backend == "openai"
    with pytest.raises(Conflict, match=r"models at host\.example"):
        services.onboard(proposal)


def test_a_ready_card_brings_its_own_facts_and_the_commit_of_the_hub(hub):
    make_repository(hub.folder, "HuggingFaceTB/SmolVLM-Instruct", cardData={"license": "x"})
    version = services.onboard(services.propose("smolvlm"))
    assert version.source == "HuggingFaceTB/SmolVLM-Instruct"
    assert len(version.revision) == 40
    assert (version.card.slug, version.card.name) == ("smolvlm", "SmolVLM")
    assert version.card.license == "apache-2.0"
    assert version.card.parameters == 1000
    facts = CardFacts.objects.get(card=version.card)
    assert facts.commercial_use == "yes"
    assert facts.sources["license"].startswith("https://huggingface.co/HuggingFaceTB/")


def test_a_ready_card_that_needs_a_server_asks_for_its_endpoint_without_a_network(settings):
    settings.HUB = False
    proposal = services.propose("moondream2")
    assert "Then enter the endpoint's address" in proposal.incomplete
    assert proposal.recipe.backend == "openai"


def test_without_a_network_nothing_is_stored(settings):
    settings.HUB, settings.HUB_ENDPOINT = True, "http://127.0.0.1:9"
    with pytest.raises(HubProblem):
        services.propose("smolvlm")
    assert not ModelCard.objects.exists()
