"""Keys that are exchanged: everything ends up under the new one, and what cannot is counted and left alone."""

from __future__ import annotations

import base64
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.db.models import BinaryField
from django.utils import timezone

from accounts import factors
from connections.domain import vault
from connections.models import Connection, DiscordBot, OAuthAttempt
from integrations.domain import bridge
from lumio import keys, rotation
from lumio.lib import crypto
from lumio.lib.sealed import Sealed
from lumio.lib.secrets import Secret
from lumio.models import KeyCanary
from tests import factories

pytestmark = pytest.mark.django_db

K1, K2, K3 = (f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("k1", "k2", "k3"))
APP = "JBSWY3DPEHPK3PXP"
#: How many values `_one_of_each` leaves, kind by kind.
TITLES = {
    "client IDs": 1,
    "client secrets": 1,
    "access tokens": 1,
    "refresh tokens": 1,
    "verifiers of sign-ins under way": 1,
    "tokens of the Discord bot": 1,
    "StreamElements tokens": 1,
    "passwords of OBS and Streamer.bot": 1,
    "addresses of bridge pages": 1,
    "keys of overlays": 1,
    "authenticator apps and recovery codes": 2,
}
NO_LONGER = (
    "k1: no longer needed. Remove it from LUMIO_ENCRYPTION_KEYS on every machine and restart Lumio; keep it with the "
    "backups made until now."
)


@pytest.fixture
def start(settings):
    """Starts Lumio, as far as keys go, with these keys; the names of those that are lost."""
    KeyCanary.objects.all().delete()

    def begin(*entries: str) -> list[str]:
        settings.LUMIO_ENCRYPTION_KEYS = ",".join(entries)
        return [key.name for key in keys.remember()]

    return begin


