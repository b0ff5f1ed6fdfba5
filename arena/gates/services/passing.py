"""An attempt to start a battle passes the gates, or is refused by the first one that must."""

from __future__ import annotations

from prometheus_client import Counter

from arena.gates.attempts import BattleAttempt, GateReports
from arena.gates.checks import all_gates
from arena.gates.states import GateStage

gate_reports = Counter(
    "arena_gate_reports",
    "Verdicts of the gates on attempts to start a battle.",
    ["gate", "verdict"],
    registry=None,
)


def pass_gates(attempt: BattleAttempt, *stages: GateStage) -> GateReports:
    """Return what each gate of these stages says of an attempt.

    Gates count attempts and bytes, remember questions and ask moderators; no transaction is open.
    Raises the refusal of the first gate that lets nothing begin: TooMany, NoRoom, ProofNeeded or
    NotAllowed.
    """
    reports: GateReports = {}
    for stage in stages:
        for name, gate in all_gates().items():
            if stage in gate.STAGES:
                reports[name] = report = gate.report(attempt)
                gate_reports.labels(name, report.verdict.value).inc()
                if report.refusal:
                    raise report.refusal
    return reports
