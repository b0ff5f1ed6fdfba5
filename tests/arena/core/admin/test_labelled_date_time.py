"""The two fields of a moment have names."""

from __future__ import annotations

from arena.core.admin.labelled_date_time import LabelledDateTime


def test_date_and_time_are_named():
    shown = LabelledDateTime().render("expires_at", None, {"id": "id_expires_at"})
    assert shown.count("aria-label=") == 2
    assert 'aria-label="Date"' in shown
    assert 'aria-label="Time"' in shown
