from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from inference_worker.wire.sealed import BrokenSeal, reseal, seal, unseal

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
URL = "https://models.example/v1"


def test_a_sealed_key_comes_back():
    sealed = seal("sk-secret", base_url=URL, keys=[OLD])
    assert "sk-secret" not in sealed
    assert unseal(sealed, base_url=URL, keys=[OLD]) == "sk-secret"


def test_a_slash_at_the_end_is_the_same_url():
    assert unseal(seal("s", base_url=URL + "/", keys=[OLD]), base_url=URL, keys=[OLD]) == "s"


def test_a_key_is_not_given_to_another_endpoint():
    sealed = seal("sk-secret", base_url=URL, keys=[OLD])
    with pytest.raises(BrokenSeal) as refused:
        unseal(sealed, base_url="https://evil.example/v1", keys=[OLD])
    assert "sk-secret" not in str(refused.value)


@pytest.mark.parametrize("sealed", ["", "nonsense", "gAAAA"])
def test_what_was_never_sealed_is_refused(sealed):
    with pytest.raises(BrokenSeal):
        unseal(sealed, base_url=URL, keys=[OLD])


def test_after_a_rotation_both_keys_open_until_the_old_one_goes():
    sealed = seal("s", base_url=URL, keys=[OLD])
    assert unseal(sealed, base_url=URL, keys=[NEW, OLD]) == "s"
    renewed = reseal(sealed, keys=[NEW, OLD])
    assert unseal(renewed, base_url=URL, keys=[NEW]) == "s"
    with pytest.raises(BrokenSeal):
        unseal(sealed, base_url=URL, keys=[NEW])


def test_a_broken_seal_is_not_renewed():
    with pytest.raises(BrokenSeal):
        reseal("nonsense", keys=[NEW])


def test_without_a_key_nothing_is_sealed():
    with pytest.raises(BrokenSeal, match="ARENA_SEALING_KEY"):
        seal("s", base_url=URL, keys=[])
