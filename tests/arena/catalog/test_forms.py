from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from arena.catalog.forms import NewModelForm, NewVersionForm, recipe_of
from arena.catalog.services import Recipe

pytestmark = pytest.mark.django_db

CARD = {"name": "Finch", "slug": "finch", "queue": "inference", "weight": "1"}
FOLDER = {"source": "/models/finch", "backend": "transformers"}
REMOTE = {"source": "finch", "backend": "openai", "base_url": "https://93.184.216.34/v1"}


def errors_of(**fields):
    return set(NewModelForm({**CARD, **fields}).errors)


@pytest.mark.parametrize("recipe", [FOLDER, REMOTE])
def test_a_folder_and_an_endpoint_are_both_a_way_to_answer(recipe):
    assert errors_of(**recipe) == set()


def test_a_recipe_holds_what_the_form_says():
    form = NewModelForm({**CARD, **REMOTE, "revision": " abc "})
    assert form.is_valid()
    assert recipe_of(form.cleaned_data) == Recipe(
        source="finch", backend="openai", revision="abc", base_url="https://93.184.216.34/v1"
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/v1",
        "https://169.254.169.254/",
        "http://93.184.216.34/v1",
        "https://[::1]",
    ],
)
def test_an_endpoint_inside_the_network_or_in_the_clear_is_refused(address):
    assert errors_of(**{**REMOTE, "base_url": address}) == {"base_url"}


def test_a_neighbour_is_allowed_by_name(settings):
    settings.ENDPOINT_ALLOW = ["localhost"]
    assert errors_of(**{**REMOTE, "base_url": "http://localhost:8000/v1"}) == set()


def test_a_key_is_for_an_endpoint_and_needs_something_to_seal_it(settings):
    settings.SEALING_KEYS = []
    assert errors_of(**REMOTE, key="secret") == {"key"}
    settings.SEALING_KEYS = [Fernet.generate_key().decode()]
    assert errors_of(**REMOTE, key="secret") == set()
    assert errors_of(**FOLDER, key="secret") == {"base_url"}


def test_a_key_is_never_sent_back_to_the_form():
    form = NewModelForm({**CARD, **REMOTE, "slug": "", "key": "top-secret"})
    assert "top-secret" not in str(form)
    assert "top-secret" not in repr(recipe_of({"source": "x", "key": "top-secret"}))


@pytest.mark.parametrize("field", ["name", "slug", "source", "backend"])
def test_nothing_that_a_model_needs_may_be_left_out(field):
    assert errors_of(**{**FOLDER, field: ""}) == {field}


@pytest.mark.parametrize("slug", ["Finch!", "a b", "ä", "../x"])
def test_a_slug_fits_into_an_address(slug):
    assert errors_of(**FOLDER, slug=slug) == {"slug"}


@pytest.mark.parametrize("weight", ["-1", "many", ""])
def test_a_weight_is_a_number_from_zero_on(weight):
    assert errors_of(**FOLDER, weight=weight) == {"weight"}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        (FOLDER, set()),
        (REMOTE, set()),
        ({**REMOTE, "base_url": ""}, {"base_url"}),
        ({**REMOTE, "base_url": "gopher://host"}, {"base_url"}),
        ({**FOLDER, "base_url": "https://93.184.216.34"}, {"base_url"}),
        ({"backend": "transformers"}, {"source"}),
    ],
)
def test_a_further_version_is_held_to_the_same(fields, wrong):
    assert set(NewVersionForm(fields).errors) == wrong
