from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from arena.catalog.services import VersionSettings
from arena.onboarding.forms import NewModelForm, NewVersionForm, recipe_of
from inference_worker.wire import manifests
from inference_worker.wire.messages import DEFAULT_BACKEND

pytestmark = pytest.mark.django_db

CARD = {"name": "Finch", "slug": "finch", "queue": "inference", "weight": "1"}
FOLDER = {"source": "/models/finch", "backend": "transformers"}
REMOTE = {"source": "finch", "backend": "openai", "base_url": "https://93.184.216.34/v1"}


def errors_of(**fields):
    return set(NewModelForm({**CARD, **fields}).errors)


@pytest.mark.parametrize("recipe", [FOLDER, REMOTE])
def test_a_folder_and_an_endpoint_are_both_a_way_to_answer(recipe):
    assert errors_of(**recipe) == set()


def test_every_backend_is_a_choice_and_nothing_else_is():
    form = NewModelForm()
    choices = dict(form.fields["backend"].choices)
    assert list(choices) == manifests.names()
    assert all(one.title in choices[name] for name, one in manifests.every().items())
    assert form["backend"].value() == DEFAULT_BACKEND
    assert errors_of(**{**FOLDER, "backend": "vllm"}) == {"backend"}


def test_a_recipe_holds_what_the_form_says():
    form = NewModelForm({**CARD, **REMOTE, "revision": " abc "})
    assert form.is_valid()
    assert recipe_of(form.cleaned_data) == VersionSettings(
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


@pytest.mark.parametrize(
    "options",
    [
        "",
        '{"extra_body": {"chat_template_kwargs": {"enable_thinking": false}}}',
        '{"length_parameter": "max_completion_tokens", "omit": ["temperature"]}',
    ],
)
def test_an_endpoint_may_have_options(options):
    assert errors_of(**REMOTE, options=options) == set()


@pytest.mark.parametrize("options", ["{", "[]", '{"temperature": 2}', '{"extra_body": {"n": 3}}'])
def test_options_that_make_no_sense_are_refused_with_the_reason(options):
    form = NewModelForm({**CARD, **REMOTE, "options": options})
    assert set(form.errors) == {"options"}
    assert "These are no options: " in form.errors["options"][0]


def test_a_model_that_a_worker_runs_may_have_options_of_its_own():
    own = '{"prompt_template": {"text": "Question: {prompt} Answer:"}}'
    assert errors_of(**FOLDER, options=own) == set()
    assert errors_of(**REMOTE, options=own) == {"options"}
    assert errors_of(**FOLDER, options='{"thinks": true}') == {"options"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('{"prompt_template": {"text": "?"}}', "needs {prompt} exactly once"),
        ('{"thinks": true}', "of a model that a worker runs"),
    ],
)
def test_options_that_do_not_fit_a_model_in_a_worker_are_refused_with_the_reason(options, said):
    form = NewModelForm({**CARD, **FOLDER, "options": options})
    assert said in form.errors["options"][0]
