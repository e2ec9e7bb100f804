"""Database triggers that keep the audit log append-only, whoever writes to the database.

An account that its owner deleted (`closed_at`) lets go of its lines, a few at a time before it and the rest with it.

Installed after every `migrate` instead of in one migration: SQLite forgets a table's triggers when it alters it.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

SQLITE = """
CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON accounts_auditentry
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON accounts_auditentry
WHEN EXISTS (SELECT 1 FROM accounts_account WHERE id = OLD.account_id AND closed_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER IF NOT EXISTS audit_goes_with_account AFTER DELETE ON accounts_account
BEGIN DELETE FROM accounts_auditentry WHERE account_id = OLD.id; END;
"""

POSTGRESQL = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (
        SELECT 1 FROM accounts_account WHERE id = OLD.account_id AND closed_at IS NULL
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON accounts_auditentry
FOR EACH ROW EXECUTE FUNCTION audit_refuse();

CREATE OR REPLACE FUNCTION audit_go_with_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM accounts_auditentry WHERE account_id = OLD.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER audit_goes_with_account AFTER DELETE ON accounts_account
FOR EACH ROW EXECUTE FUNCTION audit_go_with_account();
"""


def install(*, using: str, **_: Any) -> None:
    """Receiver of `post_migrate`. Does no harm when repeated."""
    connection = connections[using]
    if "accounts_auditentry" not in connection.introspection.table_names():
        return  # migrated back to nothing
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
        else:
            for statement in SQLITE.strip().split("\n\n"):
                cursor.execute(statement)
