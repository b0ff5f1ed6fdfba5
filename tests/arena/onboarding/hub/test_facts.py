"""What the site learns of a model from a Hub on loopback, through the Hub's own client."""

from __future__ import annotations

import pytest

from arena.catalog.licences import CommercialUse, commercial_use
from arena.onboarding.hub.client import GatedRepository, HubProblem
from arena.onboarding.hub.facts import image_resolution, read_facts
from arena.onboarding.hub.obstacles import ModelObstacle
from tests.hub.making import CONFIG, make_repository
from tests.hub.serving import TOKEN

CARD = {"license": "apache-2.0", "language": ["en", "de"]}


def test_facts_are_filled_in(hub):
    result = {
        "dataset": {"id": "MMMU/MMMU", "task_id": "val"},
        "value": 41.5,
        "source": {"url": "https://example.org/run"},
    }
    make_repository(hub.folder, cardData=CARD, evalResults=[result])
    facts = read_facts("maker/tiny-vlm")
    assert (facts.name, facts.organization, facts.hub_id) == ("tiny-vlm", "maker", "maker/tiny-vlm")
    assert facts.revision == hub.find("maker/tiny-vlm").commit
    assert (facts.license, facts.commercial_use) == ("apache-2.0", CommercialUse.YES)
    assert (facts.parameters, facts.megabytes) == (1000, 1)
    assert facts.languages == ("en", "de")
    assert (facts.architecture, facts.native) == ("LlavaForConditionalGeneration", True)
    assert facts.image_resolution == "336 × 336"
    assert facts.obstacle is None
    [published] = facts.results
    assert (published.dataset, published.value) == ("MMMU/MMMU", 41.5)
    assert published.source == "https://example.org/run"


def test_no_weights_are_downloaded(hub):
    make_repository(hub.folder, cardData=CARD)
    read_facts("maker/tiny-vlm")
    assert hub.downloads(".safetensors") == []
    assert len(hub.downloads("config.json")) == 1


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({"config": {**CONFIG, "auto_map": {"AutoModel": "x.Y"}}}, ModelObstacle.REMOTE_CODE),
        ({"config": {"model_type": "moondream1"}}, ModelObstacle.UNKNOWN_ARCHITECTURE),
        (
            {"config": {"model_type": "llama"}, "pipeline_tag": "text-generation"},
            ModelObstacle.TEXT_ONLY,
        ),
        ({"without": ("config.json",)}, ModelObstacle.NO_MODEL),
        ({"without": ("tokenizer.json",)}, ModelObstacle.NO_TOKENIZER),
        ({"without": ("model.safetensors",)}, ModelObstacle.NO_WEIGHTS),
        (
            {"without": ("model.safetensors",), "files": {"pytorch_model.bin": b"x"}},
            ModelObstacle.PICKLE_ONLY,
        ),
        (
            {"without": ("model.safetensors",), "files": {"q4.gguf": b"x"}},
            ModelObstacle.GGUF,
        ),
        ({"files": {"adapter_config.json": b"{}"}}, ModelObstacle.ADAPTER),
    ],
)
def test_what_cannot_run_is_named_with_the_way_out(hub, changes, obstacle):
    make_repository(hub.folder, **changes)
    found = read_facts("maker/tiny-vlm").obstacle
    assert found == obstacle
    assert len(str(obstacle.label)) > 30


def test_a_gated_model_is_read_with_the_right_token_alone(hub, monkeypatch):
    make_repository(hub.folder, gated="manual")
    with pytest.raises(GatedRepository, match=r"Ask for it at .*maker/tiny-vlm, then set HF"):
        read_facts("maker/tiny-vlm")
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_else")
    with pytest.raises(GatedRepository):
        read_facts("maker/tiny-vlm")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert read_facts("maker/tiny-vlm").gated == "manual"


@pytest.mark.parametrize(
    ("status", "said"), [(401, "no public model|HF_TOKEN"), (429, "too many"), (418, "418")]
)
def test_an_ill_hub_is_named(hub, status, said):
    make_repository(hub.folder)
    hub.status = status
    with pytest.raises(HubProblem, match=said):
        read_facts("maker/tiny-vlm")


def test_what_is_not_there_is_named(hub):
    with pytest.raises(HubProblem, match="no public model maker/none"):
        read_facts("maker/none")
    make_repository(hub.folder)
    with pytest.raises(HubProblem, match="no such revision"):
        read_facts("maker/tiny-vlm", "0" * 40)
    with pytest.raises(HubProblem, match="no name of a repository"):
        read_facts("maker/..tiny")


def test_no_network_is_one_sentence(settings, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    settings.HUB, settings.HUB_ENDPOINT = True, "http://127.0.0.1:9"
    with pytest.raises(HubProblem, match=r"\(http://127.0.0.1:9\) can't be reached. Is there a"):
        read_facts("maker/tiny-vlm")


def test_a_hub_that_is_switched_off_is_not_asked(hub, settings):
    settings.HUB = False
    with pytest.raises(HubProblem, match="ARENA_HUB=1"):
        read_facts("maker/tiny-vlm")
    assert hub.requests == []


@pytest.mark.parametrize(
    "about",
    [
        {"cardData": {"license": ["x", 1, None], "language": {"a": 1}, "license_name": 5}},
        {"safetensors": {"parameters": {}, "total": "many"}},
        {"safetensors": {"parameters": {}, "total": 10**30}},
        {"author": "a\u202eb" * 500},
    ],
)
def test_nonsense_of_a_stranger_is_bounded(hub, about):
    make_repository(hub.folder, **about)
    facts = read_facts("maker/tiny-vlm")
    assert len(facts.organization) <= 100
    assert "\u202e" not in facts.organization
    assert facts.parameters in {None, 1000}


@pytest.mark.parametrize(
    "about", [{"cardData": "no object"}, {"evalResults": [{"dataset": 1}]}, {"safetensors": 5}]
)
def test_what_the_client_does_not_understand_is_refused(hub, about):
    make_repository(hub.folder, **about)
    with pytest.raises(HubProblem, match="can't be understood"):
        read_facts("maker/tiny-vlm")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"vision_config": {"image_size": [448, 448]}}, "448 × 448"),
        ({"image_size": {"width": 30, "height": 20}}, "30 × 20"),
        (
            {
                "vision_config": {"image_size": 336},
                "image_grid_pinpoints": [[336, 672], [672, 672]],
            },
            "336 × 336, tiles up to 672 × 672",
        ),
        ({"vision_config": {"image_size": "big"}}, ""),
        ({"vision_config": 7}, ""),
        ({}, ""),
    ],
)
def test_the_resolution_is_read_from_the_configuration(config, said):
    assert image_resolution(config) == said


@pytest.mark.parametrize(
    ("licence", "use"),
    [
        ("Apache-2.0", CommercialUse.YES),
        ("cc-by-nc-sa-4.0", CommercialUse.NO),
        ("cc-by-nc", CommercialUse.NO),
        ("llama3.2", CommercialUse.CONDITIONS),
        ("other", CommercialUse.CONDITIONS),
        ("", CommercialUse.UNKNOWN),
    ],
)
def test_a_licence_says_what_of_commercial_use(licence, use):
    assert commercial_use(licence) == use
