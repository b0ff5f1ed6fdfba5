"""docker-compose.yml starts programs that exist, with variables that they read."""

from __future__ import annotations

import importlib.util
import re

import pytest
import yaml

from tests.architecture.sources import ROOT
from tests.architecture.test_environment_file import listed

COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
FOR_COMPOSE = {"POSTGRES_PASSWORD"}


def test_every_variable_that_it_asks_for_is_known():
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert asked - FOR_COMPOSE <= set(listed())


@pytest.mark.parametrize("name", OURS)
def test_every_variable_that_it_sets_is_known(name):
    assert set(SERVICES[name].get("environment", {})) <= set(listed())


@pytest.mark.parametrize("name", OURS)
def test_no_program_may_write_to_its_image_or_gain_rights(name):
    assert SERVICES[name]["read_only"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", OURS)
def test_every_image_has_its_dockerfile_with_a_user(name):
    dockerfile = (ROOT / SERVICES[name]["build"]["dockerfile"]).read_text()
    assert re.search(r"^USER (?!root)", dockerfile, re.M)


@pytest.mark.parametrize("name", OURS)
def test_every_file_that_an_image_copies_is_there(name):
    dockerfile = (ROOT / SERVICES[name]["build"]["dockerfile"]).read_text()
    for line in re.findall(r"^COPY (.+) \S+$", dockerfile, re.M):
        assert [source for source in line.split() if not (ROOT / source).exists()] == []


def test_the_modules_that_are_started_exist():
    words = re.findall(r"\b(?:arena|inference_worker)\.[a-z_]+(?:\.[a-z_]+)*", COMPOSE)
    modules = {word for word in words if not word.endswith("application")}
    assert modules
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []


def test_the_worker_gets_neither_the_database_nor_the_site_s_secret():
    environment = SERVICES["inference"]["environment"]
    assert not {"DATABASE_URL", "ARENA_SECRET_KEY"} & set(environment)
