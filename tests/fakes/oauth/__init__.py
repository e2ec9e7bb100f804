"""What the stand-ins of all platforms with OAuth share: people, apps, consent, codes, grants and tokens.

A platform says what is different about it: a `State` with the shape of its tokens and its defaults, an `OAuth` with its
paths, parameters, answers and refusals, and an `OAuthStandIn` with the verbs it has in addition.
"""

from tests.fakes.oauth.endpoints import OAuth, Pkce, Problem, StandardError, challenge_of, redirect, with_query
from tests.fakes.oauth.platform import OAuthStandIn
from tests.fakes.oauth.state import LETTERS, AccessToken, App, Code, Grant, OAuthSettings, State, User, random_token

__all__ = [
    "LETTERS",
    "AccessToken",
    "App",
    "Code",
    "Grant",
    "OAuth",
    "OAuthSettings",
    "OAuthStandIn",
    "Pkce",
    "Problem",
    "StandardError",
    "State",
    "User",
    "challenge_of",
    "random_token",
    "redirect",
    "with_query",
]
