"""Keys that come and go: what was stored stays readable, and a wrong ring is recognised before it writes."""

from __future__ import annotations

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from connections.domain import vault
from lumio import checks, keys
from lumio.env import CannotStart
from lumio.lib import crypto
from lumio.models import KeyCanary
from tests import factories

pytestmark = pytest.mark.django_db

OLD, NEW, OTHER = (f"{{}}:{base64.b64encode(letter * 32).decode()}" for letter in (b"o", b"n", b"x"))
K1, K2, K1_AGAIN = OLD.format("k1"), NEW.format("k2"), OTHER.format("k1")


@pytest.fixture
def ring(settings):
    """Starts Lumio, as far as keys go, with the ring it is called with; what is lost."""
    KeyCanary.objects.all().delete()

    def start(*entries: str) -> list[str]:
        settings.LUMIO_ENCRYPTION_KEYS = ",".join(entries)
        return [key.name for key in keys.remember()]

    return start


def test_a_second_key_in_front_reads_what_is_old_and_writes_what_is_new(ring, account):
    assert ring(K1) == []
    old = factories.make_connection(account=account)
    assert ring(K2, K1) == []
    new = factories.make_connection(account=factories.make_account(name="Second"))

    tokens = [vault.read(row, "access_token_encrypted").reveal() for row in (old, new)]

    assert all(tokens)
    names = crypto.key_ring().names
    assert [names[bytes(row.access_token_encrypted)[1:5]] for row in (old, new)] == ["k1", "k2"]
    assert set(KeyCanary.objects.values_list("name", flat=True)) == {"k1", "k2"}


@pytest.mark.parametrize(
    ("later", "said"), [((K2,), "lacks 'k1'"), ((K1_AGAIN,), "holds another key as 'k1'"), ((K2, K1_AGAIN), "as 'k1'")]
)
def test_a_ring_that_cannot_read_is_refused_and_leaves_nothing_behind(ring, later, said):
    ring(K1)

    assert ring(*later) == ["k1"]

    with pytest.raises(CannotStart, match=rf"LUMIO_ENCRYPTION_KEYS .*{said}.*Put that key back"):
        checks.refuse_unsafe()
    assert list(KeyCanary.objects.values_list("name", flat=True)) == ["k1"]
    assert ring(K2, K1) == []
    checks.refuse_unsafe()


def test_the_report_names_the_keys_and_gives_up_only_what_it_is_told_to(ring):
    ring(K1)
    ring(K2, K1)
    told = StringIO()
    call_command("check_keys", stdout=told)
    assert told.getvalue() == "k2: encrypts and decrypts\nk1: decrypts\n"

    ring(K2)
    with pytest.raises(CommandError, match="lacks 'k1'"):
        call_command("check_keys", stdout=told)
    call_command("check_keys", "--forget-lost", stdout=told)

    assert ring(K2) == []
    assert "k1: given up" in told.getvalue()
    assert "=" not in told.getvalue().replace("\n", ""), "no key is printed"
