"""What tests of the site share."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User


@pytest.fixture
def admin_user(db):
    """An operator without a password: hashing one takes longer than most tests."""
    return User.objects.create(username="admin", is_staff=True, is_superuser=True)
