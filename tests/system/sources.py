"""All five sources of one account at once, each with its stand-in, and what is known of what happened there."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connections.platforms import PLATFORMS
from events.enums import Kind, SourceState
from tests.fakes import wire
from tests.fakes.kick import Kick
from tests.fakes.server import StandIn
from tests.fakes.streamelements import StreamElements
from tests.fakes.streamelements.astro import TIPS
from tests.fakes.trovo import Trovo
from tests.fakes.twitch import Twitch
from tests.fakes.youtube import YouTube
from tests.processes.cluster import Lumio
from tests.processes.history import check_history
from tests.processes.postgres import fresh_database
from tests.processes.process import wait_for
from tests.processes.valkey import TestValkey
from tests.system.database import Database
from tests.system.page import Page

LOGS = {"events": "events_event", "chat": "events_chatline"}
#: Where people sign in.
SIGNED_IN = ("twitch", "youtube", "kick", "trovo")
STREAMER, FAN = "mira_plays", "fan"
#: Seconds for what takes a few when the machine has nothing else to do.
PATIENCE = 180.0
#: Seconds until a break without words has to be noticed and mended, at most.
SOON = 30.0


@dataclass
class Source:
    """One upstream: `happen` makes something happen that names its maker, `cut` breaks the connection to it.

    `misses` says whether what happens while nobody listens is gone, as the platform repeats nothing.
    """

    name: str
    stand_in: StandIn
    happen: Callable[[str], Any]
    cut: Callable[[], Any]
    misses: bool = False
    happened: dict[str, float] = field(default_factory=dict)
    """Who did something, and when."""


class Sources:
    """Context manager: web and ingest processes, and every stand-in with an app and a channel for each account.

    `ada` is the first of the `accounts`, the one that things happen to. Without `broadcasts` nobody is live at YouTube.
    `options` are those of `Lumio`: one web and one ingest process, on the database that the tests run on, unless they
    say otherwise.
    """

    def __init__(
        self,
        *,
        accounts: int = 1,
        broadcasts: bool = True,
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        self._accounts = accounts
        self._broadcasts = broadcasts
        self._environment = dict(environment or {})
        self._options = {"beat": 0, "worker": 0, **options}
        self._parts = ExitStack()
        self._numbers = itertools.count(1)
        self.twitch, self.youtube, self.kick = Twitch(), YouTube(), Kick()
        self.trovo, self.streamelements = Trovo(), StreamElements()
        self.all = {
            "twitch": Source("twitch", self.twitch, self.twitch.follow, self.twitch.drop_socket, misses=True),
            "youtube": Source(
                "youtube", self.youtube, lambda who: self.youtube.chat(who, "hello"), self.youtube.cut_streams
            ),
            "kick": Source("kick", self.kick, self.kick.follow, lambda: None),
            "trovo": Source(
                "trovo", self.trovo, lambda who: self.trovo.chat(who, "hello"), self.trovo.drop_socket, misses=True
            ),
            "streamelements": Source(
                "streamelements",
                self.streamelements,
                lambda who: self.streamelements.tip(who, 4.2, "EUR"),
                self.streamelements.drop_sockets,
            ),
        }

    def __enter__(self) -> Sources:
        with ExitStack() as parts:
            for source in self.all.values():
                parts.enter_context(source.stand_in)
            self.valkey = parts.enter_context(TestValkey())
            addresses = wire.environment(**{name: source.stand_in.url for name, source in self.all.items()})
            if "database_url" not in self._options:
                self._options["database_url"] = parts.enter_context(fresh_database())
            self.lumio = parts.enter_context(
                Lumio(redis_url=self.valkey.url, environment=addresses | self._environment, **self._options)
            )
            self.database = Database(self.lumio)
            self.accounts = self._set_stage()
            self.ada = self.accounts[0]
            self.wait_until_listening()
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def _set_stage(self) -> list[dict[str, str]]:
        """About each account: its id, a popout `token`, its `webhook` for Kick, its `login` at the platforms, and its
        channel for `tips`."""
        self.twitch.configure(keepalive_timeout=2)
        self.kick.configure(retries=1000)  # as long as a slow machine takes to restart
        logins = [STREAMER, *(f"streamer_{number}" for number in range(2, self._accounts + 1))]
        grants = [self._sign_in(login) for login in logins]
        tips = [self.streamelements.add_channel(login) for login in logins]
        jwts = [self.streamelements.issue_jwt(channel) for channel in tips]
        made = self.lumio.inside("tests.system.stage.set_sources", list(zip(grants, jwts, strict=True)))
        for account, login, channel, grant in zip(made, logins, tips, grants, strict=True):
            account |= {"login": login, "tips": channel}
            self.kick.set_webhook(account["webhook"], client_id=grant["kick"]["client"][0])
        return made

    def _sign_in(self, login: str) -> dict[str, dict[str, Any]]:
        """A channel of that name at every platform, and what its consent to an app of its own gave."""
        grants = {}
        for name in SIGNED_IN:
            stand_in: Any = self.all[name].stand_in
            user = stand_in.add_user(login)
            app = stand_in.add_app(f"{login}-{stand_in.client_id}")
            scopes = [scope.name for scope in PLATFORMS[name].scopes]
            grants[name] = {
                "channel_id": str(user.id),
                "client": [app.client_id, app.client_secret],
                "answer": stand_in.issue_tokens(login, scopes, client_id=app.client_id),
                "scopes": scopes,
            }
        if self._broadcasts:
            self.youtube.go_live(channel=login)
        return grants

    # Health

    def held(self) -> list[tuple[str, str, int]]:
        """Who holds each source, and how it says it is doing: name, state, process id."""
        rows = self.database.ask("SELECT key, state, owner FROM events_ingestsource WHERE owner <> ''")
        return [(key.partition(":")[0], state, int(owner.split(":")[1])) for key, state, owner in rows]

    def is_listening(self) -> bool:
        """Whether somebody holds every source, all deliver, and every broadcast's chat is being read."""
        states = Counter((name, state) for name, state, _ in self.held())
        everybody = {(name, SourceState.DELIVERING.value): self._accounts for name in self.all}
        return states == everybody and self.youtube.streams() == self._accounts * self._broadcasts

    def wait_until_listening(self) -> None:
        wait_for(self.is_listening, seconds=PATIENCE, what="listening everywhere")

    def listeners(self) -> Counter[tuple[str, str]]:
        """How many listen to each channel now, by source and channel, as the stand-ins know it."""
        twitch, trovo, chats, astro = (self.twitch, self.trovo, self.youtube.api.chats, self.streamelements.astro)
        return Counter(
            [
                *(("twitch", one["user_id"]) for one in twitch.sessions() if one["user_id"]),
                *(("trovo", one.channel_id) for one in trovo.on_loop(lambda: list(trovo.readers.sessions))),
                *(("youtube", one.chat_id) for one in self.youtube.on_loop(lambda: list(chats.connections))),
                *(
                    ("streamelements", socket.topics[TIPS][0])
                    for socket in self.streamelements.on_loop(lambda: list(astro.sockets))
                    if TIPS in socket.topics
                ),
            ]
        )

    # What was stored

    def stored(self, topic: str) -> list[tuple[int, str, str, str, str]]:
        """Ada's log: seq, external id, kind, actor and source."""
        account = self.ada["account"]
        rows = self.database.ask(
            f"SELECT seq, external_id, kind, actor_name, source FROM {LOGS[topic]}"
            f" WHERE account_id IN ('{account}', '{account.replace('-', '')}') ORDER BY seq"
        )
        return [
            (seq, external_id, kind, actor, source.partition(":")[0]) for seq, external_id, kind, actor, source in rows
        ]

    def heads(self) -> dict[str, int]:
        return {topic: len(self.stored(topic)) for topic in LOGS}

    def known(self, source: Source) -> Counter[str]:
        """Who is stored as having done something there, and how often."""
        rows = [row for topic in LOGS for row in self.stored(topic)]
        return Counter(
            actor.lower() for _, _, _, actor, name in rows if name == source.name and actor.lower().startswith(FAN)
        )

    def gaps(self, source: Source) -> list[tuple[str, str]]:
        """The times that were said to be missing there, ISO 8601."""
        rows = self.database.ask(
            f"SELECT extra FROM events_event WHERE kind = '{Kind.SOURCE_GAP}' AND source LIKE '{source.name}:%'"
        )
        extras = [row[0] if isinstance(row[0], dict) else json.loads(row[0]) for row in rows]
        return [(extra["since"], extra["until"]) for extra in extras]

    # What happens

    @contextmanager
    def storm(self, *, names: Collection[str], rate: float) -> Iterator[None]:
        """Something happens `rate` times a second at each of these, while a page looks on; afterwards all is counted.

        Nothing is stored twice, nothing that is still repeated is missing, and what is missing lies in a gap that is
        said. The page has seen all that is stored, once and in order.
        """
        storming = [self.all[name] for name in names]
        after = self.heads()
        with Page(self.lumio.url, token=self.ada["token"], account=self.ada["account"], after=after) as page:
            wait_for(lambda: page.is_connected, seconds=PATIENCE, what="opening a page")
            stops = threading.Event()
            threads = [threading.Thread(target=self._blow, args=(one, rate, stops), daemon=True) for one in storming]
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                stops.set()
                for thread in threads:
                    thread.join(30)
            self.wait_until_listening()
            for source in storming:
                self._wait_until_complete(source)
            heads = self.heads()
            wait_for(lambda: page.after == heads, seconds=PATIENCE, what=f"a page with {heads}")
        for topic in LOGS:
            rows = [row[:2] for row in self.stored(topic)]
            check_history(rows, {"page": page.seen[topic]}, after={"page": after[topic]})
        assert page.repeats == []

    def _blow(self, source: Source, rate: float, stops: threading.Event) -> None:
        began, count = time.monotonic(), 0
        while not stops.wait(began + count / rate - time.monotonic()):
            self._happen(source)
            count += 1

    def _happen(self, source: Source) -> str:
        who = f"{FAN}{next(self._numbers)}"
        source.happened[who] = time.time()
        source.happen(who)
        return who

    def _wait_until_complete(self, source: Source) -> None:
        """Wait until all is stored that can be; a last one shows that what was before has had its time."""

        lasts: list[str] = []

        def is_last_stored() -> bool:
            lasts.append(self._happen(source))  # some may still get lost
            time.sleep(0.5)
            known = self.known(source)
            return any(who in known for who in lasts)

        wait_for(is_last_stored, seconds=PATIENCE, what=f"hearing of {source.name} again")
        if source.misses:
            wait_for(lambda: self._unsaid(source) == [], seconds=SOON, what=f"what {source.name} misses in a gap")
        else:
            wait_for(lambda: self._missing(source) == [], seconds=PATIENCE, what=f"all of {source.name}")
        known = self.known(source)
        assert [who for who, times in known.items() if times > 1] == [], f"{source.name} is doubled"
        assert known.keys() <= source.happened.keys(), f"{source.name} is made up"

    def _missing(self, source: Source) -> list[str]:
        known = self.known(source)
        return [who for who in source.happened if who not in known]

    def _unsaid(self, source: Source) -> list[str]:
        """Who is missing although no gap covers when they did something."""
        gaps = [(_seconds(since), _seconds(until)) for since, until in self.gaps(source)]
        return [
            who
            for who in self._missing(source)
            if not any(since - 1 <= source.happened[who] <= until + 1 for since, until in gaps)
        ]


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
