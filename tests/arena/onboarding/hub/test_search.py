from __future__ import annotations

import pytest

from arena.onboarding.hub.client import HubProblem
from arena.onboarding.hub.search import search_models
from tests.hub.making import make_repository


@pytest.fixture
def models(hub):
    make_repository(hub.folder, "maker/small-vlm", cardData={"license": "mit"}, downloads=5)
    make_repository(
        hub.folder,
        "maker/large-vlm",
        cardData={"license": "apache-2.0"},
        safetensors={"parameters": {"BF16": 9 * 10**9}, "total": 9 * 10**9},
        downloads=9,
        gated="auto",
    )
    make_repository(hub.folder, "maker/text", pipeline_tag="text-generation")
    return hub


def names(**asked):
    return [model.hub_id for model in search_models(**asked)]


def test_only_models_that_see_are_found_the_most_used_first(models):
    assert names(words="") == ["maker/large-vlm", "maker/small-vlm"]
    assert names(words="SMALL") == ["maker/small-vlm"]
    assert names(words="none") == []


def test_size_and_licence_filter(models):
    assert names(words="", size="8B") == ["maker/small-vlm"]
    assert names(words="", licence="apache-2.0") == ["maker/large-vlm"]


def test_what_is_found_says_how_it_runs(models):
    large, small = search_models("")
    assert (large.gated, small.gated) == (True, False)
    assert (large.size_short, small.size_short) == ("9B", "1k")
    assert small.native
    assert small.commercial_use == "yes"


def test_an_ill_hub_is_named(models):
    models.status = 418
    with pytest.raises(HubProblem, match="418"):
        search_models("x")
