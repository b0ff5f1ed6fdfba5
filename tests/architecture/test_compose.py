"""docker-compose.yml starts programs that exist, with variables that they read."""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime, timedelta
from subprocess import run

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from arena.config import healthy
from tests.architecture.sources import ROOT
from tests.architecture.test_environment_file import (
    FOR_ACCESS,
    FOR_COMMANDS,
    FOR_COMPOSE,
    defaults,
    listed,
    read_by_site,
    read_by_worker,
)
from tests.compose import COMPOSE, ENVIRONMENT, NGINX, OURS, SERVICES, interpolated, services

SITE = read_by_site()
WORKER = read_by_worker()
ACCESS = FOR_ACCESS | {"ARENA_WORKER_QUEUES"}
ONCE = {"migrate", "access"}
"""Services that end by themselves."""
PROGRAMS = {
    "inference": WORKER,
    "inference-gpu": WORKER,
    "backup": SITE | FOR_COMPOSE,
    "access": ACCESS,
}
SECRETS = {
    "DATABASE_URL",
    "REDIS_URL",
    "ARENA_SECRET_KEY",
    "ARENA_SEALING_KEY",
    "ARENA_METRICS_TOKEN",
}
"""What docs/operations.md says may lie in a file."""


def without_file(names):
    return {name.removesuffix("_FILE") for name in names}


def test_every_variable_that_it_asks_for_is_known_to_the_example_and_to_a_program():
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    files = {f"{name}_FILE" for name in SECRETS | {"ARENA_WORKER_REDIS_URL"}}
    assert asked - files <= set(listed())
    assert asked - files - FOR_COMPOSE <= SITE | WORKER | FOR_COMMANDS


def test_every_variable_of_the_example_can_be_set_for_the_program_that_reads_it():
    assert set(SERVICES["web"]["environment"]) >= SITE
    assert WORKER - {"ARENA_ALLOW_SCRIPTED"} <= set(SERVICES["inference"]["environment"])


def test_the_example_s_variables_for_it_alone_are_those_that_it_asks_for():
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE)) | set(SERVICES["access"]["environment"])
    assert asked >= FOR_COMPOSE
    assert not (SITE | WORKER) & FOR_COMPOSE


@pytest.mark.parametrize("name", OURS)
def test_every_variable_that_it_sets_is_read_by_that_program(name):
    known = PROGRAMS.get(name, SITE) | FOR_COMMANDS
    assert without_file(SERVICES[name]["environment"]) <= known


@pytest.mark.parametrize("name", OURS)
def test_no_program_may_write_to_its_image_or_gain_rights(name):
    service = SERVICES[name]
    assert service["read_only"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
def test_every_program_has_its_limits_and_tells_whether_it_is_well(name):
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory"}
    assert SERVICES[name]["healthcheck"]["test"]


def test_only_the_proxy_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def reached_from(name):
    """The services that share a network with this one."""
    own = set(SERVICES[name].get("networks", ()))
    return {other for other, one in SERVICES.items() if own & set(one.get("networks", ()))}


def test_the_proxy_reaches_the_web_programs_alone():
    assert reached_from("proxy") == {"proxy", "web", "websocket"}


@pytest.mark.parametrize("name", ["inference", "inference-gpu"])
def test_a_worker_reaches_redis_alone(name):
    assert reached_from(name) == {"inference", "inference-gpu", "redis"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"access"}))
def test_every_service_says_which_networks_it_is_on(name):
    assert SERVICES[name]["networks"]


def test_what_sends_mail_and_webhooks_can_reach_the_outside():
    tasks = ("arena.api.tell_changes", "arena.console.tell_alarms")
    assert {settings.CELERY_TASK_ROUTES[task]["queue"] for task in tasks} == {settings.SLOW_QUEUE}
    assert "sending" in SERVICES["slow-worker"]["networks"]
    assert yaml.safe_load(COMPOSE)["networks"]["sending"] is None


def test_no_store_is_on_a_network_that_leads_outside():
    networks = yaml.safe_load(COMPOSE)["networks"]
    led_outside = {name for name, one in networks.items() if not (one or {}).get("internal")}
    for store in ("database", "redis"):
        assert not led_outside & set(SERVICES[store]["networks"])


def test_every_role_has_an_account_of_its_own():
    found = services(ENVIRONMENT)
    addresses = {name: found[name]["environment"].get("REDIS_URL", "") for name in OURS}
    workers = {name for name, address in addresses.items() if address.startswith("redis://worker:")}
    sites = {name for name, address in addresses.items() if address.startswith("redis://site:")}
    assert workers == {"inference", "inference-gpu"}
    assert sites == set(OURS) - workers - {"access"}
    words = SERVICES["redis"]["command"]
    assert words[words.index("--aclfile") + 1] == SERVICES["access"]["command"][-1]


