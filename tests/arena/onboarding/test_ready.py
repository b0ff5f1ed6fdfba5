"""Every ready card: known fields, a source for each fact, families that the worker really has."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from arena.catalog.licences import CommercialUse, commercial_use
from arena.catalog.naming import CardIdentity, names_of
from arena.onboarding.ready import MalformedReadyModel, find_ready, ready_models
from inference_worker.wire.hub_repositories import HUB_ID, native_architectures

FACTS = (
    *("parameters", "weights_mb", "image_resolution", "abilities", "languages", "license"),
    "commercial_use",
)
WELL_KNOWN = {
    *("llava-1-6-34b", "deepseek-vl-7b-base", "deepseek-vl-7b-chat", "moondream2", "cogvlm-base"),
    *("cogvlm-chat", "fuyu-8b", "kosmos-2", "qwen-vl", "qwen-vl-chat", "yi-vl-34b"),
}
"""The models of the best-known table."""
every = pytest.mark.parametrize("model", ready_models(), ids=lambda model: model.slug)


@every
def test_each_fact_has_a_source_and_each_source_a_fact(model):
    facts = {name for name in FACTS if getattr(model, name)}
    assert set(model.sources) == facts | {"run"}
    for address in model.sources.values():
        parts = urlsplit(address)
        assert parts.scheme == "https"
        assert "." in parts.netloc
        assert parts.path.strip("/")


@every
def test_it_runs_in_a_way_that_there_is(model):
    assert HUB_ID.fullmatch(model.hub_id)
    if model.run == "native":
        assert model.model_type in native_architectures()
    else:
        assert model.run == "endpoint"
        assert model.how


@every
def test_the_licence_says_what_the_card_says_of_commercial_use(model):
    said = commercial_use(model.license) if model.license else CommercialUse.UNKNOWN
    assert model.commercial_use == said


@every
def test_its_memory_follows_from_its_size(model):
    if model.size is None:
        assert model.gpu_mb is model.cpu_mb is None
        return
    assert 10**8 < model.size < 10**11
    assert model.gpu_mb == pytest.approx(model.size * 2.4 / 1e6, abs=2)
    assert model.cpu_mb == pytest.approx(model.size * 4.8 / 1e6, abs=2)


@every
def test_the_identity_rule_knows_names_of_its_family(model):
    identity = CardIdentity(model.name, model.slug, model.organization, model.hub_id)
    assert len(names_of(identity)) > 1


def test_the_well_known_are_there_and_each_name_once():
    slugs = [model.slug for model in ready_models()]
    aliases = [alias for model in ready_models() for alias in model.aliases]
    assert set(slugs) >= WELL_KNOWN
    assert len({*slugs, *aliases}) == len(slugs) + len(aliases)
    assert len({model.hub_id for model in ready_models()}) == len(slugs)


@pytest.mark.parametrize("name", ["smolvlm", "qwen2.5-vl-3b", "LLaVA-OneVision-0.5b"])
def test_a_card_is_found_by_slug_or_alias(name):
    assert find_ready(name) is not None


def test_an_unknown_field_is_refused(tmp_path):
    file = tmp_path / "models.toml"
    file.write_text('[[model]]\nslug = "x"\nspeed = 5\n')
    with pytest.raises(MalformedReadyModel, match="x"):
        ready_models(file)
