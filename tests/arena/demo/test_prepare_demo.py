"""What stands in the database before the first page."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from arena.demo.programs import operator_password
from arena.demo.state import open_folder


@pytest.fixture
def folder(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    return open_folder(tmp_path)


@pytest.mark.django_db
def test_the_operator_can_sign_in_with_the_first_password(folder):
    call_command("prepare_demo", verbosity=0)
    user = get_user_model().objects.get(username="operator")
    assert user.check_password(operator_password(folder))
    assert user.is_superuser


@pytest.mark.django_db
def test_a_changed_password_stays(folder):
    call_command("prepare_demo", verbosity=0)
    user = get_user_model().objects.get(username="operator")
    user.set_password("chosen by the operator")
    user.save()
    call_command("prepare_demo", verbosity=0)
    user.refresh_from_db()
    assert user.check_password("chosen by the operator")
