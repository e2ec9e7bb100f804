from __future__ import annotations

import pytest
from django.db import connection

from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from events.domain import presence
from tests.factories import OPEN_PAGE, make_token
from tokens.domain import open_pages


def closed() -> int:
    return AuditEntry.objects.filter(action=Action.PAGE_CLOSED).count()


def test_closing_a_page_is_written_down(ada_actor, token, open_page, monkeypatch) -> None:
    row, _ = token
    asked = []
    monkeypatch.setattr(presence, "close_page", lambda *page: asked.append(page) or True)

    assert open_pages.close(actor=ada_actor, token=row, page_id=open_page.id) == open_page

    assert asked == [(row.account_id, open_page.id)]
    entry = AuditEntry.objects.get(action=Action.PAGE_CLOSED)
    assert (entry.target_id, entry.after) == (str(row.pk), {"page": "/popout/events", "browser": "OBS on Windows"})


def test_no_lock_is_held_while_valkey_is_asked(ada_actor, token, open_page, monkeypatch) -> None:
    monkeypatch.setattr(presence, "close_page", lambda *page: not connection.savepoint_ids)

    open_pages.close(actor=ada_actor, token=token[0], page_id=open_page.id)


def test_a_page_that_is_not_open_or_was_just_left_is_said_to_be_gone(ada_actor, token, open_page, monkeypatch) -> None:
    row, _ = token

    with pytest.raises(open_pages.PageNotOpen):
        open_pages.close(actor=ada_actor, token=row, page_id=row.pk)
    monkeypatch.setattr(presence, "close_page", lambda *page: False)
    with pytest.raises(open_pages.PageNotOpen):
        open_pages.close(actor=ada_actor, token=row, page_id=open_page.id)

    assert closed() == 0


def test_a_page_is_closed_by_its_own_token_only(ada_actor, token, monkeypatch) -> None:
    row, _ = token
    other, _ = make_token(actor=ada_actor, permissions={Permission.CHAT_READ})
    pages = {row.pk: [OPEN_PAGE], other.pk: []}
    monkeypatch.setattr(presence, "open_pages", lambda token_ids: {one: pages[one] for one in token_ids})
    monkeypatch.setattr(presence, "close_page", lambda *page: True)

    with pytest.raises(open_pages.PageNotOpen):
        open_pages.close(actor=ada_actor, token=other, page_id=OPEN_PAGE.id)

    assert closed() == 0


def test_while_valkey_is_away_nobody_can_tell(ada_actor, token, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    with pytest.raises(open_pages.PagesUnknown):
        open_pages.close(actor=ada_actor, token=token[0], page_id="7c1d2f0a-3a43-4f2c-8f43-0d2f8c8f4d11")

    assert closed() == 0
