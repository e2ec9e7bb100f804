"""StreamElements: tips. Knows no model and no `domain/`: what it needs is handed in, what it hears goes to an Outlet.

Facts: https://docs.streamelements.com/.
"""

from __future__ import annotations

NAME = "StreamElements"
