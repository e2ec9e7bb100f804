"""Pages and an alert queue that tests drive. Pages behave as real ones do, whatever the server believes of them; they
die, freeze and are cut off at any moment.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter, deque
from datetime import timedelta
from typing import Any

from events.enums import Kind, Origin
from events.on_air import on_air
from events.payloads import payload
from overlays.domain import controls, queue
from overlays.enums import ENDED, AlertState, PlayState
from overlays.models import Alert, AlertPlay, AlertQueue
from tests.factories import make_account, make_actor, make_event, make_overlay
from tests.overlays.alerts import NOON, make_box

#: Seconds that an alert lasts.
LASTS = 4
ALIVE = (AlertState.WAITING, AlertState.PLAYING)


class Page:
    """An overlay page as it behaves, whatever the server believes of it."""

    def __init__(self, overlay: Any) -> None:
        self.overlay = overlay
        self.id = uuid.uuid4()
        #: The alert and the play that it was told to show and has not begun with; what it shows; until when.
        self.told: tuple[int, uuid.UUID] | None = None
        self.shows: tuple[int, uuid.UUID] | None = None
        self.over_at = NOON
        #: Every alert that its viewers have seen.
        self.seen: Counter[int] = Counter()
        #: What it has said and not heard back: (word, play).
        self.unheard: list[tuple[str, uuid.UUID]] = []
        #: What it has ever begun: the alert of each play.
        self.begun: dict[uuid.UUID, int] = {}


class House:
    """An account with a queue, two overlays, and the pages that have them open."""

    def __init__(self) -> None:
        self.now = NOON
        account = make_account()
        self.actor = make_actor(account=account)
        self.overlays = [make_overlay(account=account) for _ in range(2)]
        for overlay in self.overlays:
            make_box(overlay, kinds=[Kind.FOLLOW, Kind.TIP], seconds=LASTS)
        self.account = account
        event = make_event(account=account, origin=Origin.BACKFILL)
        self.event = on_air(payload(event))
        self.pages: list[Page] = []
        self.all_seen: list[Counter[int]] = []
        #: What the server has lately heard that a page shows.
        self.heard_of: deque[int] = deque(maxlen=50)
        #: How each alert ended, as often as it did.
        self.endings: dict[int, set[tuple[str, Any]]] = {}

    # --- What happens ---------------------------------------------------------------------------------------------

    def happen(self, kind: Kind) -> None:
        """As `enqueue` adds it, without the event log, which would take most of the time."""
        with queue.locked(self.account.pk) as row:
            alert = Alert(
                account=self.account, event_seq=1, kind=kind, platform="twitch", origin=Origin.TEST,
                event=self.event | {"type": kind}, created_at=self.now,
            )  # fmt: skip
            queue._add(row, [alert])

    def open(self, which: int) -> None:
        page = Page(self.overlays[which])
        self.pages.append(page)
        self.all_seen.append(page.seen)
        queue.came_back(page.overlay, page.id, self.now)

    def ask(self, page: Page, *, is_heard: bool = True) -> None:
        """An idle page asks. What it is told may be lost on the way."""
        if page.shows or page.told or page.unheard:
            return
        play = queue.offer(page.overlay, page.id, self.now)
        if play and is_heard:
            page.told = (play["alert"], uuid.UUID(play["play"]))

    def begin(self, page: Page, *, is_heard: bool = True) -> None:
        """It shows what it was told to, unless it has shown it before, and says so."""
        if page.told is None:
            return
        alert, play = page.told
        page.told = None
        if play not in page.begun:
            page.begun[play] = alert
            page.seen[alert] += 1
            page.shows, page.over_at = (alert, play), self.now + timedelta(seconds=LASTS)
        self._say(page, "started", play, is_heard)

    def finish(self, page: Page, *, is_heard: bool = True) -> None:
        if page.shows:
            _, play = page.shows
            page.shows = None
            self._say(page, "done", play, is_heard)

    def _say(self, page: Page, word: str, play: uuid.UUID, is_heard: bool) -> None:
        page.unheard.append((word, play))
        if is_heard:
            self.repeat(page)

    def repeat(self, page: Page) -> None:
        """After a reconnect it says again what was not answered."""
        for word, play in page.unheard:
            getattr(queue, word)(play, page.id, self.now)
            self.heard_of.append(page.begun[play])
        page.unheard.clear()
        self.check_begun()

    def die(self, page: Page, *, is_noticed: bool) -> None:
        self.pages.remove(page)
        if is_noticed:
            queue.gone(page.id, self.now)

    def cut_off(self, page: Page) -> None:
        """The socket is gone and the page is not: it goes on by itself."""
        queue.gone(page.id, self.now)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        queue.sweep(self.now)
        for page in self.pages:
            if page.shows and page.over_at <= self.now:
                self.finish(page)
        self.check_begun()

    def settle(self) -> None:
        """Everything that can still be played is played, by a page that is well."""
        controls.switch(self.actor, paused=False)
        for page in self.pages:
            self.finish(page)
            self.repeat(page)
            page.told = None
        self.wait(60)
        self.pages.append(page := Page(self.overlays[0]))
        self.all_seen.append(page.seen)
        while Alert.objects.filter(account=self.account, state__in=ALIVE).exists():
            self.ask(page)
            self.begin(page)
            self.wait(LASTS)

    # --- What always holds ----------------------------------------------------------------------------------------

    def check_begun(self) -> None:
        again = Alert.objects.filter(pk__in=self.heard_of, state=AlertState.WAITING)
        assert not again.exists(), "what has begun never waits again"

    def check(self) -> None:
        rows = Alert.objects.filter(account=self.account)
        playing = list(rows.filter(state=AlertState.PLAYING).values_list("pk", flat=True))
        current = AlertQueue.objects.filter(pk=self.account.pk).values_list("current", flat=True).first()
        assert playing == ([current] if current else []), "one plays, and it is the current one"
        held = AlertPlay.objects.filter(alert__in=playing).exclude(state__in=(PlayState.DONE, PlayState.LOST))
        assert not playing or held.exists(), "what plays is held by somebody"
        for key, state, ended_at in rows.filter(state__in=ENDED).values_list("pk", "state", "ended_at"):
            self.endings.setdefault(key, set()).add((state, ended_at))
        assert not [ends for ends in self.endings.values() if len(ends) > 1], "an end is final"
        assert not rows.filter(pk__in=self.endings).exclude(state__in=ENDED).exists(), "what ended stays so"
        for seen in self.all_seen:
            assert not [alert for alert, times in seen.items() if times > 1], "no page shows an alert twice"

    def check_the_end(self) -> None:
        rows = Alert.objects.filter(account=self.account)
        seen = {alert for one in self.all_seen for alert in one}
        assert not rows.exclude(state__in=ENDED).exists(), "nothing is lost"
        played = set(rows.filter(state=AlertState.PLAYED).values_list("pk", flat=True))
        assert played <= seen, "what counts as played was seen"
        unseen = rows.exclude(pk__in=seen).exclude(state__in=(AlertState.SKIPPED, AlertState.CLEARED))
        assert not unseen.exclude(state=AlertState.PASSED_OVER, attempts=queue.MOST_ATTEMPTS).exists()


def walk(number: int, seed: int) -> House:
    """Alerts that come while pages are opened and die at random, until all have ended."""
    dice = random.Random(seed)
    house = House()
    come = 0
    while come < number:
        for _ in range(min(dice.randint(1, 200), number - come)):
            house.happen(dice.choice([Kind.FOLLOW, Kind.TIP]))
            come += 1
        for _ in range(dice.randint(20, 120)):
            step(house, dice)
        house.check()
    while Alert.objects.filter(account=house.account, state__in=ALIVE).exists():
        step(house, dice)
    house.check()
    return house


def step(house: House, dice: random.Random) -> None:
    if not house.pages or (len(house.pages) < 3 and dice.random() < 0.1):
        house.open(dice.randint(0, 1))
    for page in house.pages:
        if dice.random() < 0.9:
            house.repeat(page)
        house.ask(page, is_heard=dice.random() < 0.98)
        house.begin(page, is_heard=dice.random() < 0.9)
    page, roll = dice.choice(house.pages), dice.random()
    if roll < 0.04:
        house.die(page, is_noticed=dice.random() < 0.7)
    elif roll < 0.08:
        house.cut_off(page)
    house.wait(dice.choice([1, LASTS, LASTS, LASTS + queue.OFFER_LASTS.total_seconds()]))