def test_redis_evicts_nothing_and_writes_down_what_it_has():
    words = SERVICES["redis"]["command"]
    assert words[words.index("--maxmemory-policy") + 1] == "noeviction"
    assert words[words.index("--appendonly") + 1] == "yes"
    # A snapshot that fails would refuse every write, and the other file has all of it anyway.
    assert words[words.index("--save") + 1] == ""


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
    assert not own & without_file(environment)


def test_what_the_documentation_sets_is_enough_to_start():
    text = (ROOT / "docs" / "operations.md").read_text()
    block = text.partition("cp .env.example .env")[2].partition("docker compose up")[0]
    named = re.findall(r"[A-Z_]{5,}", block)
    assert services(dict.fromkeys(named, "x"))["web"]["environment"]["ARENA_SECRET_KEY"] == "x"


def test_a_worker_takes_from_the_queues_that_its_account_may_take_from():
    told = ENVIRONMENT | {"ARENA_WORKER_QUEUES": "inference,large"}
    words = services(told)["inference"]["command"]
    assert words[words.index("-Q") + 1] == "inference,large"
    assert SERVICES["access"]["environment"]["ARENA_WORKER_QUEUES"] is None


def test_the_example_says_which_defaults_are_others_here():
    found = services(ENVIRONMENT)
    set_here = {**found["web"]["environment"], **found["inference"]["environment"]}
    plain = {n: v for n, v in set_here.items() if v is not None and n in defaults()}
    others = {n for n, v in plain.items() if v != defaults()[n] and n not in ENVIRONMENT}
    asked = {"ARENA_ALLOWED_HOSTS"}  # ENVIRONMENT has one of its own
    head = (ROOT / ".env.example").read_text().partition("\n\n")[0].partition("docker-compose")[2]
    stores = {"DATABASE_URL", "REDIS_URL"}
    assert set(re.findall(r"\b(?:ARENA|HF)_[A-Z_]+", head)) == (others | asked) - stores


def test_it_does_not_start_without_its_secrets():
    with pytest.raises(AssertionError, match="POSTGRES_PASSWORD"):
        services({**ENVIRONMENT, "POSTGRES_PASSWORD": ""})
    with pytest.raises(AssertionError, match="ARENA_SECRET_KEY"):
        services({**ENVIRONMENT, "ARENA_SECRET_KEY": ""})


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_every_secret_of_the_documentation_may_lie_in_a_file(name):
    paragraphs = (ROOT / "docs" / "operations.md").read_text().split("\n\n")
    [told] = [one for one in paragraphs if "`_FILE`" in one and "DATABASE_URL" in one]
    assert f"`{name}`" in told
    assert SERVICES["web"]["environment"][f"{name}_FILE"] is None
    worker = SERVICES["inference"]["environment"]
    assert (name in worker) == (f"{name}_FILE" in worker)


def test_the_secrets_of_the_documentation_are_those_that_the_example_marks():
    blocks = (ROOT / ".env.example").read_text().split("\n\n")[1:]
    marked = [block for block in blocks if "(secret)" in block]
    assert set(re.findall(r"^#([A-Z_]+)=", "\n".join(marked), re.M)) == SECRETS


