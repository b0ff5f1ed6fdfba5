from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from arena.bootstrap.environment import ROOT
from inference_worker.backends import BackendRegistry
from inference_worker.backends.base import BackendError
from tests.inference_worker.making import settings

_ENDPOINT_ALONE = """
import sys
from inference_worker import process, tasks
from inference_worker.backends import BackendRegistry
from tests.inference_worker.backends.answering import endpoint
from tests.inference_worker.making import ask, settings, spec
with endpoint(words=2) as port:
    backend = BackendRegistry(settings(endpoint_allow=("127.0.0.1",)))["openai"]
    model = backend.load(spec("m", "openai", base_url=f"http://127.0.0.1:{port}/v1"))
    print("".join(piece.text for piece in model.stream(ask(), lambda: True)))
print(sorted({"torch", "transformers", "numpy"} & set(sys.modules)))
"""


class Slow(BackendRegistry):
    """The import of one backend takes until it is let go on."""

    def __init__(self):
        super().__init__(settings())
        self.began, self.go_on = threading.Event(), threading.Event()
        self.imports = 0

    def _create(self, name):
        if name == "openai":
            self.imports += 1
            self.began.set()
            assert self.go_on.wait(120)
        return super()._create(name)


@pytest.fixture
def slow():
    made = Slow()
    yield made
    made.go_on.set()


def test_no_backend_waits_for_the_import_of_another(slow):
    with ThreadPoolExecutor() as pool:
        importing = pool.submit(slow.__getitem__, "openai")
        assert slow.began.wait(120)
        assert slow["scripted"] is slow["scripted"]
        assert not importing.done()
        slow.go_on.set()


def test_two_who_ask_at_once_get_one_backend(slow):
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(slow.__getitem__, "openai") for _ in range(4)]
        assert slow.began.wait(120)
        slow.go_on.set()
        assert len({id(one.result()) for one in asked}) == slow.imports == 1


@pytest.mark.parametrize("name", ["absent", "base", "os", "../openai", ""])
def test_what_is_no_backend_is_unavailable(name):
    with pytest.raises(BackendError, match="no backend is called"):
        BackendRegistry(settings())[name]


@pytest.mark.slow
def test_a_process_that_asks_endpoints_alone_imports_no_torch():
    done = subprocess.run(
        [sys.executable, "-c", _ENDPOINT_ALONE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["word0 word1 ", "[]"]
