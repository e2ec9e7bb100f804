"""A mail server with a memory, over the real wire: SMTP as smtplib speaks it, with AUTH, STARTTLS and implicit TLS.

with MailServer() as server:
    server.refuse("ben@example.com", 550)
    …
    server.mails, server.recipients
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import email
import email.policy
import socket
import ssl
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Self

from tests.fakes.loop import LoopThread

HOST = "127.0.0.1"


@dataclass
class _Session:
    """One client: what it has said since EHLO."""

    is_secure: bool
    is_signed_in: bool = False
    recipients: list[str] = field(default_factory=list)


class MailServer:
    """A context manager. It can be stopped and started again on the same port; the memory stays.

    With `user` and `password` it takes mail from nobody else. `certificate` (files of certificate and key) makes it
    offer STARTTLS, and with `implicit_tls` speak TLS from the first byte.
    """

    def __init__(
        self,
        *,
        user: str = "",
        password: str = "",
        certificate: tuple[Path, Path] | None = None,
        implicit_tls: bool = False,
    ) -> None:
        self.port = 0
        #: What was taken, oldest first, and to whom each went.
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        #: How often each command was given, "CONNECT" and "TLS" included.
        self.commands: Counter[str] = Counter()
        #: Seconds before every answer.
        self.latency = 0.0
        self._answers: dict[str, int] = {}
        self._credentials = (user, password)
        self._implicit_tls = implicit_tls
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        self._thread: LoopThread | None = None
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Listen on loopback, on a free port at first and on the same one again later."""
        listener = socket.create_server((HOST, self.port))
        self.port = listener.getsockname()[1]
        self._thread = LoopThread("MailServer")
        context = self._context if self._implicit_tls else None
        self._server = self._thread.wait(asyncio.start_server(self._serve, sock=listener, ssl=context))
        return self

    def stop(self) -> None:
        if self._thread is not None and self._server is not None:
            self._thread.call(self._server.close)
            self._thread.stop()
            self._thread = None

    def refuse(self, what: str, code: int) -> None:
        """Answer a recipient's address, or a command ("MAIL", "DATA", "AUTH", "EHLO"), with this code from now on."""
        self._answers[what] = code

    def heal(self) -> None:
        """Take everything, at once."""
        self._answers.clear()
        self.latency = 0.0

    # The conversation

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = _Session(is_secure=self._implicit_tls)
        self.commands["CONNECT"] += 1
        with contextlib.suppress(ConnectionError, asyncio.CancelledError, ssl.SSLError):
            await self._say(writer, "220 fake ESMTP")
            while line := await reader.readline():
                command, _, rest = line.decode().strip().partition(" ")
                command = command.upper()
                self.commands[command] += 1
                if command == "QUIT":
                    await self._say(writer, "221 bye")
                    break
                await self._answer(command, rest, session, reader, writer)
        writer.close()

    async def _answer(
        self, command: str, rest: str, session: _Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if command in self._answers:
            await self._say(writer, f"{self._answers[command]} not now")
        elif command == "EHLO":
            offers = ["fake", *(["STARTTLS"] if self._context and not session.is_secure else []), "AUTH PLAIN"]
            lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
            await self._say(writer, "\r\n".join(lines))
        elif command == "STARTTLS" and self._context:
            await self._say(writer, "220 go ahead")
            await writer.start_tls(self._context)
            session.is_secure = True
            self.commands["TLS"] += 1
        elif command == "AUTH":
            _, user, password = base64.b64decode(rest.removeprefix("PLAIN ")).decode().split("\0")
            session.is_signed_in = (user, password) == self._credentials
            await self._say(writer, "235 welcome" if session.is_signed_in else "535 wrong user name or password")
        elif command == "MAIL" and any(self._credentials) and not session.is_signed_in:
            await self._say(writer, "530 sign in first")
        elif command == "RCPT":
            address = rest.partition("<")[2].partition(">")[0]
            code = self._answers.get(address, 250)
            if code == 250:
                session.recipients.append(address)
            await self._say(writer, f"{code} {address}")
        elif command == "DATA":
            await self._say(writer, "354 go ahead")
            await self._take(session, reader)
            await self._say(writer, "250 taken")
        else:
            await self._say(writer, "250 fine")

    async def _take(self, session: _Session, reader: asyncio.StreamReader) -> None:
        content = await reader.readuntil(b"\r\n.\r\n")
        # Lines end with \r\n on the wire, and one that begins with a dot has another in front (RFC 5321, 4.5.2).
        content = content.removesuffix(b".\r\n").replace(b"\r\n", b"\n").replace(b"\n..", b"\n.")
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += session.recipients
        session.recipients = []

    async def _say(self, writer: asyncio.StreamWriter, answer: str) -> None:
        await asyncio.sleep(self.latency)
        writer.write(f"{answer}\r\n".encode())
        await writer.drain()
