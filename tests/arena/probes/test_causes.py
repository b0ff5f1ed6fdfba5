"""Each cause of a failed probe, brought about for real: site, wire and worker say which it was."""

from __future__ import annotations

import json
import shutil
import socket
from functools import partial

import huggingface_hub
import pytest
from cryptography.fernet import Fernet

from arena.probes import dispatch
from arena.probes.causes import WORDS
from inference_worker.backends.transformers import sources
from inference_worker.backends.transformers.load_failures import cause_of_load
from inference_worker.wire.sealed import seal
from tests.arena.probes.probing import a_worker, probed
from tests.factories import make_card, make_version
from tests.inference_worker import tiny
from tests.inference_worker.backends.remote.faults import FAULTS, KEY
from tests.inference_worker.backends.remote.serving import Reply, delta, refusal, serving

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
SEALING = Fernet.generate_key().decode()
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(dispatch, "begin_probe", lambda version: None)


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    return tiny.make(tmp_path_factory.mktemp("whole") / "tiny")


@pytest.fixture
def folder(whole, tmp_path):
    """A model of one's own to spoil."""
    return shutil.copytree(whole, tmp_path / "models" / "tiny")


@pytest.fixture
def probe(valkey_url):
    """The report of a probe through a real worker."""

    def run(*, settings=None, **version):
        card = make_card(state="draft")
        made = make_version(card, probe="pending", **version)
        with a_worker(valkey_url, **(settings or {})) as worker:
            report = probed(made, worker)
        assert made.probe == ("failed" if report.cause else "passed")
        happened, way_out = (str(words) for words in WORDS.get(report.cause, ("", "")))
        assert made.probe_note.startswith(happened)
        assert way_out in made.probe_note
        return report

    return run


@pytest.fixture
def local(probe, folder):
    """The cause of a probe of the spoilt folder."""

    def run(**more):
        allowed = {"model_dirs": (folder.parent,)}
        return probe(settings=allowed, backend="transformers", source=str(folder), **more).cause

    return run


def change(folder, name, **entries):
    path = folder / name
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **entries}))


class TestFolders:
    """A folder of the worker's machine, each with one thing wrong."""

    def test_random_weights_answer_and_do_not_look(self, local):
        assert local() in ("does_not_look", "empty")

    def test_remote_code(self, local, folder):
        change(folder, "config.json", auto_map={"AutoModel": "modeling.Model"})
        assert local() == "remote_code"

    def test_pickles(self, local, folder):
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
        assert local() == "pickle_only"

    def test_no_such_folder(self, local, folder):
        shutil.rmtree(folder)
        assert local() == "no_folder"

    def test_a_folder_elsewhere(self, probe, folder):
        assert probe(backend="transformers", source=str(folder)).cause == "folder_not_allowed"

    def test_no_tokenizer(self, local, folder):
        for name in ("tokenizer.json", "tokenizer_config.json"):
            (folder / name).unlink()
        assert local() == "no_tokenizer"

    def test_no_template(self, local, folder):
        (folder / "chat_template.jinja").unlink()
        assert local() in ("no_template", "does_not_look", "empty")

    def test_text_only(self, local, folder):
        inner = json.loads((folder / "config.json").read_text())["text_config"]
        (folder / "config.json").write_text(
            json.dumps({**inner, "model_type": "llama", "architectures": ["LlamaForCausalLM"]})
        )
        assert local() == "text_only"

    def test_truncated(self, local, folder):
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1000])
        assert local() == "truncated"

    def test_unknown_architecture(self, local, folder):
        change(folder, "config.json", model_type="mammoth_vl")
        assert local() == "unknown_architecture"

    def test_too_large(self, probe, folder):
        large = tiny.make(folder.parent / "large", width=256)
        allowed = {"model_dirs": (folder.parent,), "memory_mb": 1}
        found = probe(settings=allowed, backend="transformers", source=str(large))
        assert found.cause == "no_memory"

    def test_the_memory_that_a_model_took_is_measured(self, probe, folder):
        large = tiny.make(folder.parent / "large", width=512)
        size = (large / "model.safetensors").stat().st_size // 1_000_000
        found = probe(
            settings={"model_dirs": (folder.parent,)}, backend="transformers", source=str(large)
        )
        assert size > 10
        assert found.outcome["used_mb"] > 0  # less than its size where freed pages were used again

    def test_other_weights_than_those_registered(self, local):
        assert local(revision="0" * 64) == "weights_changed"

    def test_torchvision_is_missing(self, local, folder):
        """Pixtral's processor has no form without it; that of Qwen-VL has one."""
        change(folder, "processor_config.json", processor_class="PixtralProcessor")
        assert local() == "torchvision_missing"

    def test_torchvision_is_missing_by_the_words_of_transformers(self, folder):
        said = ImportError(
            "Qwen2VLVideoProcessor requires the Torchvision library but it was not found"
        )
        assert cause_of_load(said, folder) == "torchvision_missing"


