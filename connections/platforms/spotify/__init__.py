"""Spotify, for what plays on stream. Facts: https://developer.spotify.com/documentation/web-api."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.platforms.base import Client, Dialect, Identity, OAuthServer, Platform, Section
from connections.platforms.failures import ClientSecretRejected, ClientUnknown, CodeRejected, RedirectMismatch
from connections.platforms.spotify import api
from connections.platforms.spotify.player import SpotifyPlayer
from connections.platforms.spotify.scopes import NOW_PLAYING, PLAYBACK, SCOPES
from lumio.lib.secrets import Secret


class Spotify(Platform):
    slug = "spotify"
    name = api.NAME
    icon = "spotify"
    used_for = (NOW_PLAYING, PLAYBACK)
    oauth = OAuthServer(
        site="SPOTIFY_AUTH_URL",
        token="/api/token",  # noqa: S106  a path
        revoke="",
        scopes=SCOPES,
        # Without it Spotify silently reuses whoever the browser is signed in as.
        reconnect_parameters={"show_dialog": "true"},
        pkce=True,
        client_credentials=True,
        dialects=(
            # All three come with "invalid_grant", which otherwise means that the sign-in is over.
            Dialect(CodeRejected, "authorization code", (400,)),
            Dialect(CodeRejected, "code_verifier", (400,)),
            Dialect(RedirectMismatch, "invalid redirect uri", (400,)),
            Dialect(ClientSecretRejected, "invalid client secret", (400, 401)),
            Dialect(ClientUnknown, "invalid client", (400, 401)),
        ),
    )
    console_url = "https://developer.spotify.com/dashboard"
    console_name = _("Spotify developer dashboard")
    steps = (
        _("Open the Spotify developer dashboard and sign in with an account that has Premium."),
        _("Choose Create app and give it any name and description."),
        _("Paste the redirect URI shown on this page into Redirect URIs and press Add."),
        _("Tick Web API, accept the terms and save."),
        _("Open the app's settings, copy the Client ID, show the client secret, and paste both here."),
        _("If another account plays the music, add its name and e-mail address under User Management."),
    )
    traps = (
        _("The app works only while the account it was created with has Premium; after a change that can take hours."),
        _("Spotify refuses localhost. On your own machine the redirect URI begins with http://127.0.0.1 instead."),
        _("An app lets in five people at most, and only those whom its owner has entered under User Management."),
        _("Play, pause and skip need Premium on the account that plays, too."),
    )
    notice = _(
        "Spotify ends every sign-in six months after you gave consent. Lumio tells you a month ahead: click Reconnect "
        "then."
    )
    section = Section.MUSIC
    loopback = "127.0.0.1"
    #: Six months, February included. https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens
    grant_lasts = timedelta(days=181)
    warns_ahead = timedelta(days=30)
    longest_pause = api.LONGEST_PAUSE
    listens = False
    player = SpotifyPlayer()

    def identity(self, token: Secret, client: Client) -> Identity:
        return api.own_user(token)

    def token_request(self, client: Client, fields: Mapping[str, str]) -> dict[str, Any]:
        """A form, and the pair as a header (RFC 6749 section 2.3.1)."""
        pair = base64.b64encode(f"{client.id}:{client.secret.reveal()}".encode()).decode()
        return {"data": fields, "headers": {"Authorization": f"Basic {pair}"}}
