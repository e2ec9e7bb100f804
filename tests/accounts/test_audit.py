from __future__ import annotations

import re

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.domain.audit import record
from accounts.enums import Action
from accounts.models import Account, AuditEntry
from lumio.env import ROOT


def test_a_line_names_who_did_what_to_what(ada_actor, ada, account):
    entry = record(ada_actor, Action.MEMBER_ADDED, ada, before={"role": "a"}, after={"role": "b"})

    entry.refresh_from_db()
    assert (entry.account, entry.actor_id, entry.actor_name, entry.via) == (account, ada.pk, "Ada", "session")
    assert (entry.target_type, entry.target_id, entry.target_name) == ("user", str(ada.pk), "Ada")
    assert (entry.before, entry.after) == ({"role": "a"}, {"role": "b"})


@pytest.mark.parametrize(
    "statement",
    ["UPDATE accounts_auditentry SET actor_name = 'Eve'", "DELETE FROM accounts_auditentry"],
)
def test_the_database_refuses_to_change_a_line(account, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert AuditEntry.objects.get().actor_name == "Ada"


def test_an_accounts_lines_go_with_the_account_alone(account, cleo):
    account.delete()

    assert AuditEntry.objects.get().account == Account.objects.get(members__user=cleo)


def test_every_action_is_written_by_somebody():
    """A name that nothing writes promises what the log does not hold."""
    apps = ("accounts", "events", "connections", "integrations", "automations", "tokens", "overlays", "lumio")
    sources = (path.read_text() for app in apps for path in (ROOT / app).rglob("*.py") if path.name != "enums.py")
    written = set(re.findall(r"Action\.([A-Z_]+)", "".join(sources)))

    assert {action.name for action in Action} - written == set()
