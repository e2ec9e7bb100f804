from __future__ import annotations

import pytest

from accounts.enums import Permission
from tests import factories


@pytest.fixture
def token(ada_actor):
    """A token of Ada's that reads events: its row and its text."""
    row, value = factories.make_token(actor=ada_actor, permissions={Permission.EVENTS_READ})
    return row, value.reveal()
