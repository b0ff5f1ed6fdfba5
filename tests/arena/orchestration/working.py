"""What a worker does to a side, through the real wire."""

from __future__ import annotations

from msgspec.structs import replace

from arena.battles.models import Generation
from arena.core.redis import client
from inference_worker.wire import leases, stream
from inference_worker.wire.leases import LeaseHolder
from inference_worker.wire.messages import GenerationOutcome
from inference_worker.wire.stream import StreamAppend


class Worker:
    """Holds one attempt at one side of a battle's newest turn."""

    def __init__(self, battle, side, owner="delivery-1"):
        self.battle, self.side = battle, side
        row = self.row
        self.queue = row.version.card.queue
        self.attempt, self.number, self.text = row.attempt, 0, ""
        self.holder = LeaseHolder(battle.public_id, side, row.fence, owner)

    @property
    def row(self):
        """The side of the newest turn as the database has it now."""
        rows = Generation.objects.filter(turn__battle=self.battle, side=self.side)
        return rows.select_related("version__card").order_by("turn__number").last()

    def claim(self):
        return leases.claim(client(), self.holder, queue=self.queue)

    def write(self, kind, text=""):
        append = StreamAppend(self.holder, ((self.number, kind, text),))
        [verdict] = stream.append(client(), [append])
        if verdict == "ok":
            self.number += 1
            self.text += text if kind == "delta" else ""
        return verdict

    def start(self, *texts):
        """Claim, and write so much of the answer."""
        assert self.claim() == "ok"
        self.write("restarted" if self.attempt > 1 else "started")
        for text in texts:
            self.write("delta", text)
        return self

    def answer(self, *texts, end="ended", code=""):
        """All of it, but for the callback."""
        self.start(*texts)
        self.write(end, code)
        return self

    def die(self):
        """Nobody renews the lease any more."""
        client().delete(self.holder.keys[1])

    def outcome(self, **changes):
        """What the callback brings."""
        usual = GenerationOutcome(
            stream=self.battle.public_id,
            side=self.side,
            attempt=self.attempt,
            fence=self.holder.fence,
            status="ended",
            code="",
            text=self.text,
            finish="stop",
            tokens=7,
            first_text_ms=12,
            total_ms=345,
            worker="heron",
            revision="abc",
        )
        return replace(usual, **changes)


def state_of(battle):
    battle.refresh_from_db()
    return battle.state


def kinds(battle):
    """What stands in the battle's log."""
    return [event.kind for event in stream.read(client(), battle.public_id)]


def slots(battle):
    """What Redis knows of both sides, a before b."""
    return leases.observe(client(), fences(battle))


def fences(battle):
    """Of both sides' attempts, a before b."""
    rows = Generation.objects.filter(turn__battle=battle).order_by("side")
    return list(rows.values_list("fence", flat=True))
