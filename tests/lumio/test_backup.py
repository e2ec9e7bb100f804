"""Backups: everything comes back, on either database, or nothing does; and the keys stay outside unless asked for."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.authentication import actor_from_token
from accounts.enums import Action
from accounts.models import Account, AuditEntry, SetupCode, User
from connections.domain import vault
from connections.models import Connection
from connections.platforms.failures import SecretUnreadable
from events.domain import heartbeat
from events.models import Event, Heartbeat
from integrations.domain import bridge
from lumio import backup, health, keys, preflight, rotation
from lumio.env import ROOT
from lumio.lib import lockbox
from lumio.lib.secrets import Secret, digest
from lumio.management import passphrases
from lumio.models import KeyCanary, Preflight
from lumio.up import programs
from overlays.domain import overlays
from overlays.domain.access import find as find_overlay
from overlays.models import Upload
from tests import factories
from tests.automations.made import make_automation, make_run
from tests.processes.process import output_of
from tokens.domain import tokens

pytest_plugins = ["tests.processes.fixtures"]
pytestmark = pytest.mark.django_db(transaction=True)

PASSPHRASE = Secret("correct horse battery staple")
#: What is not as it was: sign-ins are renewed at once, and it is noted that a backup came back.
CHANGED = {"connections.Connection": "refresh_due_at"}
NOW = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(lockbox, "COST", 4)
    monkeypatch.setattr(backup, "PART", 3)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "lumio.backup"


@pytest.fixture
def upload(account) -> Upload:
    return factories.make_upload(account=account, content=os.urandom(3000))


@pytest.fixture
def full(account, ada_actor, upload):
    """An account with rows that are hard to carry: secrets, JSON, money, moments, bytes, rings of references."""
    factories.make_credentials(account=account)
    factories.make_connection(account=account, refresh_due_at=NOW + timedelta(days=3), expires_at=NOW)
    factories.make_se_token(account=account)
    factories.make_integration(account=account, password="password-of-obs")
    bridge.address(account)
    factories.make_token(actor=ada_actor, permissions={"events:read"})
    factories.make_alert(account=account, plays=True)
    factories.make_goal(overlay=factories.make_overlay(account=account), count="tips")
    make_automation(account=account, least="12.30")
    make_run(account=account, variables={"name": "Zoë \U0001f980", "amount": 0.1, "nothing": None})
    for number in range(5):
        factories.make_event(account=account, message=f"line {number}\n\u2028\"'\\")
    Event.objects.filter(seq=3).update(received_at=NOW, raw=[None, {"deep": [1.5, True]}], extra={})


def everything() -> dict[str, list[Any]]:
    """Every row that a backup holds, by table."""
    found = {}
    for model in backup.tables():
        columns = [name for name in backup._columns(model) if name != CHANGED.get(model._meta.label)]
        rows = model._base_manager.order_by("pk").values_list(*columns)
        found[model._meta.label] = [tuple(bytes(x) if isinstance(x, memoryview) else x for x in row) for row in rows]
    return found


def lose_all() -> None:
    """As on a new machine."""
    for name in Upload.objects.values_list("file", flat=True):
        default_storage.delete(name)
    with transaction.atomic():
        backup._empty()
    keys.remember()


def without_note(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Without what a restore writes: a line in each log, and the account of this Lumio if there was none."""
    instance = Account.objects.get(is_instance=True).pk
    return {
        label: [row for row in those if instance not in row and Action.BACKUP_RESTORED not in row]
        for label, those in rows.items()
    }


def said_by(*command: Any, **options: Any) -> str:
    said = StringIO()
    call_command(*map(str, command), **options, stdout=said)
    return said.getvalue()


