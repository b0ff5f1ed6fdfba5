"""From a bare Python to an environment with what is locked, in a small project of its own."""

from __future__ import annotations

import ast
import base64
import fcntl
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from django.core.management import get_commands

from arena.bootstrap import usage

ROOT = Path(__file__).parents[3]
BARE = getattr(sys, "_base_executable", sys.executable)
ENTRY = """
import sys
from arena.bootstrap import environment
environment.enter(sys.argv)
from importlib.metadata import version
print(version("tiny"), sys.prefix)
"""
BOOTSTRAP = ("environment", "bytecode", "installation", "usage")
COPIED = (
    "pyproject.toml",
    "arena/__init__.py",
    *(
        f"arena/bootstrap/{name}.py"
        for name in ("environment", "bytecode", "installation", "usage")
    ),
    "arena/bootstrap/management/commands/test.py",
    "arena/demo/management/commands/demo.py",
    "arena/operations/management/commands/doctor.py",
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Project:
    """A repository with one dependency, served from a folder of wheels."""

    def __init__(self, root: Path) -> None:
        self.root, self.wheels = root, root / "wheels"

    def write(self) -> None:
        self.wheels.mkdir(parents=True)
        root = self.root
        for name in COPIED:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        (root / "manage.py").write_text(ENTRY)
        (root / "requirements").mkdir()
        for name in ("worker.txt", "test.txt"):
            self.lock(name, "")
        self.lock("torch.txt", "torch==2.13.0\n")
        self.lock("site.txt", f"tiny==1.0 --hash=sha256:{self.wheel('tiny', '1.0')}\n")
        (root / "requirements" / "site.in").write_text("tiny>=1\n")
        self.wheel("torch", "2.13.0+cpu")

    def lock(self, name: str, text: str) -> None:
        (self.root / "requirements" / name).write_text(text)

    def wheel(self, name: str, version: str) -> str:
        """Write an empty wheel and return its hash."""
        path = self.wheels / f"{name}-{version}-py3-none-any.whl"
        info = f"{name}-{version}.dist-info"
        files = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in files.items():
                archive.writestr(file, text)
            archive.writestr(f"{info}/RECORD", record(files, info))
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def run(self, *words: str, python: str = BARE, **more: str) -> subprocess.CompletedProcess[str]:
        with self.start(*words, python=python, **more) as process:
            out, err = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def start(self, *words: str, python: str = BARE, **more: str) -> subprocess.Popen[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ARENA_", "PIP_"))}
        offline = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
        }
        return subprocess.Popen(
            [python, "manage.py", *(words or ["demo"])],
            cwd=self.root,
            env={**kept, **offline, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def stamp(self) -> Path:
        return self.root / ".venv" / "installed.json"


def record(files, info):
    rows = [f"{info}/RECORD,,"]
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
        rows.append(f"{name},sha256={digest.rstrip('=')},{len(text)}")
    return "\n".join(rows)


@pytest.fixture
def project(tmp_path):
    """Freshly cloned."""
    fresh = Project(tmp_path / "project")
    fresh.write()
    return fresh


@pytest.fixture(scope="module")
def first_start(tmp_path_factory):
    first = Project(tmp_path_factory.mktemp("first") / "project")
    first.write()
    return first, first.run()


@pytest.fixture
def started(first_start, tmp_path):
    """Started once before; a copy, since that start takes seconds."""
    shutil.copytree(first_start[0].root, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")


def test_a_bare_python_goes_on_inside_an_environment_of_the_project(first_start):
    project, done = first_start
    assert done.stdout.split() == ["1.0", str(project.root / ".venv")], done.stderr
    assert "Installed the libraries" in done.stderr


def test_the_state_folder_is_its_owners_alone_from_the_start(first_start):
    assert stat.S_IMODE((first_start[0].root / ".arena").stat().st_mode) == 0o700


def test_a_second_start_installs_nothing(started):
    shutil.rmtree(started.wheels)
    done = started.run()
    assert (done.returncode, done.stderr) == (0, "")


def test_a_changed_lock_is_installed(started):
    started.lock("site.txt", f"tiny==1.1 --hash=sha256:{started.wheel('tiny', '1.1')}\n")
    assert started.run().stdout.startswith("1.1 ")


def test_the_test_tools_come_with_the_test_command_alone(started):
    started.lock("test.txt", f"tool==3 --hash=sha256:{started.wheel('tool', '3')}\n")
    assert "test.txt" not in json.loads(started.stamp.read_text())
    started.run("test")
    assert "test.txt" in json.loads(started.stamp.read_text())


def test_a_missing_wheel_is_one_sentence_and_leaves_no_stamp(project):
    project.lock("site.txt", "absent==1.0 --hash=sha256:00\n")
    done = project.run()
    assert done.returncode == 1
    assert "there is no wheel of absent==1.0 for this machine" in done.stderr.splitlines()[-1]
    assert not project.stamp.exists()


def test_a_package_that_was_changed_is_refused(project):
    project.lock("site.txt", f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    assert "differs from the one that was locked" in project.run().stderr


def test_without_a_network_it_says_so(project):
    project.lock("site.txt", f"absent==1.0 --hash=sha256:{'0' * 64}\n")
    nowhere = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    assert "is there a network?" in project.run(**nowhere).stderr.splitlines()[-1]


def test_somebody_elses_environment_is_left_as_it_is(project, tmp_path):
    venv.create(tmp_path / "theirs", symlinks=True)
    done = project.run(python=str(tmp_path / "theirs" / "bin" / "python"))
    assert done.returncode == 1
    assert "it lacks tiny, torch" in done.stderr
    assert not (project.root / ".venv").exists()


def test_a_container_can_forbid_an_environment(project):
    assert "it lacks tiny, torch" in project.run(ARENA_BOOTSTRAP="off").stderr


def test_a_folder_in_the_way_is_not_overwritten(project):
    (project.root / ".venv").mkdir()
    (project.root / ".venv" / "thesis.txt").touch()
    assert "is in the way" in project.run().stderr
    assert (project.root / ".venv" / "thesis.txt").exists()


def test_a_broken_environment_is_made_anew(started):
    (started.root / ".venv" / "bin" / "python").unlink()
    assert started.run().stdout.startswith("1.0 ")


def test_a_second_command_waits_while_another_one_installs(project):
    lock = os.open(project.root, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with project.start() as second:
        said = second.stderr.readline()
        assert not project.stamp.exists()
        os.close(lock)
        second.communicate()
    assert said.startswith("Another command is installing here")
    assert second.returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("test --help", "Run the whole test suite"),
        ("test -x -h", "--database=sqlite"),
        ("help test", "pytest's own options"),
        ("demo --help", "--port PORT"),
        ("demo --data nowhere -h", "--port PORT"),
        ("doctor --help", "Say what is reachable"),
        ("migrate --help", "usage: manage.py"),
        ("help", "doctor"),
        ("--help", "doctor"),
        ("--version", "Vision Arena 0"),
        ("version", "Vision Arena 0"),
    ],
)
def test_who_asks_for_help_gets_it_and_nothing_is_installed(project, words, said):
    done = project.run(*words.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout
    assert not (project.root / ".venv").exists()
    assert not (project.root / ".arena").exists()


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        ("tset", "Did you mean test?", 1),
        ("no-such-command", "Unknown command", 1),
        ("demo --prot 80", "unrecognized arguments", 2),
        ("demo --port eighty", "invalid int", 2),
        ("test --database=oracle", "sqlite or postgresql", 1),
    ],
)
def test_what_cannot_be_understood_is_said_before_anything_is_installed(
    project, words, said, status
):
    done = project.run(*words.split())
    assert said in done.stderr
    assert done.returncode == status
    assert not (project.root / ".venv").exists()


def test_in_somebody_elses_environment_help_asks_for_nothing(project):
    assert "--port PORT" in project.run("demo", "--help", ARENA_BOOTSTRAP="off").stdout
    assert "Run the whole" in project.run("test", "--help", ARENA_BOOTSTRAP="off").stdout


def test_every_command_of_a_library_is_known_before_it_is_installed():
    others = {name for name, app in get_commands().items() if not app.startswith("arena.")}
    assert others <= usage.DJANGO_COMMANDS


def test_an_old_python_can_read_manage_py():
    ast.parse((ROOT / "manage.py").read_text(), feature_version=(3, 4))
