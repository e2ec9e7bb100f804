"""One chaos run: the stage, the load, the strikes, and the count after everything has come to rest."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from lumio.lib.secrets import new_secret
from tests.chaos import books, count, load
from tests.chaos.count import Feed, Tally
from tests.chaos.load import Upstream
from tests.chaos.overlay import OverlayPage
from tests.chaos.strikes import Victim, plan, striking
from tests.processes.inside import Inside
from tests.processes.postgres import Postgres
from tests.processes.process import wait_for
from tests.system.page import Page
from tests.system.sources import FAN, LOGS, PATIENCE, Sources

ACCOUNTS = 3
#: Of each account.
PAGES = 2
PROCESSES = {"web": 2, "worker": 2, "beat": 2, "ingest": 2}
#: Sign-ins that are refreshed all the time, the one person whose they are, and the seconds that their tokens live.
GRANTS, LOGIN, LIFE = 12, "many_grants", 20
#: The same for those that are given at the end: nothing changes while it is counted.
QUIET = 14_000
#: Seconds that an alert is on screen.
ALERT = 1.0
#: Every restart of ingest asks YouTube anew. A day's quota is not what is tried here.
ENVIRONMENT = {"YOUTUBE_DAILY_UNITS": "1000000"}


@dataclass(frozen=True)
class Outcome:
    victims: Sequence[Victim]
    tallies: Sequence[Tally]

    @property
    def losses(self) -> list[str]:
        return [f"{tally.name}: {problem}" for tally in self.tallies for problem in tally.lost]

    @property
    def doubles(self) -> list[str]:
        return [f"{tally.name}: {problem}" for tally in self.tallies for problem in tally.doubled]


def run(*, seed: int, seconds: float, say: Callable[[str], None] = print) -> Outcome:
    """Have it all happen for so long; what came of it."""
    with (
        Postgres() as postgres,
        Sources(accounts=ACCOUNTS, database_url=postgres.url, environment=ENVIRONMENT, **PROCESSES) as sources,
    ):
        victims = [
            *(Victim(name, process) for name, process in sources.lumio.processes.items()),
            Victim("valkey", sources.valkey.process),
            Victim("postgres", postgres.process, stops_at=signal.SIGINT),
        ]
        strikes = plan(seed, [victim.name for victim in victims], seconds)
        stage = Stage(sources)
        with stage.open(), load.sweeping(sources.valkey.url):
            say(f"{len(strikes)} strikes in {seconds:g} seconds")
            with striking(victims, strikes):
                with load.going_on(stage.upstreams):
                    time.sleep(seconds)
                    wait_for(
                        lambda: sum(victim.suffered.total() for victim in victims) == len(strikes),
                        seconds=PATIENCE,
                        what="the last strikes",
                    )
                say("everything has happened; now it is to come to rest")
                postgres.wait_until_ready()
                tallies = stage.come_to_rest(say)
        return Outcome(victims, tallies)


class Stage:
    """What is there to be counted: upstreams, pages, overlays and sign-ins."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.upstreams = load.upstreams(sources)
        self._after = {account: one.heads for account, one in books.read(sources.database).items()}
        self._pages: list[tuple[str, Page]] = []
        self._overlays: dict[str, OverlayPage] = {}
        self._sign_in()

    def _sign_in(self) -> None:
        """Sign-ins of a platform that gives a new refresh token each time, and ends them when an older one comes back
        than the last: that one it takes, from whoever lost the answer to it."""
        twitch = self._sources.twitch
        app = twitch.add_app("refreshed-all-the-time")
        twitch.add_user(LOGIN)
        twitch.configure(rotation=True, rotation_grace=True, access_lifetime=LIFE)
        answers = [twitch.issue_tokens(LOGIN, ["bits:read"], client_id=app.client_id) for _ in range(GRANTS)]
        client = (app.client_id, app.client_secret)
        self._sources.lumio.inside("tests.system.stage.make_due", LOGIN, answers, client)

    @contextmanager
    def open(self) -> Iterator[None]:
        """All pages are open, from what is stored now."""
        lumio = self._sources.lumio
        with ExitStack() as pages:
            for one in self._sources.accounts:
                account, after = one["account"], self._after.get(one["account"], dict.fromkeys(LOGS, 0))
                for _ in range(PAGES):
                    page = Page(lumio.url, token=one["token"], account=account, after=after)
                    self._pages.append((account, pages.enter_context(page)))
                key = new_secret()
                lumio.inside("tests.chaos.stage.have_alert_box", account, key, ALERT)
                overlay = OverlayPage(lumio.overlay_url, key, seconds=ALERT)
                self._overlays[account] = pages.enter_context(overlay)
            wait_for(lambda: all(page.is_connected for _, page in self._pages), seconds=PATIENCE, what="opening pages")
            yield

    def come_to_rest(self, say: Callable[[str], None]) -> list[Tally]:
        """Wait until everybody listens again and what happens is stored, and then as long as anything is still wrong,
        up to a limit: that is what is lost or doubled. What was right once is not counted again, as a sign-in is
        refreshed again and again and is in between for a moment each time."""
        self._sources.twitch.configure(access_lifetime=QUIET)
        self._sources.wait_until_listening()
        waiting = {(one.account, one.source): one for one in self.upstreams}
        lasts: dict[tuple[str, str], set[str]] = {key: set() for key in waiting}

        def is_heard() -> bool:
            for key, one in waiting.items():
                lasts[key].add(one.happen())  # some may still get lost
            time.sleep(1)
            found = books.read(self._sources.database)
            for key in list(waiting):
                if lasts[key] & found[key[0]].of(key[1], FAN).keys():
                    del waiting[key]
            return not waiting

        wait_for(is_heard, seconds=PATIENCE, what="hearing of every source again")
        say("every source is heard again")
        until, before = time.monotonic() + PATIENCE, None
        while (wrong := _wrong(tallies := self.tallies())) and time.monotonic() < until:
            if wrong != before:
                say(f"not yet right: {', '.join(wrong)}")
            before = wrong
            time.sleep(2)
        return tallies

    def tallies(self) -> list[Tally]:
        found = books.read(self._sources.database)
        return [
            *(count.of_feed(self._feed(one, found[one.account])) for one in self.upstreams),
            *self._of_logs(found),
            *self._of_pages(found),
            *(
                count.of_alerts(
                    f"alerts of {self._name(account)}", one.worth_an_alert, one.alerts, self._overlays[account].shown
                )
                for account, one in self._of_accounts(found)
            ),
            self._of_grants(),
        ]

    def _feed(self, one: Upstream, found: books.Books) -> Feed:
        return Feed(
            name=f"{one.source} of {self._name(one.account)}",
            repeats=one.repeats,
            happened=one.happened,
            stored=found.of(one.source, FAN),
            gaps=found.gaps[one.source],
        )

    def _of_logs(self, found: Mapping[str, books.Books]) -> Iterator[Tally]:
        for account, one in self._of_accounts(found):
            for topic, rows in one.logs.items():
                yield count.of_log(f"log of {topic} of {self._name(account)}", [row.name for row in rows])

    def _of_pages(self, found: Mapping[str, books.Books]) -> Iterator[Tally]:
        for number, (account, page) in enumerate(self._pages, start=1):
            after = self._after.get(account, {})
            for topic, rows in found[account].logs.items():
                owed = [row.name for row in rows if row.seq > after.get(topic, 0)]
                yield count.of_page(f"page {number}, {topic} of {self._name(account)}", owed, list(page.seen[topic]))

    def _of_grants(self) -> Tally:
        # A process of its own each time: that of before had its connection to the database cut.
        inside = Inside(self._sources.lumio.environment)
        try:
            states: dict[str, tuple[str, str]] = inside("tests.chaos.stage.grants", LOGIN)
        finally:
            inside.stop()
        twitch = self._sources.twitch
        kept = twitch.on_loop(lambda: {grant.refresh_token for grant in twitch.state.grants})
        calls = twitch.calls("/oauth2/token", grant_type="refresh_token")
        sent = [(call.parameters["refresh_token"], call.at) for call in calls]
        return count.of_grants(f"sign-ins, {len(sent)} refreshes", states, {one for one in kept if one}, sent)

    def _of_accounts(self, found: Mapping[str, books.Books]) -> list[tuple[str, books.Books]]:
        return [(one["account"], found[one["account"]]) for one in self._sources.accounts]

    def _name(self, account: str) -> str:
        [login] = [one["login"] for one in self._sources.accounts if one["account"] == account]
        return login


def _wrong(tallies: Sequence[Tally]) -> list[str]:
    """In short where something is lost or doubled, and how much."""
    counted = [(tally.name, len(tally.lost) + len(tally.doubled)) for tally in tallies]
    return [f"{name} ({number})" for name, number in counted if number]