def test_files_are_enough_where_all_secrets_lie_in_files(tmp_path):
    """Whatever stands in the variables then, the programs read the files."""
    files = {f"{name}_FILE": str(tmp_path / name) for name in SECRETS}
    accounts = dict.fromkeys(FOR_ACCESS, "x") | {"ARENA_WORKER_REDIS_URL_FILE": "y"}
    (tmp_path / "DATABASE_URL").write_text("sqlite:////somewhere/else")
    environment = services(files | accounts)["web"]["environment"] | files
    own = {k: v for k, v in environment.items() if k.startswith("DATABASE_URL")}
    code = "from arena.config.env import env; print(env.text('DATABASE_URL'))"
    done = run([sys.executable, "-c", code], env=own, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "sqlite:////somewhere/else"


def test_stores_of_one_s_own_can_be_named_from_outside():
    told = {
        "DATABASE_URL": "postgres://a:b@c/d",
        "REDIS_URL": "rediss://e",
        "ARENA_WORKER_REDIS_URL": "rediss://f",
        "ARENA_REDIS_PASSWORD": "g",
        "ARENA_REDIS_WORKER_PASSWORD": "h",
        "ARENA_SECRET_KEY": "x",
    }
    found = services(told)
    assert found["web"]["environment"]["DATABASE_URL"] == told["DATABASE_URL"]
    assert found["web"]["environment"]["REDIS_URL"] == told["REDIS_URL"]
    assert found["inference"]["environment"]["REDIS_URL"] == told["ARENA_WORKER_REDIS_URL"]


@pytest.mark.parametrize(("told", "threads"), [({}, "4"), ({"ARENA_WORKER_CPUS": "6"}, "6")])
def test_threads_follow_the_cores(told, threads):
    found = services({**ENVIRONMENT, **told})["inference"]
    assert found["deploy"]["resources"]["limits"]["cpus"] == threads
    assert found["environment"]["ARENA_TORCH_THREADS"] == threads


def test_what_the_hub_sends_lies_on_a_volume_outside_the_memory_s_limit():
    worker = SERVICES["inference"]
    volumes = dict(volume.split(":")[:2] for volume in worker["volumes"])
    assert volumes["hub"] == worker["environment"]["HF_HOME"]
    assert {"HF_TOKEN", "HF_ENDPOINT"} <= set(worker["environment"])
    assert worker["environment"]["HF_HOME"] not in worker["tmpfs"]


def test_a_copy_of_all_of_redis_fits_beside_it():
    words = SERVICES["redis"]["command"]
    most = int(words[words.index("--maxmemory") + 1].removesuffix("mb"))
    limit = SERVICES["redis"]["deploy"]["resources"]["limits"]["memory"]
    assert int(limit.removesuffix("G")) * 1024 >= 2 * most + 200


@pytest.mark.parametrize("name", sorted(set(OURS) - ONCE - {"backup"}))
def test_a_program_of_ours_that_hangs_is_ended_by_its_health_check(name):
    service = SERVICES[name]
    assert service["init"]
    assert service["restart"] == "unless-stopped"
    # A slow board may keep its worker from answering for minutes.
    seconds = "600" if name == "slow-worker" else "180"
    assert service["healthcheck"]["test"][:3] == ["CMD", "healthy", seconds]
    assert int(service["healthcheck"].get("timeout", "30s")[:-1]) > healthy._LONGEST
    dockerfile = (ROOT / service["build"]["dockerfile"]).read_text()
    assert "healthy.py /usr/local/bin/healthy" in dockerfile
    assert "HEALTHY_INIT=1" in dockerfile
    assert os.access(healthy.__file__, os.X_OK)


def test_images_are_named_by_their_exact_version():
    lines = [line for name in OURS for line in from_lines(SERVICES[name]["build"]["dockerfile"])]
    named = [service["image"] for service in SERVICES.values() if "build" not in service] + lines
    assert len(named) > 5
    for image in named:
        version = re.search(r":v?([0-9.]+)", image)[1]
        assert version.count(".") == (1 if image.startswith("postgres:") else 2), image


def from_lines(dockerfile):
    return re.findall(r"^FROM (\S+)", (ROOT / dockerfile).read_text(), re.M)


@pytest.mark.parametrize("name", ["prometheus.yml", "alertmanager.yml", "rules.yml"])
def test_the_alarms_files_are_where_the_programs_look_for_them(name):
    folder = ROOT / "arena" / "config" / "alerts"
    assert yaml.safe_load((folder / name).read_text())
    for service in ("prometheus", "alertmanager"):
        assert "./arena/config/alerts:/etc/arena:ro" in SERVICES[service]["volumes"]


def test_every_alarm_has_a_name_of_its_own_and_asks_for_something():
    rules = yaml.safe_load((ROOT / "arena/config/alerts/rules.yml").read_text())
    alarms = [rule for group in rules["groups"] for rule in group["rules"]]
    assert len({alarm["alert"] for alarm in alarms}) == len(alarms) > 10
    assert [a for a in alarms if a["expr"].count("(") != a["expr"].count(")")] == []


def test_prometheus_reads_both_web_programs_where_they_listen():
    told = yaml.safe_load((ROOT / "arena/config/alerts/prometheus.yml").read_text())
    [job] = told["scrape_configs"]
    places = {(found["names"][0], str(found["port"])) for found in job["dns_sd_configs"]}
    ports = {
        name: re.search(r":(\d+)/health", str(SERVICES[name]["healthcheck"]))[1]
        for name, _ in places
    }
    assert places == set(ports.items())
    assert {name for name, _ in places} == {"web", "websocket"}


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("${A}", "1"),
        ("${B:-2}", "2"),
        ("${A:-2}", "1"),
        ("$${A}", "${A}"),
        ("${B:-}", ""),
        ("${B:-x${C:-y${A}}}@z", "xy1@z"),
        ("${A:-${B:?never asked}}", "1"),
    ],
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
