"""The newest SQLite at hand.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when one connection writes while another resets the log
(https://sqlite.org/wal.html#walresetbug); Python 3.11 usually links one of those. The `pysqlite3` wheel brings a
mended one and stands in for the standard module where it is installed.
"""

from __future__ import annotations

import sys


def use_newest() -> None:
    """Make `import sqlite3` mean pysqlite3 if that is installed. Must run before Django's SQLite backend is loaded."""
    try:
        import pysqlite3
    except ImportError:
        return
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
