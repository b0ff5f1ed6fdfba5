"""docker-compose.yml starts programs that exist, with variables that they read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from subprocess import run

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.architecture.sources import ROOT
from tests.architecture.test_environment_file import (
    FOR_COMMANDS,
    FOR_COMPOSE,
    listed,
    read_by,
    read_by_site,
)
from tests.compose import COMPOSE, NGINX, OURS, SERVICES, interpolated, services

SITE = read_by_site()
WORKER = read_by("inference_worker/settings.py")
PROGRAMS = {"inference": WORKER, "inference-gpu": WORKER}


def test_every_variable_that_it_asks_for_is_known_to_the_example_and_to_a_program():
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert asked <= set(listed())
    assert asked - FOR_COMPOSE <= SITE | WORKER | FOR_COMMANDS


def test_every_variable_of_the_example_can_be_set_for_the_program_that_reads_it():
    assert set(SERVICES["web"]["environment"]) >= SITE
    assert WORKER - {"ARENA_ALLOW_SCRIPTED"} <= set(SERVICES["inference"]["environment"])


def test_the_example_s_variables_for_it_alone_are_those_that_it_asks_for():
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert asked >= FOR_COMPOSE
    assert not (SITE | WORKER) & FOR_COMPOSE


@pytest.mark.parametrize("name", OURS)
def test_every_variable_that_it_sets_is_read_by_that_program(name):
    assert set(SERVICES[name]["environment"]) <= PROGRAMS.get(name, SITE) | FOR_COMMANDS


@pytest.mark.parametrize("name", OURS)
def test_no_program_may_write_to_its_image_or_gain_rights(name):
    service = SERVICES[name]
    assert service["read_only"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_program_has_its_limits_and_tells_whether_it_is_well(name):
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory"}
    assert SERVICES[name]["healthcheck"]["test"]


def test_only_the_proxy_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_redis_evicts_nothing_and_writes_down_what_it_has():
    words = SERVICES["redis"]["command"]
    assert words[words.index("--maxmemory-policy") + 1] == "noeviction"
    assert words[words.index("--appendonly") + 1] == "yes"


@pytest.mark.parametrize("name", OURS)
def test_every_image_has_its_dockerfile_with_a_user(name):
    dockerfile = (ROOT / SERVICES[name]["build"]["dockerfile"]).read_text()
    assert re.search(r"^USER (?!root)", dockerfile, re.M)


@pytest.mark.parametrize("name", OURS)
def test_every_file_that_an_image_copies_is_there(name):
    dockerfile = (ROOT / SERVICES[name]["build"]["dockerfile"]).read_text()
    for line in re.findall(r"^COPY (.+) \S+$", dockerfile, re.M):
        assert [source for source in line.split() if not (ROOT / source).exists()] == []


def test_the_worker_gets_neither_the_database_nor_the_site_s_secret():
    environment = SERVICES["inference"]["environment"]
    own = {"DATABASE_URL", "ARENA_SECRET_KEY", "ARENA_METRICS_TOKEN"}
    assert not own & set(environment)


def test_it_does_not_start_without_its_secrets():
    with pytest.raises(AssertionError, match="POSTGRES_PASSWORD"):
        services({"ARENA_SECRET_KEY": "x"})


@pytest.mark.parametrize(
    ("text", "means"),
    [("${A}", "1"), ("${B:-2}", "2"), ("${A:-2}", "1"), ("$${A}", "${A}"), ("${B:-}", "")],
)
def test_variables_are_put_in_as_compose_does_it(text, means):
    assert interpolated(text, {"A": "1"}) == means


@pytest.fixture
def certificate(tmp_path):
    """A folder with what an operator would put there."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "arena.example")])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(1)
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    signed = builder.public_key(key.public_key()).sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (tmp_path / "fullchain.pem").write_bytes(signed.public_bytes(pem))
    kind = serialization.PrivateFormat.PKCS8
    (tmp_path / "privkey.pem").write_bytes(key.private_bytes(pem, kind, plain))
    return tmp_path


@pytest.mark.parametrize("mode", ["plain", "tls"])
def test_the_proxy_understands_its_configuration(mode, certificate):
    if NGINX is None:
        pytest.skip("no nginx on this machine")
    folder = ROOT / "arena/config/proxy"
    for name, source in (("nginx.conf", "nginx.conf"), ("listen.conf", f"{mode}.conf")):
        text = re.sub(r"(web|websocket):800[01]", "127.0.0.1:1", (folder / source).read_text())
        text = re.sub(r"/(tls|tmp)/", f"{certificate}/", text)
        (certificate / name).write_text(text)
    done = run([NGINX, "-t", "-c", str(certificate / "nginx.conf")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
