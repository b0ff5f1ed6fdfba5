from __future__ import annotations

import pytest

from tests.hub.serving import serving


@pytest.fixture
def hub(tmp_path, settings, monkeypatch):
    """A Hub on loopback that the site asks; its folder is ``tmp_path / "hub"``."""
    from huggingface_hub import constants

    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "no-token"))
    with serving(folder) as served:
        settings.HUB, settings.HUB_ENDPOINT = True, served.url
        yield served
