"""Every migration can be applied while processes of the version before still run (docs/operators/upgrade.md)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    DeleteModel,
    Migration,
    RemoveField,
    RenameField,
    RenameModel,
)
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django_migration_linter.sql_analyser import PostgresqlAnalyser

from lumio.env import ROOT

#: What a later version may do because nobody uses the thing any more: migration, and since which version that is so.
KNOWINGLY: dict[tuple[str, str], str] = {}
APPS = sorted(path.parent.parent.name for path in ROOT.glob("*/migrations/__init__.py"))


def unsafe(migration: Migration, state: ProjectState) -> list[str]:
    """Codes of what in it old code would stumble over, or what locks a table for as long as it is large."""
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state.clone(), editor, collect_sql=True)
    statements = [line for line in editor.collected_sql if not line.startswith("--")]
    analyser = PostgresqlAnalyser(exclude_migration_tests=())
    analyser.analyse(statements)
    return sorted({issue.code for issue in [*analyser.errors, *analyser.warnings]})


@pytest.mark.django_db
def test_no_migration_takes_from_the_version_before_what_it_uses():
    loader = MigrationLoader(connection)
    found = {
        key: unsafe(migration, loader.project_state(key, at_end=False))
        for key, migration in loader.disk_migrations.items()
        if key[0] in APPS and key not in KNOWINGLY
    }

    assert {app for app, _ in found} == set(APPS)
    assert {key: codes for key, codes in found.items() if codes} == {}


NOTE = CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), ("text", models.CharField(max_length=9))])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("operation", "codes"),
    [
        (RemoveField("note", "text"), ["DROP_COLUMN"]),
        (RenameField("note", "text", "words"), ["RENAME_COLUMN"]),
        (RenameModel("Note", "Remark"), ["RENAME_TABLE"]),
        (DeleteModel("Note"), ["DROP_TABLE"]),
        (AlterField("note", "text", models.IntegerField()), ["ALTER_COLUMN"]),
        (AddField("note", "count", models.IntegerField(default=0)), ["NOT_NULL"]),
        (AddField("note", "count", models.IntegerField(db_default=0)), []),
        (AddField("note", "count", models.IntegerField(null=True)), []),
        (AddIndex("note", models.Index(fields=["text"], name="note_text")), ["CREATE_INDEX"]),
        (AddConstraint("note", models.UniqueConstraint(fields=["text"], name="note_once")), ["ADD_UNIQUE"]),
        (CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]), []),
    ],
)
def test_what_takes_something_away_is_found(operation: Any, codes: list[str]):
    state = ProjectState()
    NOTE.state_forwards("notes", state)
    migration = Migration("0002_change", "notes")
    migration.operations = [operation]

    assert unsafe(migration, state) == codes
