"""Emotes that viewers write as words and no platform knows: 7TV, BetterTTV and FrankerFaceZ.

A provider is a module here, a line in `PROVIDERS` and the addresses of its API and its pictures in the settings.
`shelf.py` keeps what providers and platforms have told, so that nobody waits for them.
"""

from __future__ import annotations

from connections.emotes import bttv, ffz, seventv
from connections.emotes.provider import Provider

#: By the names that `LUMIO_EMOTES` has for them. Of a word that several have, the first one's emote is shown.
PROVIDERS: dict[str, Provider] = {
    provider.slug: provider for provider in (seventv.PROVIDER, bttv.PROVIDER, ffz.PROVIDER)
}