@pytest.fixture(autouse=True)
def _one_of_each(start, account, ada) -> None:
    """Everything that is stored encrypted, under k1; then k2 comes first."""
    start(K1)
    factories.make_credentials(account=account, client_id="client-id-of-ada", client_secret="client-secret-of-ada")
    factories.make_connection(account=account, access_token="access-of-ada", refresh_token="refresh-of-ada")
    attempt = OAuthAttempt(
        state_digest="s", session_digest="d", account=account, user=ada, platform="twitch", created_at=timezone.now()
    )
    attempt.code_verifier_encrypted = vault.seal(attempt, "code_verifier_encrypted", Secret("verifier-of-ada"))
    attempt.save()
    bot = DiscordBot(bot_id="1", name="Lumio", application_id="2", checked_at=timezone.now())
    bot.token_encrypted = vault.seal(bot, "token_encrypted", Secret("token-of-the-bot"))
    bot.save()
    factories.make_se_token(account=account)
    factories.make_integration(account=account, password="password-of-obs")
    bridge.address(account)
    factories.make_overlay(account=account)
    TOTP.activate(ada, APP)
    RecoveryCodes.activate(ada)
    Authenticator.objects.create(user=ada, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop", "credential": {}})
    start(K2, K1)


def revealed() -> list[str]:
    """Every stored value as Lumio reads it. Raises CannotDecrypt."""
    found = []
    for kind in rotation.SEALED:
        for row in kind.model.objects.order_by("pk"):

            def read(blob: bytes, kind=kind, row=row) -> bytes:
                found.append(crypto.decrypt(blob, context=kind.context(row, kind.field)).reveal())
                return blob

            kind.each(getattr(row, kind.field), read)
    return found


def raw() -> bytes:
    """Every value of every column of every table, however it is encoded, one after the other."""
    text = []
    with database.cursor() as cursor:
        for table in database.introspection.table_names():
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")
            for value in (value for row in cursor.fetchall() for value in row):
                text.append(bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode())
    return b"\n".join(text)


def head(entry: str) -> bytes:
    """What every value under this key begins with."""
    return crypto.FORMAT + crypto.parse_keys(entry).primary


def holds(entry: str) -> bool:
    """Whether anything in the database is under this key, as bytes or as base64."""
    everything = raw()
    # The seventh character also depends on what comes behind these five bytes.
    return head(entry) in everything or base64.b64encode(head(entry))[:6] in everything


def run(command: str) -> list[str]:
    """The lines that it prints. Raises CommandError."""
    said = StringIO()
    call_command(command, stdout=said)
    return said.getvalue().splitlines()


def canaries() -> set[str]:
    return set(KeyCanary.objects.values_list("name", flat=True))


def damage(kind: Sealed) -> None:
    """Change the last byte of a value of this kind, as a broken disk would."""
    row = kind.model.objects.order_by("pk").first()
    damaged = kind.each(getattr(row, kind.field), lambda blob: blob[:-1] + bytes([blob[-1] ^ 1]))
    kind.model.objects.filter(pk=row.pk).update(**{kind.field: damaged})


def stored(kind: Sealed) -> list[object]:
    values = kind.model.objects.order_by("pk").values_list(kind.field, flat=True)
    return [bytes(value) if isinstance(value, memoryview) else value for value in values]


class TestRegistry:
    def test_no_binary_field_is_forgotten(self):
        registered = {(kind.model, kind.field) for kind in rotation.SEALED}
        binary = {
            (model, field.name)
            for model in apps.get_models(include_auto_created=True)
            for field in model._meta.concrete_fields
            if isinstance(field, BinaryField) or field.name.endswith("_encrypted")
        }

        # A canary stays under its own key for as long as there is one.
        assert binary - registered == {(KeyCanary, "sealed")}
        assert registered - binary == {(Authenticator, "data")}

    def test_each_kind_has_one_of_its_own_here(self):
        assert {tally.kind.title: tally.total for tally in rotation.survey()} == TITLES


class TestRotating:
    def test_everything_reads_the_same_and_is_under_the_new_key(self):
        before = revealed()

        said = run("rotate_keys")

        assert len(before) == sum(TITLES.values())
        assert revealed() == before
        assert said == [
            *(f"{title}: {number} looked at, {number} put under the first key" for title, number in TITLES.items()),
            NO_LONGER,
            "Everything is under k2.",
        ]

    def test_nothing_of_the_old_key_is_left_in_any_table(self):
        assert holds(K1)

        run("rotate_keys")

        assert (holds(K1), holds(K2)) == (False, True)

    def test_the_old_key_may_then_go(self, start):
        before = revealed()
        run("rotate_keys")

        assert start(K2) == []
        assert (canaries(), revealed()) == ({"k2"}, before)

    def test_a_second_time_there_is_nothing_to_do(self):
        run("rotate_keys")
        before = raw()

        said = run("rotate_keys")

        assert raw() == before
        assert said[-2:] == ["k1: nothing is under it.", "Everything is under k2."]
        assert {line.rpartition(", ")[2] for line in said[:-2]} == {"0 put under the first key"}

    def test_a_new_key_at_the_end_is_not_called_an_old_one(self, start):
        run("rotate_keys")
        start(K2, K3)

        said = run("rotate_keys")

        assert said[-2:] == ["k3: nothing is under it.", "Everything is under k2."]

    def test_nothing_is_touched_while_a_key_is_missing(self, start):
        start(K3)
        before = raw()

        with pytest.raises(CommandError, match=r"(?s)lacks 'k1'.*Put that key back"):
            run("rotate_keys")

        assert raw() == before

    def test_rows_beyond_a_batch_have_their_turn(self, start, monkeypatch):
        monkeypatch.setattr(rotation, "BATCH", 2)
        start(K1)
        for number in range(4):
            factories.make_connection(account=factories.make_account(), access_token=f"access-{number}")
        start(K2, K1)

        said = run("rotate_keys")

        assert [line for line in said if line.startswith("access")] == [
            f"access tokens: {number} looked at, {number} put under the first key" for number in (2, 4, 5)
        ]
        assert not holds(K1)

    @pytest.mark.parametrize("kind", rotation.SEALED, ids=lambda kind: kind.title)
    def test_what_changed_since_it_was_read_stays(self, kind):
        [[row, *_]] = kind.batches(10)
        renewed = rotation.Tally(kind).take_in(row)
        newer = rotation.Tally(kind).take_in(row)
        kind.model.objects.filter(pk=row.pk).update(**{kind.field: newer})

        assert not kind.replace(row, renewed)

        assert newer != renewed
        assert newer in stored(kind)

    def test_a_process_with_the_old_keys_is_noticed(self, monkeypatch, settings):
        connection = Connection.objects.get()

        def straggler(name: str) -> None:
            if name == "rotate.before_survey":
                settings.LUMIO_ENCRYPTION_KEYS = K1
                sealed = vault.seal(connection, "access_token_encrypted", Secret("newer"))
                Connection.objects.update(access_token_encrypted=sealed)
                settings.LUMIO_ENCRYPTION_KEYS = f"{K2},{K1}"

        monkeypatch.setattr(rotation, "crash_point", straggler)

        with pytest.raises(CommandError, match=r"^1 values came under an older key meanwhile.*Restart every process"):
            run("rotate_keys")

        assert canaries() == {"k1", "k2"}
        connection.refresh_from_db()
        assert vault.read(connection, "access_token_encrypted").reveal() == "newer"


class TestUnreadable:
    @pytest.mark.parametrize("kind", rotation.SEALED, ids=lambda kind: kind.title)
    def test_it_is_counted_and_left_as_it_is_and_keeps_its_key(self, kind):
        damage(kind)
        before, said = stored(kind), StringIO()

        with pytest.raises(CommandError) as error:
            call_command("rotate_keys", stdout=said)

        assert str(error.value).splitlines() == [
            f"{kind.title}: 1 cannot be read. {kind.remedy}",
            "Keys that are not named as no longer needed have to stay.",
        ]
        assert before[0] in stored(kind)
        assert {tally.kind.title: tally.behind for tally in rotation.survey()} == dict.fromkeys(TITLES, 0)
        assert "no longer" not in said.getvalue()
        assert canaries() == {"k1", "k2"}

    def test_once_it_is_replaced_the_key_may_go(self):
        kind = rotation.SEALED[2]
        damage(kind)
        with pytest.raises(CommandError):
            run("rotate_keys")
        connection = Connection.objects.get()
        sealed = vault.seal(connection, "access_token_encrypted", Secret("after reconnecting"))
        Connection.objects.update(access_token_encrypted=sealed)

        said = run("rotate_keys")

        assert said[-2:] == [NO_LONGER, "Everything is under k2."]

    @pytest.mark.parametrize("text", ["", "no base64!", "é", "AAAA"])
    def test_a_factor_that_is_no_longer_base64_is_one_too(self, text):
        Authenticator.objects.filter(type="totp").update(data={"secret": text})

        with pytest.raises(CommandError, match=r"^authenticator apps and recovery codes: 1 cannot be read"):
            run("rotate_keys")

        assert Authenticator.objects.get(type="totp").data == {"secret": text}

    def test_what_a_lost_key_encrypted_does_not_keep_the_others(self, start):
        start(K2)
        keys.forget_lost()
        start(K3, K2)
        said = StringIO()

        with pytest.raises(CommandError) as error:
            call_command("rotate_keys", stdout=said)

        assert str(error.value).splitlines()[:-1] == [
            f"{kind.title}: {TITLES[kind.title]} cannot be read. {kind.remedy}" for kind in rotation.SEALED
        ]
        assert said.getvalue().splitlines()[-1] == NO_LONGER.replace("k1", "k2")
        assert canaries() == {"k3"}


class TestReport:
    def test_kinds_keys_and_numbers(self, account):
        factories.make_connection(account=factories.make_account())

        assert run("check_secrets") == [
            "client IDs: 1 under k1",
            "client secrets: 1 under k1",
            "access tokens: 1 under k1, 1 under k2",
            "refresh tokens: 1 under k1, 1 under k2",
            "verifiers of sign-ins under way: 1 under k1",
            "tokens of the Discord bot: 1 under k1",
            "StreamElements tokens: 1 under k1",
            "passwords of OBS and Streamer.bot: 1 under k1",
            "addresses of bridge pages: 1 under k1",
            "keys of overlays: 1 under k1",
            "authenticator apps and recovery codes: 2 under k1",
            "12 are not under k2 yet: `manage.py rotate_keys` does that.",
        ]

    def test_without_the_key_it_says_what_is_lost(self, start):
        start(K3)
        said = StringIO()

        with pytest.raises(CommandError) as error:
            call_command("check_secrets", stdout=said)

        assert said.getvalue().splitlines() == [
            f"{title}: {number} under no key at hand, {number} cannot be read" for title, number in TITLES.items()
        ]
        assert str(error.value).splitlines() == [
            "LUMIO_ENCRYPTION_KEYS lacks 'k1', the key that stored secrets were encrypted with.",
            "LUMIO_ENCRYPTION_KEYS lacks 'k2', the key that stored secrets were encrypted with.",
            keys.HINT,
            *(f"{kind.title}: {TITLES[kind.title]} cannot be read. {kind.remedy}" for kind in rotation.SEALED),
        ]

    @pytest.mark.parametrize("kind", rotation.SEALED, ids=lambda kind: kind.title)
    def test_neither_command_shows_a_value(self, kind):
        secrets = [*revealed(), *(entry.partition(":")[2] for entry in (K1, K2))]
        damage(kind)
        said = StringIO()

        for command in ("check_secrets", "rotate_keys", "check_secrets"):
            with pytest.raises(CommandError) as error:
                call_command(command, stdout=said)
            said.write(str(error.value))

        assert [secret for secret in secrets if secret in said.getvalue()] == []

    def test_before_the_first_secret_there_is_none(self):
        for kind in rotation.SEALED:
            kind.model.objects.all().delete()

        assert run("check_secrets") == [f"{title}: none" for title in TITLES]


def test_a_passkey_holds_nothing_encrypted(ada):
    passkey = Authenticator.objects.get(user=ada, type=Authenticator.Type.WEBAUTHN)
    [kind] = factors.SEALED
    tally = rotation.Tally(kind)

    assert tally.take_in(passkey) == passkey.data
    assert tally.total == 0
