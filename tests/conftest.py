"""Three people live here: Ada owns the account, Ben moderates in it, Cleo is a stranger with an account of her own."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from django.utils import translation

from accounts import throttle
from accounts.actor import Actor
from accounts.authentication import actor_of_member
from accounts.domain.notifications import KINDS, Kind
from accounts.models import Account, Member, User
from events import bus
from events.domain import presence, watching
from events.domain.presence import OpenPage
from lumio.checks import remember_key
from tests import factories
from tests.pages import signed_in
from tests.processes.valkey import TestValkey

#: Tables with what `migrate` writes.
OF_DJANGO = {"auth_permission", "django_content_type"}


def pytest_configure() -> None:
    gc.disable()  # until everything is collected: a third of that time would go into looking for what is over
    # Names with a hash need `collectstatic` first; the tests that look at those run it themselves.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # A password is to cost a thief a fifth of a second a guess, but not nearly every test as well.
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1


def pytest_collection_finish() -> None:
    # Whatever was imported and collected stays: looking through it again and again is a tenth of the run.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """Sign-in limits of one test must not count in the next."""
    cache.clear()
    yield


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request activates its language for its thread and leaves it there for whatever the thread does next."""
    translation.activate("en")
    yield


@pytest.fixture(scope="session", autouse=True)
def _emptied_as_needed() -> Iterator[None]:
    """After a test that commits, only rows of tests are deleted: Django would make its own anew, each time.

    Accounts go first: the audit log lets go of its lines only after them.
    """

    def empty(test_case: TransactionTestCase) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table in sorted(set(connection.introspection.django_table_names()) - OF_DJANGO):
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        remember_key(using=connection.alias)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A transaction for rows that a module makes once; those of its tests lie within it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def ada(db: None) -> User:
    return factories.make_user(email="ada@example.com", name="Ada", password=factories.PASSWORD)


@pytest.fixture
def account(ada: User) -> Account:
    return factories.make_account(owner=ada, name="Ada live")


@pytest.fixture
def ben(account: Account) -> User:
    user = factories.make_user(email="ben@example.com", name="Ben", password=factories.PASSWORD)
    factories.make_member(account=account, user=user)
    return user


@pytest.fixture
def cleo(db: None) -> User:
    user = factories.make_user(email="cleo@example.com", name="Cleo", password=factories.PASSWORD)
    factories.make_account(owner=user, name="Cleo plays")
    return user


def _actor(user: User) -> Actor:
    return actor_of_member(Member.objects.select_related("account", "user", "role").get(user=user))


@pytest.fixture
def ada_actor(ada: User, account: Account) -> Actor:
    return _actor(ada)


@pytest.fixture
def ben_actor(ben: User) -> Actor:
    return _actor(ben)


@pytest.fixture
def cleo_actor(cleo: User) -> Actor:
    return _actor(cleo)


@pytest.fixture
def ada_client(ada: User, account: Account) -> Client:
    return signed_in(ada)


@pytest.fixture
def ben_client(ben: User) -> Client:
    return signed_in(ben)


@pytest.fixture
def cleo_client(cleo: User) -> Client:
    return signed_in(cleo)


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Kind:
    """A kind of notification, as an upper app registers one."""
    monkeypatch.setitem(KINDS, factories.KIND.code, factories.KIND)
    return factories.KIND


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """A page that every popout token has open, as Valkey would tell, and that can be closed."""
    monkeypatch.setattr(presence, "open_pages", lambda token_ids: {one: [factories.OPEN_PAGE] for one in token_ids})
    monkeypatch.setattr(presence, "close_page", lambda account_id, page_id: True)
    return factories.OPEN_PAGE


@pytest.fixture
def real_valkey(valkey: TestValkey, settings: Any, monkeypatch: pytest.MonkeyPatch) -> TestValkey:
    """Lumio's, with nothing in it."""
    settings.REDIS_URL = valkey.url
    valkey.forget()
    monkeypatch.setattr(watching, "_away_until", 0.0)
    return valkey


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Callable[..., set[str]]:
    """Runs something and answers with the topics that were told afterwards."""

    def of(act: Callable[[], Any]) -> set[str]:
        topics: set[str] = set()
        monkeypatch.setattr(bus, "send", lambda topic, text: topics.add(topic))
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return topics

    return of


@pytest.fixture
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """No minute in which calls are counted ends in the middle of the test."""
    now = time.time()
    monkeypatch.setattr(throttle, "time", SimpleNamespace(time=lambda: now))


@pytest.fixture
def client() -> Client:
    """Nobody in particular, on the dashboard's host."""
    return Client(HTTP_HOST="localhost")
