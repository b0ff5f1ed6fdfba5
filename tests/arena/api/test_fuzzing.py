"""A short run of requests that the API's own description makes; `tests.chaos.fuzz_api` is the long
one."""

from __future__ import annotations

import copy

import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from arena.api.views import description, schema
from arena.config.wsgi import application
from tests.chaos.fuzz_api import fuzz, modes

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.timeout(180),  # a busy machine takes most of the usual minute
    pytest.mark.one_database,
]
EXAMPLES = 6


@pytest.fixture
def unlimited(settings, transactional_db, voted):
    settings.RATE_READS_NETWORK = "1000000/minute"
    settings.ALLOWED_HOSTS = ["*"]


def test_every_answer_is_one_that_is_described(unlimited):
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    operations = [result.ok() for result in described.get_all_operations()]
    assert len(operations) == len(schema()["paths"])
    for operation in operations:
        for mode in modes(operation):
            assert fuzz(operation, mode, EXAMPLES, 1) > 0


def test_an_answer_that_is_not_described_is_found(unlimited, monkeypatch):
    other = copy.deepcopy(schema())
    answers = other["paths"]["/api/v1/boards"]["get"]["responses"]
    answers[418] = answers.pop(200)
    monkeypatch.setattr(description, "schema", lambda: other)
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    with pytest.raises(FailureGroup):
        fuzz(described["/api/v1/boards"]["GET"], GenerationMode.POSITIVE, EXAMPLES, 1)
