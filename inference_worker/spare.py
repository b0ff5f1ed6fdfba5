"""A process that has imported all that models need, and becomes a worker in a moment.

    python -m inference_worker.spare SOCKET
    python -m inference_worker.spare --own -A inference_worker.celery_app worker ...

The first waits for ``inference_worker.launch`` at a socket that its user alone may open. The second
keeps one worker of its own running, for containers, whose first process must outlive it. Each
worker is forked from here: memory that neither of them changes is shared, and a worker that is
killed is replaced without the seconds of torch's import. Linux alone; no thread may run here.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from threading import Thread, get_native_id
from types import FrameType
from typing import Any, NoReturn

from inference_worker.launch import READY
from inference_worker.settings import read

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
"""The pause before a worker that ended is replaced."""
_ENDING = (signal.SIGTERM, signal.SIGINT)
"""The signals by which a worker is asked to end."""
_NICENESS = 5
"""The niceness of the importing thread, which gives way to the worker that answers."""
_READ_AT_IMPORT = ("HF_", "OMP_", "MKL_", "OPENBLAS_", "TORCH", "CUDA_", "PYTHON", "ARENA_HUB")
"""A worker that is told something else here can't come from this process."""


def main(arguments: list[str]) -> NoReturn:
    """Become a worker, or exit with status 0 once an own worker has ended as it was asked to."""
    if arguments[0] != "--own":
        path = Path(arguments[0])
        path.unlink(missing_ok=True)
        done: list[bool] = []

        def run() -> None:
            os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICENESS)
            prepare()
            done.append(True)

        thread = Thread(target=run, name="import")
        thread.start()
        thread.join()
        if not done:
            sys.exit("the spare could not import what a worker needs")
        with socket.socket(socket.AF_UNIX) as listener:
            before = os.umask(0o077)
            listener.bind(str(path))
            os.umask(before)
            listener.listen()
            _accept(listener, select.poll())
    told = read()
    if told.spare == "0" or not told.preload:  # a worker of endpoints alone needs no torch
        os.execv(sys.executable, [sys.executable, "-m", "celery", *arguments[1:]])
    prepare()
    _keep(arguments[1:])
    # Nothing is left to do. The libraries that were imported for the workers alone would end
    # threads here that never ran, and abort.
    logging.shutdown()
    os._exit(0)


def prepare() -> None:
    """Import what Celery and the models of ``ARENA_WORKER_PRELOAD`` need."""
    settings = read()
    os.environ["HF_HUB_OFFLINE"] = "0" if settings.hub else "1"
    # Asking CUDA itself for its devices would leave it unusable in a fork.
    os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import celery.apps.worker
    import celery.bin.celery
    import celery.concurrency.thread  # noqa: F401
    import kombu.transport.redis  # noqa: F401

    from inference_worker import process, tasks  # noqa: F401
    from inference_worker.backends import openai, transformers  # noqa: F401

    for source in process.preloaded(settings):
        try:
            transformers.import_for(source, settings)
        except Exception as error:  # noqa: BLE001  # the worker will say so when it loads it
            logger.warning("cannot prepare for %s: %s", source, error)
    gc.collect()
    gc.freeze()  # else the first collection of a worker would copy every page


def _accept(listener: socket.socket, watch: select.poll) -> NoReturn:
    """Fork a worker for each line; end it with its line, and the line with it.

    A worker ends itself where its line does, unless it is stopped.
    """
    workers: dict[int, tuple[socket.socket, int, int]] = {}
    watch.register(listener, select.POLLIN)
    while True:
        for number, _ in watch.poll():
            if number == listener.fileno():
                line, _ = listener.accept()
                if (pid := os.fork()) == 0:
                    for held in (listener, *(other for other, _, _ in workers.values())):
                        held.close()
                    _become_asked(line)
                process = os.pidfd_open(pid)
                workers |= dict.fromkeys((line.fileno(), process), (line, process, pid))
                watch.register(line, select.POLLRDHUP)
                watch.register(process, select.POLLIN)
            elif number in workers:
                line, process, pid = workers.pop(number)
                signal.pidfd_send_signal(process, signal.SIGKILL)
                os.waitpid(pid, 0)
                for place in (line.fileno(), process):
                    workers.pop(place, None)
                    watch.unregister(place)
                line.close()
                os.close(process)


def _become_asked(line: socket.socket) -> NoReturn:
    """Read what to be, say so, and be it for as long as the other end is there."""
    line.settimeout(PAUSE_SECONDS * 4)
    _, outputs, _, _ = socket.recv_fds(line, 1, 2)
    told = json.loads(line.makefile().readline())
    if _fixed(told["environ"]) != _fixed(_BEGAN):
        line.sendall(b"other 0\n")
        sys.exit()
    for number, output in enumerate(outputs, start=1):
        os.dup2(output, number)
        os.close(output)
    os.environ.clear()
    os.environ.update(told["environ"])
    os.chdir(told["folder"])
    line.settimeout(None)
    line.sendall(f"{READY} {os.getpid()}\n".encode())
    _become(line, told["arguments"])


def _keep(arguments: list[str]) -> None:
    """Keep one worker running until this process is asked to end."""
    asked: list[int] = []
    workers: list[int] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        asked.append(number)
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, number)

    for number in _ENDING:
        signal.signal(number, pass_on)
    while True:
        # A worker that nobody knows of yet would not be asked to end.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        if asked:
            return
        ours, theirs = socket.socketpair()
        if (worker := os.fork()) == 0:
            ours.close()
            _become(theirs, arguments)
        workers[:] = [worker]
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        theirs.close()
        _, status = os.waitpid(worker, 0)
        workers.clear()
        ours.close()
        if not asked:
            ended = os.waitstatus_to_exitcode(status)
            logger.warning("the worker ended (%s) and starts again", ended)
            time.sleep(PAUSE_SECONDS)


def _become(line: socket.socket, arguments: list[str]) -> NoReturn:
    """Be a Celery worker in this process, which ends when the line does."""
    from celery.bin.celery import main as celery

    for number in _ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    os.setsid()
    Thread(target=_end_with, args=(line,), name="tie", daemon=True).start()
    sys.argv = ["celery", *arguments]
    sys.exit(celery())


def _end_with(line: socket.socket) -> None:
    """Kill this process once nobody holds the other end: nobody would look after it."""
    watch = select.poll()
    watch.register(line, select.POLLRDHUP)
    watch.poll()
    os.kill(os.getpid(), signal.SIGKILL)


def _fixed(environ: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in environ.items() if name.startswith(_READ_AT_IMPORT)}


_BEGAN = dict(os.environ)

if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    main(sys.argv[1:])