class TestRoundTrip:
    def test_everything_comes_back_as_it_was(self, full, path, upload):
        before = everything()
        content = default_storage.open(upload.file).read()
        written = backup.write(path, PASSPHRASE)
        lose_all()

        found = backup.restore(path, PASSPHRASE)

        assert without_note(everything()) == before
        assert default_storage.open(upload.file).read() == content
        assert found.rows == written.rows == {label: len(rows) for label, rows in before.items() if rows}
        assert (found.files, found.files_missing) == (1, 0)

    def test_new_rows_are_numbered_after_the_old_ones(self, full, account, path):
        backup.write(path, PASSPHRASE)
        lose_all()
        backup.restore(path, PASSPHRASE)

        event = factories.make_event(account=account)

        assert event.seq == Event.objects.latest("pk").seq == Event.objects.count()

    def test_sign_ins_are_renewed_at_once_and_it_is_noted(self, full, path):
        made = backup.write(path, PASSPHRASE)

        backup.restore(path, PASSPHRASE, overwrite=True)

        assert Connection.objects.get().refresh_due_at <= timezone.now()
        lines = AuditEntry.objects.filter(action=Action.BACKUP_RESTORED).order_by("account__is_instance")
        assert [line.account.is_instance for line in lines] == [False, True]
        assert [line.after for line in lines] == [{"made_at": made.made_at, "version": made.version}] * 2

    def test_what_ends_with_the_machine_or_works_once_stays_behind(self, full, ada_client, ada_actor, path):
        SetupCode.objects.create(digest="d" * 64)
        factories.make_invitation(actor=ada_actor)
        factories.make_link(actor=ada_actor)
        backup.write(path, PASSPHRASE)

        backup.restore(path, PASSPHRASE, overwrite=True)

        ended = [apps.get_model(label) for label in set(backup.LEFT_OUT) - backup.OF_MIGRATE]
        assert [model._meta.label for model in ended if model.objects.exists()] == []

    def test_a_file_that_was_removed_meanwhile_is_counted(self, upload, path):
        default_storage.delete(upload.file)

        assert backup.write(path, PASSPHRASE).files_missing == 1
        assert backup.verify(path, PASSPHRASE).files_missing == 1

    def test_every_table_is_in_it_or_left_out_for_a_reason(self):
        labels = {model._meta.label for model in apps.get_models(include_auto_created=True)}

        assert set(backup.LEFT_OUT) <= labels

    @pytest.mark.trial
    def test_it_moves_to_the_other_database_and_back(self, full, path, tmp_path, request):
        before = everything()
        backup.write(path, PASSPHRASE)
        there = {
            **os.environ,
            "DATABASE_URL": request.getfixturevalue("postgres_url") if connection.vendor == "sqlite" else "",
            "LUMIO_VAR_DIR": str(tmp_path),
            "LUMIO_BACKUP_PASSPHRASE": PASSPHRASE.reveal(),
        }
        back = tmp_path / "back.backup"
        for command in (["migrate", "--verbosity=0"], ["restore", str(path)], ["check_keys"], ["backup", str(back)]):
            output_of([*programs.MANAGE, *command], environment=there, cwd=ROOT)
        lose_all()

        backup.restore(back, PASSPHRASE)

        assert without_note(everything()) == before


class TestLinks:
    """What opens something without a sign-in, and was revoked after the backup."""

    @pytest.fixture
    def opened(self, account, ada_actor, path) -> Callable[[], list[bool]]:
        """Tells of each link of the backup's time whether it opens something now."""
        token, secret = factories.make_token(actor=ada_actor, permissions={"events:read"})
        overlay = factories.make_overlay(account=account, key="the key of then")
        bridge_secret = bridge.address(account).reveal().rpartition("/")[2]
        check = factories.make_preflight(account=account)
        shared = preflight.share(ada_actor, check.pk)[1].reveal().rpartition("/")[2]
        backup.write(path, PASSPHRASE)
        tokens.revoke(actor=ada_actor, token=token)
        overlays.rotate(actor=ada_actor, overlay_id=overlay.pk)
        bridge.renew(ada_actor)
        preflight.unshare(ada_actor, check.pk)

        return lambda: [
            actor_from_token(secret.reveal(), "/popout/events") is not None,
            find_overlay("the key of then") is not None,
            bridge.find(bridge_secret) is not None,
            Preflight.objects.filter(share_digest=digest(shared)).exists(),
        ]

    def test_they_open_again_and_are_counted_but_for_what_was_shared_for_a_day(self, opened, path):
        assert opened() == [False] * 4

        backup.restore(path, PASSPHRASE, overwrite=True)

        assert opened() == [True, True, True, False]
        assert backup.open_links() == {"popout tokens": 1, "overlays": 1, "bridge pages": 1}

    def test_none_does_once_they_are_made_anew(self, opened, account, path):
        backup.restore(path, PASSPHRASE, overwrite=True, new_links=True)

        assert opened() == [False] * 4
        assert backup.open_links() == {"popout tokens": 0, "overlays": 1, "bridge pages": 1}
        written = AuditEntry.objects.filter(account=account, via="system").values_list("action", flat=True)
        assert {Action.TOKEN_REVOKED, Action.OVERLAY_KEY_RENEWED, Action.BRIDGE_RENEWED} <= set(written)

    def test_whoever_restores_is_told(self, opened, path, monkeypatch):
        monkeypatch.setenv("LUMIO_BACKUP_PASSPHRASE", PASSPHRASE.reveal())

        kept = said_by("restore", path, overwrite=True)
        ended = said_by("restore", path, overwrite=True, new_links=True)

        assert "without a sign-in, with the links of then: 1 popout tokens, 1 overlays, 1 bridge pages." in kept
        assert "Every popout token is revoked" in ended
        assert "links of then" not in ended