class TestHub:
    """Through the Hub's own client, at a Hub on loopback."""

    HUB = {"backend": "transformers", "source": "org/model"}

    def test_no_commit(self, probe):
        assert probe(**self.HUB).cause == "no_commit"

    def test_the_hub_is_off(self, probe):
        assert probe(**self.HUB, revision=COMMIT).cause == "hub_off"

    @pytest.mark.parametrize(
        ("status", "word", "cause"),
        [
            (401, "GatedRepo", "hub_gated"),
            (403, "GatedRepo", "hub_gated"),
            (404, "RepoNotFound", "hub_not_found"),
            (404, "RevisionNotFound", "hub_not_found"),
            (500, "", "hub_unreachable"),
        ],
    )
    def test_what_the_hub_says(self, probe, monkeypatch, tmp_path, status, word, cause):
        def refuse(_message):
            headers = {"X-Error-Code": word, "X-Error-Message": "no"}
            return Reply(status=status, body=b"{}", headers=headers)

        with serving(refuse) as port:
            self._at(monkeypatch, tmp_path, port)
            assert probe(settings={"hub": True}, **self.HUB, revision=COMMIT).cause == cause

    def test_no_network(self, probe, monkeypatch, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self._at(monkeypatch, tmp_path, port)
        found = probe(settings={"hub": True}, **self.HUB, revision=COMMIT)
        assert found.cause == "hub_unreachable"

    def _at(self, monkeypatch, tmp_path, port):
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        there = {"endpoint": f"http://127.0.0.1:{port}", "cache_dir": tmp_path}
        real = partial(huggingface_hub.snapshot_download, **there)
        monkeypatch.setattr(sources, "snapshot_download", real)


CAUSES = {
    "slow": "timeout",
    "text only": "text_only",
    "ends mid-stream": "broke_off",
    "garbage": "unreadable",
    "endless": "endless",
    "wrong type": "unreadable",
    "401": "unauthorized",
    "429": "rate_limited",
    "500": "server_error",
    "redirect to a private address": "redirect",
    "blind": "blind",
    "wrong model": "does_not_look",
}


class TestEndpoints:
    """Servers on loopback, each with a fault of its own."""

    @pytest.fixture
    def at(self, probe):
        def run(script):
            mine = {"endpoint_allow": ("127.0.0.1",), "sealing_keys": (SEALING,)}
            with serving(script) as port:
                url = f"http://127.0.0.1:{port}/v1"
                sealed = seal(KEY, base_url=url, keys=[SEALING])
                place = {"source": "some-vlm", "base_url": url, "sealed_key": sealed}
                return probe(settings=mine, backend="openai", **place)

        return run

    @pytest.mark.parametrize("name", CAUSES)
    def test_each_faulty_server_is_named_within_its_time(self, at, settings, name):
        fault = FAULTS[name]
        settings.ANSWER_SECONDS = fault.seconds
        report = at(fault.script)
        assert report.cause == CAUSES[name]
        assert KEY not in json.dumps(report.outcome) + report.details
        assert report.ended_at is not None

    def test_a_dead_server_is_named(self, probe):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        place = {"source": "some-vlm", "base_url": f"http://127.0.0.1:{port}/v1"}
        mine = {"endpoint_allow": ("127.0.0.1",)}
        assert probe(settings=mine, backend="openai", **place).cause == "nothing_listens"

    def test_a_private_address_is_not_called(self, probe):
        place = {"source": "some-vlm", "base_url": "http://127.0.0.1:9/v1"}
        assert probe(backend="openai", **place).cause == "forbidden_address"

    @pytest.mark.parametrize(
        ("status", "cause"),
        [(403, "forbidden"), (404, "no_model"), (402, "payment"), (503, "overloaded")],
    )
    def test_other_answers_of_servers(self, at, status, cause):
        assert at(lambda _: refusal("no", status)).cause == cause

    def test_an_error_in_the_stream(self, at):
        def script(_message):
            return Reply([delta(content="Half"), {"error": {"message": "CUDA error"}}])

        report = at(script)
        assert report.cause == "stream_error"
        assert "CUDA error" in report.details

    def test_a_model_that_only_thinks(self, at, settings):
        settings.ANSWER_MAX_REASONING_TOKENS = 5
        assert at(lambda _: Reply([delta(reasoning="hm ") for _ in range(50)])).cause == (
            "only_thought"
        )

    def test_a_silent_end(self, at):
        assert at(lambda _: Reply([delta("stop"), "[DONE]"])).cause == "empty"


def test_no_such_backend(probe):
    assert probe(backend="mamba", source="x").cause == "no_backend"
