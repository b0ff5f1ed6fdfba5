"""Who may import what, as .importlinter and walls.py say; each wall is shown what it forbids."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.architecture import walls
from tests.architecture.sources import ROOT

FORBIDDEN = {
    "arena/battles/models/battles.py": "import arena.leaderboard.views",
    "arena/boards/models.py": "import arena.leaderboard.selectors",
    "arena/ledger/models.py": "import arena.boards.models",
    "arena/battles/lockstep.py": "import arena.orchestration.services",
    "arena/battle_pages/selectors.py": "import arena.battle_pages.forms",
    "arena/orchestration/services/turns.py": "import arena.battle_pages.forms",
    "arena/battles/selectors/reading.py": "import celery",
    "arena/orchestration/services/voting.py": "import inference_worker.wire.task",
    "arena/battles/states.py": "import arena.battles.models",
    "arena/bootstrap/usage.py": "import django",
    "arena/onboarding/forms.py": "import arena.battles.models",
    "arena/catalog/naming.py": "import arena.voters.models",
    "arena/catalog/services/health.py": "import arena.probes.services",
    "arena/client/reading.py": "import arena.client.mcp",
    "arena/config/env.py": "import arena.config.settings",
    "arena/console/navigation.py": "import arena.console.views",
    "arena/core/images.py": "import arena.core.web.uploads",
    "arena/rendering/markdown.py": "import arena.catalog.models",
    "arena/core/web/healthcheck.py": "import django",
    "arena/datasets/columns.py": "import arena.datasets.formats",
    "arena/datasets/formats/votes.py": "import arena.datasets.formats.kto",
    "arena/demo/state.py": "import arena.demo.launch",
    "arena/gates/services/rates.py": "import arena.battles.models",
    "arena/labels/language.py": "import arena.live.hub",
    "arena/labels/services.py": "import kombu",
    "arena/live/panes.py": "import arena.live.hub",
    "arena/matchmaking/plan.py": "import arena.rating",
    "arena/metrics/series.py": "import arena.operations.checkup",
    "arena/operations/sealing.py": "import arena.config.settings",
    "arena/operations/audit.py": "import arena.console.navigation",
    "arena/rating/comparisons.py": "import redis",
    "arena/rating/methods/elo.py": "import arena.rating.methods.davidson",
    "arena/rating/stamps.py": "import arena.rating.methods",
    "arena/spending/services.py": "import arena.battles.models",
    "arena/voters/models.py": "import inference_worker.celery_app",
    "arena/voters/selectors.py": "import inference_worker.answers",
    "inference_worker/backends/scripted.py": "import inference_worker.backends.openai",
    "inference_worker/runner.py": "import arena.core.text",
    "inference_worker/settings.py": "import torch",
    "inference_worker/wire/keys.py": "import inference_worker.runner",
    "inference_worker/writer.py": "import django",
}
"""A file and the line that no contract lets into it: one of each wall, some from both sides."""

SCIPY = ("linalg", "optimize", "sparse", "special", "stats")
"""Parts that take from a tenth of a second to a whole one to load."""

CLIMBING = {
    "arena/battle_pages/views.py": '_PAGE = "leaderboard:board"',
    "arena/catalog/services/health.py": '_TASK = "arena.battles.reap"',
    "templates/battle_pages/_dock.html": '{% url "leaderboard:methodology" %}',
}
WRITING = {
    "arena/battles/selectors/reading.py": "Battle.objects.create()",
    "arena/catalog/selectors.py": "_seen = {}",
    "arena/labels/selectors.py": "Label().save()",
    "arena/voters/selectors.py": "Voter.objects.select_for_update()",
}
SENDING = {
    "arena/orchestration/services/voting.py": 'current_app.send_task("arena.battles.reap")',
    "arena/probes/views.py": "watch.delay()",
    "arena/boards/services/snapshots.py": "refit.apply_async()",
}


def lint(folder: Path) -> tuple[int, str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    done = subprocess.run([*command, "--no-cache"], cwd=folder, capture_output=True, text=True)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@contextmanager
def broken(folder: Path, name: str, line: str) -> Iterator[None]:
    """Write a line behind a file of the copy, and take it out again."""
    path = folder / name
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        yield
    finally:
        path.unlink() if before is None else path.write_text(before)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """What import-linter reads, elsewhere: this checkout is left as it is."""
    return copied(tmp_path_factory.mktemp("copy"))


def copied(folder: Path) -> Path:
    python = shutil.ignore_patterns("*.pyc", "*.bin", "*.json", "*.png", "*.safetensors", "locale")
    for room in ("arena", "inference_worker", "templates", "tests/architecture"):
        shutil.copytree(ROOT / room, folder / room, ignore=python)
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def test_the_import_contracts_hold():
    status, said = lint(ROOT)
    assert status == 0, said


def test_each_app_has_a_contract_about_its_inside():
    assert walls.without_contract(ROOT) == set()


@pytest.mark.timeout(600)
def test_every_forbidden_import_breaks_a_contract(tmp_path):
    """Each alone in a copy of its own, because one may hide another."""

    def lines(worker: int) -> list[str]:
        folder = copied(tmp_path / str(worker))
        wrong = [] if lint(folder)[0] == 0 else ["the copy itself is broken"]
        for name, line in sorted(FORBIDDEN.items())[worker::2]:
            module = name.removesuffix(".py").replace("/", ".")
            with broken(folder, name, line):
                status, said = lint(folder)
            if status == 0 or module not in said:
                wrong.append(f"{module}: {line}\n{said}")
        return wrong

    with ThreadPoolExecutor(2) as pool:
        assert [line for wrong in pool.map(lines, range(2)) for line in wrong] == []
    assert len(FORBIDDEN) >= 20


@pytest.mark.parametrize("wall", [walls.climbing_names, walls.writing_selectors, walls.submissions])
def test_what_imports_do_not_show_holds_too(wall: Callable[[Path], list[str]]):
    assert wall(ROOT) == []


@pytest.mark.parametrize(
    ("wall", "name", "line"),
    [
        *[(walls.climbing_names, *each) for each in CLIMBING.items()],
        *[(walls.writing_selectors, *each) for each in WRITING.items()],
        *[(walls.submissions, *each) for each in SENDING.items()],
    ],
)
def test_what_imports_do_not_show_is_found(copy, wall, name, line):
    with broken(copy, name, line):
        assert [found for found in wall(copy) if found.startswith(name)] != []


@pytest.mark.parametrize(
    "package",
    ["arena.rating", "arena.matchmaking", "inference_worker.grounding", "inference_worker.wire"],
)
def test_a_light_package_loads_nothing_heavy(package):
    code = f"import {package}, sys; print(*{{'django', 'celery', 'torch'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.parametrize("module", ["arena.config.asgi", "arena.config.celery"])
def test_the_site_loads_no_model_library_and_no_part_of_scipy(module):
    heavy = ["torch", "transformers", *(f"scipy.{part}" for part in SCIPY)]
    code = f"import {module}, sys; print(*{set(heavy)} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