class TestMoment:
    def test_nobody_waits_and_what_is_written_meanwhile_is_not_in_it(self, ada):
        def join() -> None:
            factories.make_user(email="late@example.com")
            connections.close_all()

        connection.close()  # as in a process that begins with it
        with backup.snapshot():
            before = User.objects.count()
            late = threading.Thread(target=join)
            late.start()
            late.join(timeout=10)
            during = User.objects.count()

        assert (before, during, User.objects.count()) == (1, 1, 2)

    def test_transactions_after_it_take_turns_again(self):
        mode = getattr(connection, "transaction_mode", None)

        with backup.snapshot():
            pass

        assert getattr(connection, "transaction_mode", None) == mode


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


class TestRefused:
    @pytest.fixture
    def written(self, upload, path) -> dict[str, list[Any]]:
        """A backup, and rows that came since."""
        backup.write(path, PASSPHRASE)
        factories.make_user(email="since@example.com")
        return everything()

    @pytest.mark.parametrize("damage", [cut, change])
    def test_a_broken_file(self, written, path, damage):
        damage(path)

        with pytest.raises(lockbox.Damaged):
            backup.restore(path, PASSPHRASE, overwrite=True)

        assert everything() == written

    def test_a_wrong_passphrase(self, written, path):
        with pytest.raises(lockbox.WrongPassphrase):
            backup.restore(path, Secret("another passphrase"), overwrite=True)

        assert everything() == written

    def test_a_database_with_accounts_in_it(self, written, path):
        with pytest.raises(backup.NotEmpty):
            backup.restore(path, PASSPHRASE)

        assert everything() == written

    def test_while_lumio_runs(self, written, path):
        heartbeat.beat("ingest")

        with pytest.raises(backup.StillRunning, match="ingest"):
            backup.restore(path, PASSPHRASE, overwrite=True)

        assert (everything(), Heartbeat.objects.count()) == (written, 1)

    def test_a_database_that_was_not_migrated(self, written, path, monkeypatch):
        monkeypatch.setattr(health, "unapplied", lambda: 1)

        with pytest.raises(backup.NotMigrated):
            backup.restore(path, PASSPHRASE, overwrite=True)
        with pytest.raises(backup.NotMigrated):
            backup.write(path.with_name("another"), PASSPHRASE)

        assert (everything(), list(path.parent.iterdir())) == (written, [path])

    def test_of_other_tables(self, written, path, monkeypatch):
        monkeypatch.setitem(backup.LEFT_OUT, "events.Viewer", "for this test")

        with pytest.raises(backup.OtherSchema) as refused:
            backup.restore(path, PASSPHRASE, overwrite=True)

        assert "(events.Viewer)" in refused.value.text
        monkeypatch.undo()
        assert everything() == written

    def test_what_fails_half_way_leaves_nothing_behind(self, written, upload, path, monkeypatch):
        default_storage.delete(upload.file)
        monkeypatch.setattr(backup, "_settle", lambda found: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            backup.restore(path, PASSPHRASE, overwrite=True)

        assert (everything(), default_storage.exists(upload.file)) == (written, False)

    def test_it_has_its_name_once_all_of_it_is_on_the_disk(self, upload, path, monkeypatch):
        synced = []
        monkeypatch.setattr("os.fsync", lambda number: synced.append((os.fstat(number).st_size, path.exists())))

        backup.write(path, PASSPHRASE)

        assert synced == [(path.stat().st_size, False)]

    def test_an_unfinished_backup_is_no_file(self, upload, path, monkeypatch):
        monkeypatch.setattr(backup, "_add_upload", lambda archive, name: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            backup.write(path, PASSPHRASE)

        assert list(path.parent.iterdir()) == []


class TestKeys:
    """What docs/operators/keys.md says about a backup whose keys are lost."""

    @pytest.fixture
    def lost(self, full, path, settings) -> str:
        """A new machine with keys of its own; the names of the keys before that."""
        backup.write(path, PASSPHRASE)
        lose_all()
        KeyCanary.objects.all().delete()
        settings.LUMIO_ENCRYPTION_KEYS = f"new:{base64.b64encode(b'n' * 32).decode()}"
        keys.remember()
        return "test"

    def test_a_backup_that_needs_other_keys_is_refused(self, lost, path):
        with pytest.raises(backup.KeysMissing) as refused:
            backup.restore(path, PASSPHRASE)

        assert f"lacks '{lost}'" in refused.value.text
        assert (User.objects.count(), keys.lost()) == (0, [])

    def test_a_database_that_was_made_under_other_keys_takes_it_once_they_are_there(self, lost, path, settings):
        settings.LUMIO_ENCRYPTION_KEYS = f"{lost}:{base64.b64encode(b'k' * 32).decode()}"
        assert [key.name for key in keys.lost()] == ["new"]

        backup.restore(path, PASSPHRASE)

        assert keys.lost() == []
        assert vault.read(Connection.objects.get(), "access_token_encrypted").reveal() == "access-token-1"

    def test_without_them_all_else_comes_back_and_what_is_lost_is_counted(self, lost, path):
        backup.restore(path, PASSPHRASE, keys_lost=True)

        assert (User.objects.get().email, keys.lost()) == ("ada@example.com", [])
        found = rotation.survey()
        assert sum(tally.unreadable for tally in found) == sum(tally.total for tally in found) > 5
        row = Connection.objects.get()
        with pytest.raises(SecretUnreadable):
            vault.read(row, "access_token_encrypted")
        # Connecting again is all that is left to do.
        row.delete()
        again = factories.make_connection(account=row.account)
        assert vault.read(again, "access_token_encrypted").reveal() == "access-token-1"


class TestCommands:
    @pytest.fixture(autouse=True)
    def _passphrase(self, monkeypatch):
        monkeypatch.setenv("LUMIO_BACKUP_PASSPHRASE", PASSPHRASE.reveal())

    def test_a_dry_run_reads_it_all_and_writes_nothing(self, upload, path):
        assert "The encryption keys are not in it" in said_by("backup", path)
        User.objects.update(name="Somebody else")
        before = everything()

        said = said_by("restore", path, dry_run=True)

        assert "1 uploads would be restored" in said
        assert everything() == before
        assert path.stat().st_mode & 0o777 == 0o600

    def test_keys_come_out_of_a_backup_that_has_them(self, upload, path, tmp_path, settings):
        assert "The encryption keys are in it" in said_by("backup", path, with_keys=True)

        said_by("restore", path, keys_to=tmp_path / "keys.env")

        assert (tmp_path / "keys.env").read_text().splitlines() == [
            f"LUMIO_SECRET_KEY={settings.SECRET_KEY}",
            f"LUMIO_ENCRYPTION_KEYS={settings.LUMIO_ENCRYPTION_KEYS}",
        ]
        assert (tmp_path / "keys.env").stat().st_mode & 0o777 == 0o600
        with pytest.raises(CommandError, match="overwrite nothing"):
            said_by("restore", path, keys_to=tmp_path / "keys.env")

    def test_they_are_in_no_other(self, upload, path, tmp_path):
        said_by("backup", path)

        with pytest.raises(CommandError, match="made without --with-keys"):
            said_by("restore", path, keys_to=tmp_path / "keys.env")

        assert not (tmp_path / "keys.env").exists()

    def test_nothing_is_overwritten_by_a_backup(self, path):
        path.write_text("another")

        with pytest.raises(CommandError, match="overwrite nothing"):
            said_by("backup", path)

        assert path.read_text() == "another"

    def test_a_place_where_nothing_can_be_written_is_named(self, path, tmp_path):
        nowhere = tmp_path / "nowhere" / "lumio.backup"

        with pytest.raises(CommandError, match=f"^{nowhere} cannot be written: No such file or directory.$"):
            said_by("backup", nowhere)

        said_by("backup", path, with_keys=True)
        with pytest.raises(CommandError, match=f"^{nowhere} cannot be written: No such file or directory.$"):
            said_by("restore", path, keys_to=nowhere)

    def test_a_timer_without_a_passphrase_is_told_where_to_put_it(self, path, monkeypatch):
        monkeypatch.delenv("LUMIO_BACKUP_PASSPHRASE")

        def nobody_types(prompt: str) -> str:
            raise EOFError

        monkeypatch.setattr(passphrases, "getpass", nobody_types)

        with pytest.raises(CommandError, match="Set LUMIO_BACKUP_PASSPHRASE_FILE"):
            said_by("backup", path)

        assert not path.exists()

    def test_a_slip_in_a_passphrase_is_noticed(self, path, monkeypatch):
        monkeypatch.delenv("LUMIO_BACKUP_PASSPHRASE")
        typed = iter([PASSPHRASE.reveal(), "correct horse battery stable"])
        monkeypatch.setattr(passphrases, "getpass", lambda prompt: next(typed))

        with pytest.raises(CommandError, match="two different passphrases"):
            said_by("backup", path)

        assert not path.exists()

    def test_a_refusal_is_a_sentence(self, upload, path):
        said_by("backup", path)

        with pytest.raises(CommandError, match="add --overwrite"):
            said_by("restore", path)
