"""An account with chosen permissions, and an arena with something in it."""

from __future__ import annotations

import pytest


@pytest.fixture
def sign_in(client, db):
    """Signs in a member of staff with the given permissions; returns the client."""
    from django.contrib.auth.models import Permission, User

    def sign_in(*rights):
        user = User.objects.create(username="tester", is_staff=True)
        for right in rights:
            app, codename = right.split(".")
            found = Permission.objects.get(content_type__app_label=app, codename=codename)
            user.user_permissions.add(found)
        client.force_login(user)
        return client

    return sign_in
