"""Sealing keys are rotated: every stored secret comes under the newest one, or nothing changes."""

from __future__ import annotations

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from arena.catalog.models import ModelVersion
from arena.operations import resealing, second_factor
from arena.operations.models import AppDevice, SealedCode, SealedKey
from arena.operations.resealing import stored_secrets
from inference_worker.wire import sealed
from tests.factories import make_version

pytestmark = pytest.mark.django_db
OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
ENDPOINT = "https://models.example/v1"


@pytest.fixture
def stored(settings):
    """A version with an endpoint's key and an account with a second factor, under the old key."""
    settings.SEALING_KEYS = [OLD]
    ciphertext = sealed.seal("sk-1", base_url=ENDPOINT, keys=[OLD])
    version = make_version(backend="openai", base_url=ENDPOINT, sealed_key=ciphertext)
    owner = User.objects.create_superuser("owner")
    second_factor.turn_on(owner)
    return version


def reseal(*arguments):
    out = StringIO()
    call_command("reseal_keys", *arguments, stdout=out)
    return out.getvalue()


def ciphertexts():
    return {(one.model, one.pk): one.ciphertext for one in stored_secrets()}


def test_every_secret_comes_under_the_newest_key(settings, stored):
    bin_key = AppDevice.objects.get().bin_key
    settings.SEALING_KEYS = [NEW, OLD]
    text = reseal()
    assert "12 secrets, 0 under the newest key already." in text
    assert "12 sealed anew." in text
    settings.SEALING_KEYS = [NEW]
    version = ModelVersion.objects.get(pk=stored.pk)
    assert sealed.unseal(version.sealed_key, base_url=ENDPOINT, keys=[NEW]) == "sk-1"
    assert AppDevice.objects.get().bin_key == bin_key
    assert all(one.is_current for one in stored_secrets())


def test_a_dry_run_counts_and_changes_nothing(settings, stored):
    settings.SEALING_KEYS = [NEW, OLD]
    before = ciphertexts()
    assert "12 would be sealed anew. Nothing was changed." in reseal("--dry-run")
    assert ciphertexts() == before


def test_a_second_run_finds_nothing_to_do(settings, stored):
    settings.SEALING_KEYS = [NEW, OLD]
    reseal()
    before = ciphertexts()
    assert "12 secrets, 12 under the newest key already.\n0 sealed anew." in reseal()
    assert ciphertexts() == before


def test_an_interrupted_run_is_resumed(settings, stored, monkeypatch):
    settings.SEALING_KEYS = [NEW, OLD]
    first = next(one for one in stored_secrets() if one.model is SealedKey)

    def killed(secret):
        if secret.model is SealedKey:
            raise KeyboardInterrupt
        return original(secret)

    original = resealing.SealedSecret.reseal
    monkeypatch.setattr(resealing.SealedSecret, "reseal", killed)
    with pytest.raises(KeyboardInterrupt):
        reseal()
    monkeypatch.undo()
    assert "12 secrets, 1 under the newest key already.\n11 sealed anew." in reseal()
    assert SealedKey.objects.get(pk=first.pk).ciphertext != first.ciphertext


def test_a_missing_old_key_is_named_and_nothing_changes(settings, stored):
    settings.SEALING_KEYS = [NEW, OTHER]
    before = ciphertexts()
    with pytest.raises(CommandError) as refused:
        reseal()
    assert f"the endpoint key of {stored}, the second factor of owner" in str(refused.value)
    assert "Nothing was changed" in str(refused.value)
    assert ciphertexts() == before


def test_one_lost_secret_keeps_the_others_from_nothing(settings, stored):
    lost = sealed.seal("sk-2", base_url=ENDPOINT, keys=[OTHER])
    other = make_version(backend="openai", base_url=ENDPOINT, sealed_key=lost)
    settings.SEALING_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match="1 can't be opened"):
        reseal()
    assert f"No key opens the endpoint key of {other}" in reseal("--leave-unreadable")
    assert ModelVersion.objects.get(pk=other.pk).sealed_key == lost
    assert sum(one.is_current for one in stored_secrets()) == 12


def test_second_factors_from_before_a_sealing_key_move_under_it(settings):
    settings.SEALING_KEYS = []
    second_factor.turn_on(User.objects.create_superuser("owner"))
    key = AppDevice.objects.get().bin_key
    settings.SEALING_KEYS = [NEW]
    assert "11 sealed anew." in reseal()
    settings.SECRET_KEY = "another secret key"
    assert AppDevice.objects.get().bin_key == key


def test_without_any_sealing_key_an_endpoints_key_cannot_be_opened(settings, stored):
    settings.SEALING_KEYS = []
    with pytest.raises(CommandError, match="can't be opened with any key"):
        reseal()


def test_a_malformed_key_is_refused_in_a_sentence(settings, stored):
    settings.SEALING_KEYS = ["short", OLD]
    before = SealedCode.objects.values_list("ciphertext", flat=True)[0]
    with pytest.raises(CommandError, match="32 bytes in url-safe base64"):
        reseal()
    assert SealedCode.objects.values_list("ciphertext", flat=True)[0] == before


def test_a_row_that_changes_meanwhile_is_left_alone(settings, stored):
    settings.SEALING_KEYS = [NEW, OLD]
    one = next(one for one in stored_secrets() if one.model is SealedCode)
    SealedCode.objects.filter(pk=one.pk).delete()
    assert not one.reseal()


def test_without_secrets_there_is_nothing_to_do(settings):
    settings.SEALING_KEYS = [NEW]
    assert "0 secrets, 0 under the newest key already." in reseal()
