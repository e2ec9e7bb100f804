"""What a call costs, in units of the project's day. Every call costs, one that is refused too.

From the discovery document as far as it says, else from the table of costs:
https://developers.google.com/youtube/v3/determine_quota_cost.
"""

from __future__ import annotations

COSTS: dict[tuple[str, str], int] = {
    ("GET", "/channels"): 1,
    ("GET", "/liveBroadcasts"): 1,
    ("GET", "/videoCategories"): 1,
    ("GET", "/superChatEvents"): 1,
    ("GET", "/liveChat/moderators"): 1,
    ("GET", "/liveChat/messages"): 5,
    #: For each connection, however long it lasts.
    ("GET", "/liveChat/messages/stream"): 5,
    ("POST", "/liveChat/messages"): 20,
    ("DELETE", "/liveChat/messages"): 20,
    ("POST", "/liveChat/bans"): 50,
    ("DELETE", "/liveChat/bans"): 50,
}

LOOK = COSTS["GET", "/liveBroadcasts"]
POLL = COSTS["GET", "/liveChat/messages"]
STREAM = COSTS["GET", "/liveChat/messages/stream"]
