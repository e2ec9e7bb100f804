"""Bringing, renaming and removing files, how much of them there may be, and what is left of them anywhere."""

from __future__ import annotations

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from accounts.actor import PermissionRefused
from accounts.domain import deletion
from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from lumio.lib.errors import Refusal
from overlays.domain import media, uploads, uses
from overlays.enums import LayerType
from overlays.layers import VARIATION, defaults
from overlays.models import Upload
from tests import factories
from tests.overlays import media as files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings) -> Path:
    """Where this test's files lie, and no others."""
    options = settings.STORAGES["default"]["OPTIONS"] | {"location": tmp_path}
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": options}}
    return tmp_path


def add(actor, content: bytes = files.OGG, name: str = "Wave.ogg") -> Upload:
    return uploads.add(actor=actor, file=io.BytesIO(content), size=len(content), name=name)


def lines(action: Action) -> list[tuple]:
    return [(line.target_name, line.before, line.after) for line in AuditEntry.objects.filter(action=action)]


class TestAdding:
    def test_what_is_stored_is_what_the_row_says(self, ada_actor, folder):
        row = add(ada_actor, files.png(), "C:\\fotos\\..\\Katze \u202ein Berlin.png")

        [stored] = folder.iterdir()
        assert stored.name == row.file
        assert uploads.STORED_NAME.fullmatch(row.file)
        assert stored.stat().st_size == row.size
        assert oct(stored.stat().st_mode)[-3:] == "600"
        assert row.name == "Katze in Berlin.png"
        assert lines(Action.UPLOAD_ADDED) == [(row.name, None, {"kind": "image", "size": row.size})]

    def test_the_same_file_twice_has_two_names(self, ada_actor):
        one, two = add(ada_actor), add(ada_actor)

        assert one.digest == two.digest
        assert one.file != two.file

    def test_a_name_is_cut_and_never_empty(self, ada_actor):
        assert add(ada_actor, name="x" * 300).name == "x" * 120
        assert add(ada_actor, name="\u200b/").name == "Sound"

    @pytest.mark.parametrize("content", [b"words", files.SVG, files.png()[:50]])
    def test_what_is_refused_is_not_stored(self, ada_actor, folder, content):
        with pytest.raises(Refusal):
            add(ada_actor, content)

        assert list(folder.iterdir()) == []
        assert not Upload.objects.exists()
        assert lines(Action.UPLOAD_ADDED) == []

    def test_needs_the_right_to_change_overlays(self, account, folder):
        actor = factories.make_actor(account=account, permissions={Permission.OVERLAYS_READ})

        with pytest.raises(PermissionRefused):
            add(actor)

        assert list(folder.iterdir()) == []

    def test_a_file_whose_row_fails_does_not_stay(self, ada_actor, folder, monkeypatch):
        def fail(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr(uploads, "record", fail)

        with pytest.raises(RuntimeError):
            add(ada_actor)

        assert list(folder.iterdir()) == []
        assert not Upload.objects.exists()


class TestRoom:
    def test_what_there_is_no_room_for_is_refused(self, ada_actor, account, folder, settings):
        settings.LUMIO_UPLOAD_QUOTA = media.MB
        factories.make_upload(account=account, content=bytes(media.MB - len(files.OGG)))
        add(ada_actor)

        with pytest.raises(uploads.QuotaExceeded) as refusal:
            add(ada_actor)

        assert "room for 0\xa0bytes more" in refusal.value.text
        assert uploads.usage(account) == uploads.Usage(used=media.MB, quota=media.MB)
        assert (uploads.usage(account).percent, uploads.usage(account).left) == (100, 0)
        assert len(list(folder.iterdir())) == 2

    def test_a_file_that_is_larger_than_what_is_left_does_not_stay(self, ada_actor, account, folder, settings):
        settings.LUMIO_UPLOAD_QUOTA = media.MB
        factories.make_upload(account=account, content=bytes(media.MB - 10))

        with pytest.raises(uploads.QuotaExceeded):
            add(ada_actor)

        assert len(list(folder.iterdir())) == Upload.objects.count() == 1

    def test_each_account_has_its_own(self, ada_actor, cleo_actor, settings):
        settings.LUMIO_UPLOAD_QUOTA = media.MB
        factories.make_upload(account=ada_actor.account, content=bytes(media.MB))

        assert add(cleo_actor).account == cleo_actor.account

    def test_there_is_a_most_of_them(self, ada_actor, monkeypatch):
        monkeypatch.setattr(uploads, "MOST_UPLOADS", 1)
        add(ada_actor)

        with pytest.raises(uploads.TooManyUploads):
            add(ada_actor)

        assert Upload.objects.count() == 1


class TestRenaming:
    def test_the_name_changes_and_the_file_does_not(self, ada_actor):
        row = add(ada_actor)

        renamed = uploads.rename(actor=ada_actor, upload=row, name="  Hello   there ")

        assert (renamed.name, renamed.file) == ("Hello there", row.file)
        assert lines(Action.UPLOAD_RENAMED) == [("Hello there", {"name": "Wave.ogg"}, {"name": "Hello there"})]

    def test_the_same_name_is_no_change(self, ada_actor):
        uploads.rename(actor=ada_actor, upload=add(ada_actor), name="Wave.ogg")

        assert lines(Action.UPLOAD_RENAMED) == []

    @pytest.mark.parametrize(("name", "refusal"), [("", uploads.NameMissing), ("x" * 121, uploads.NameTooLong)])
    def test_refusals(self, ada_actor, name, refusal):
        row = add(ada_actor)

        with pytest.raises(refusal):
            uploads.rename(actor=ada_actor, upload=row, name=name)

        assert Upload.objects.get().name == "Wave.ogg"

    def test_that_of_another_account_is_not_there(self, ada_actor, cleo_actor):
        row = add(ada_actor)

        with pytest.raises(Http404):
            uploads.rename(actor=cleo_actor, upload=row, name="Mine")

        assert Upload.objects.get().name == "Wave.ogg"


class TestRemoving:
    def test_row_and_file_go(self, ada_actor, folder, django_capture_on_commit_callbacks):
        row = add(ada_actor)

        with django_capture_on_commit_callbacks(execute=True):
            uploads.remove(actor=ada_actor, upload=row)

        assert not Upload.objects.exists()
        assert list(folder.iterdir()) == []
        assert lines(Action.UPLOAD_REMOVED) == [("Wave.ogg", {"kind": "sound", "size": row.size}, None)]

    def test_the_file_stays_if_the_row_does(self, ada_actor, folder, django_capture_on_commit_callbacks):
        row = add(ada_actor)

        with django_capture_on_commit_callbacks():  # and then the transaction is rolled back
            uploads.remove(actor=ada_actor, upload=row)

        assert [one.name for one in folder.iterdir()] == [row.file]

    def test_twice_is_once(self, ada_actor):
        row = add(ada_actor)

        uploads.remove(actor=ada_actor, upload=row)
        uploads.remove(actor=ada_actor, upload=row)

        assert len(lines(Action.UPLOAD_REMOVED)) == 1

    def test_that_of_another_account_stays(self, ada_actor, cleo_actor):
        row = add(ada_actor)

        uploads.remove(actor=cleo_actor, upload=row)

        assert Upload.objects.get() == row

    def test_pages_that_show_it_are_told_once_each(self, ada_actor, account, monkeypatch):
        row = add(ada_actor, files.png())
        shows = factories.make_overlay(account=account)
        for _ in range(2):
            factories.make_layer(overlay=shows, type=LayerType.IMAGE, config={"picture": str(row.pk)})
        factories.make_layer(overlay=factories.make_overlay(account=account), type=LayerType.IMAGE)
        told = []
        monkeypatch.setattr(uploads, "changed_on_commit", told.append)

        uploads.remove(actor=ada_actor, upload=row)

        assert told == [shows.pk]


class TestUses:
    def test_a_layer_uses_what_its_settings_its_rows_and_its_code_name(self, ada_actor, account):
        picture, sound, unused = add(ada_actor, files.png()), add(ada_actor), add(ada_actor)
        overlay = factories.make_overlay(account=account)
        image = factories.make_layer(overlay=overlay, type=LayerType.IMAGE, config={"picture": str(picture.pk)})
        rows = [
            defaults(VARIATION) | {"id": "1", "sound": "@chime"},
            defaults(VARIATION) | {"id": "2", "sound": str(sound.pk), "picture": str(picture.pk)},
        ]
        alerts = factories.make_layer(overlay=overlay, type=LayerType.ALERT_BOX, config={"variations": rows})
        code = (
            f'<img src="/uploads/{picture.file}"><img src="{uploads.url(picture)}"><img src="/uploads/{"0" * 40}.png">'
        )
        custom = factories.make_layer(overlay=overlay, type=LayerType.CUSTOM, config={"html": code})

        assert uses.of(account) == {picture.pk: [image, alerts, custom], sound.pk: [alerts]}
        assert unused.pk not in uses.of(account)

    def test_layers_of_others_use_nothing_of_ours(self, ada_actor, cleo_actor):
        row = add(ada_actor, files.png())
        theirs = factories.make_overlay(account=cleo_actor.account)
        factories.make_layer(overlay=theirs, type=LayerType.CUSTOM, config={"html": f"/uploads/{row.file}"})

        assert uses.of(ada_actor.account) == uses.of(cleo_actor.account) == {}


class TestSweeping:
    def make_old(self, path: Path) -> Path:
        moment = (timezone.now() - uploads.ORPHANED - timedelta(minutes=1)).timestamp()
        os.utime(path, (moment, moment))
        return path

    def test_only_old_files_of_ours_without_a_row_go(self, ada_actor, folder):
        kept = self.make_old(folder / add(ada_actor).file)
        others = folder / "readme.txt"
        others.write_text("not ours")
        self.make_old(others)
        young = folder / f"{'a' * 40}.png"
        young.write_bytes(b"half")
        old = folder / f"{'b' * 40}.png"
        old.write_bytes(b"half")
        self.make_old(old)

        assert uploads.sweep() == 1
        assert set(folder.iterdir()) == {kept, others, young}
        assert uploads.sweep() == 0

    def test_before_anybody_brought_anything_there_is_nothing_to_do(self, folder):
        folder.rmdir()

        assert uploads.sweep() == 0


class TestTheEndOfAnAccount:
    def test_files_go_with_it_and_are_shown_to_nobody_before(self, ada_actor, cleo_actor, account, folder):
        gone, kept = add(ada_actor), add(cleo_actor)
        deletion.close(actor=ada_actor, confirm_name=account.name)

        assert uploads.find(gone.file) is None
        assert uploads.find(kept.file) == kept
        with time_machine.travel(timezone.now() + deletion.NOTICED + timedelta(seconds=1)):
            assert deletion.finish() == 1

        assert [one.name for one in folder.iterdir()] == [kept.file]
        assert Upload.objects.get() == kept
