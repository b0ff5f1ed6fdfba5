from __future__ import annotations

import hashlib
import shutil

import pytest

from inference_worker.backends.base import BackendError
from inference_worker.backends.transformers import contents, sources
from inference_worker.settings import SHIPPED
from inference_worker.wire import capacity
from tests.inference_worker.making import settings, spec

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def model(tiny_model, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(tiny_model, tmp_path / "model")


@pytest.fixture
def allowed(model):
    return settings(model_dirs=(model.parent,))


def at(folder, **more):
    return spec(str(folder), "transformers", **more)


def test_a_folder_below_an_allowed_one_is_found(model, allowed):
    assert sources.folder(at(model), allowed) == model


def test_a_folder_elsewhere_is_refused(model):
    with pytest.raises(BackendError, match="ARENA_MODEL_DIRS"):
        sources.folder(at(model), settings())


def test_a_link_out_of_an_allowed_folder_is_refused(model, tmp_path):
    inside = tmp_path / "allowed"
    inside.mkdir()
    (inside / "link").symlink_to(model)
    with pytest.raises(BackendError, match="ARENA_MODEL_DIRS"):
        sources.folder(at(inside / "link"), settings(model_dirs=(inside,)))


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(BackendError, match="no model"):
        sources.folder(at(tmp_path), settings(model_dirs=(tmp_path,)))


@pytest.mark.parametrize("slug", ["../../wire", "", "a/b", "UPPER", "no-such-model"])
def test_a_slug_names_a_shipped_folder_and_nothing_else(slug):
    with pytest.raises(BackendError):
        sources.folder(spec(f"shipped:{slug}", "transformers"), settings())


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/config.json")), ids=lambda p: p.parent.name)
def test_shipped_folders_may_be_loaded(path):
    found = sources.folder(spec(f"shipped:{path.parent.name}", "transformers"), settings())
    contents.check(found)


@pytest.mark.parametrize("clone", ["/srv/arena", "/opt/vision-arena"])
def test_a_path_of_the_release_before_still_names_its_shipped_model(clone):
    before = spec(f"{clone}/inference_worker/demo_models/checkpoints/heron-s", "transformers")
    assert sources.folder(before, settings()) == SHIPPED / "heron-s"
    wrong = spec(f"{before.source}", "transformers", revision="0" * 64)
    with pytest.raises(BackendError, match="not those registered"):
        sources.revision(wrong, settings())


def test_no_other_folder_beside_them_was_shipped():
    beside = spec("/srv/inference_worker/demo_models/checkpoints/..", "transformers")
    with pytest.raises(BackendError):
        sources.folder(beside, settings())


@pytest.mark.parametrize("revision", ["", "main", COMMIT[:7], COMMIT.upper()])
def test_a_hub_repository_must_be_pinned_to_a_commit(revision):
    with pytest.raises(BackendError, match="not pinned"):
        sources.revision(spec("org/model", "transformers", revision=revision), settings())


def test_a_hub_repository_that_is_not_here_is_unavailable_while_the_hub_is_off():
    one = spec("org/model", "transformers", revision=COMMIT)
    assert sources.revision(one, settings()) == COMMIT
    with pytest.raises(BackendError, match="cannot fetch"):
        sources.folder(one, settings())


@pytest.mark.parametrize("source", ["model", "relative/../path", "https://x/y", "org/model@main"])
def test_what_is_no_source_is_refused(source):
    with pytest.raises(BackendError, match="not a source"):
        sources.revision(spec(source, "transformers", revision=COMMIT), settings())


def test_the_revision_of_one_file_is_its_sha256(model, allowed):
    expected = hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()
    assert sources.revision(at(model), allowed) == expected


def test_several_files_count_in_the_order_of_their_names(tmp_path):
    (tmp_path / "b.safetensors").write_bytes(b"second")
    (tmp_path / "a.safetensors").write_bytes(b"first")
    assert sources.fingerprint(tmp_path) == hashlib.sha256(b"firstsecond").hexdigest()


def test_changed_weights_are_not_the_version_that_was_registered(model, allowed):
    registered = at(model, revision=sources.revision(at(model), allowed))
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b" ")
    with pytest.raises(BackendError, match="not those registered"):
        sources.revision(registered, allowed)


def test_a_model_may_be_loaded(model):
    contents.check(model)


def test_pickled_weights_are_no_weights(model):
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    with pytest.raises(BackendError, match="no safetensors"):
        contents.check(model)


def test_the_weight_is_that_of_the_loaded_numbers(tiny_model):
    on_disk = (tiny_model / "model.safetensors").stat().st_size / 1e6
    loaded = sources.megabytes(tiny_model, bytes_per_number=4)
    assert on_disk <= loaded <= 1 + on_disk * capacity.OVERHEAD
