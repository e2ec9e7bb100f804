"""The address of the bridge page."""

from __future__ import annotations

import pytest
from django.conf import settings

from accounts.actor import PermissionRefused
from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from events import bus
from integrations.domain import bridge
from integrations.models import Bridge
from tests import factories

pytestmark = pytest.mark.django_db


def secret_in(address: bridge.Secret) -> str:
    return address.reveal().rpartition("/")[2]


def test_an_address_is_made_once_and_stays(account):
    first = bridge.address(account)
    second = bridge.address(account)

    assert first == second
    assert first.reveal().startswith(f"{settings.LUMIO_OVERLAY_URL}/bridge/")
    assert len(secret_in(first)) == 43
    assert Bridge.objects.get().account == account


def test_the_secret_is_neither_stored_nor_shown(account):
    secret = secret_in(bridge.address(account))

    row = Bridge.objects.get()
    assert secret not in row.digest
    assert secret.encode() not in bytes(row.secret_encrypted)
    assert secret not in str(bridge.address(account))


def test_an_address_finds_its_account(account, cleo):
    secret = secret_in(bridge.address(account))

    found = bridge.find(secret)

    assert found is not None
    assert found.account == account
    assert bridge.find(secret + "x") is None
    assert bridge.find("") is None


def test_a_closed_account_has_no_bridge(account):
    secret = secret_in(bridge.address(account))
    account.closed_at = account.created_at
    account.save()

    assert bridge.find(secret) is None
    assert not bridge.still_opens(account.pk, Bridge.objects.get().digest)


def test_renewing_ends_the_old_address(account, ada_actor, monkeypatch, django_capture_on_commit_callbacks):
    told = []
    monkeypatch.setattr(bus, "send", lambda topic, text: told.append(topic))
    old = secret_in(bridge.address(account))
    old_digest = Bridge.objects.get().digest

    with django_capture_on_commit_callbacks(execute=True):
        new = secret_in(bridge.renew(ada_actor))

    assert bridge.find(old) is None
    assert not bridge.still_opens(account.pk, old_digest)
    assert bridge.find(new).account == account
    assert secret_in(bridge.address(account)) == new
    assert told == [bridge.topic(account.pk)]
    assert AuditEntry.objects.get(action=Action.BRIDGE_RENEWED).actor_name == "Ada"


def test_renewing_what_was_never_asked_for_makes_one(account, ada_actor):
    new = bridge.renew(ada_actor)

    assert bridge.address(account) == new


def test_renewing_takes_the_right_to_edit_connections(account):
    before = bridge.address(account)
    reader = factories.make_actor(account=account, permissions={Permission.CONNECTIONS_READ})

    with pytest.raises(PermissionRefused):
        bridge.renew(reader)

    assert bridge.address(account) == before
    assert not AuditEntry.objects.filter(action=Action.BRIDGE_RENEWED).exists()


def test_an_address_whose_key_is_gone_says_what_to_do(account):
    bridge.address(account)
    Bridge.objects.update(secret_encrypted=b"\x01nothing that any key reads")

    with pytest.raises(bridge.AddressUnreadable):
        bridge.address(account)
