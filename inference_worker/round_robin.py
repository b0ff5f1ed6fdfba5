"""A thread in which several queues of light models take turns."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Event, Thread


class RoundRobinExecutor:
    """A thread that gives each of its tasks a turn, again and again."""

    def __init__(self) -> None:
        self._tasks: list[_RoundRobinTask] = []
        self._changed = Condition()
        Thread(target=self._run, name="round-robin", daemon=True).start()

    def run(self, turn: Callable[[], bool]) -> None:
        """Return once a turn returns false; raises what a turn raises."""
        task = _RoundRobinTask(turn)
        with self._changed:
            self._tasks.append(task)
            self._changed.notify()
        task.over.wait()
        if task.error is not None:
            raise task.error

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._tasks)
                self._tasks = [task for task in self._tasks if not task.over.is_set()]
            for task in self._tasks:
                task.turn()


class _RoundRobinTask:
    def __init__(self, turn: Callable[[], bool]) -> None:
        self.over = Event()
        self.error: Exception | None = None
        self._turn = turn

    def turn(self) -> None:
        try:
            more = self._turn()
        except Exception as error:  # noqa: BLE001  # raised again where the caller waits
            self.error, more = error, False
        if not more:
            self.over.set()
