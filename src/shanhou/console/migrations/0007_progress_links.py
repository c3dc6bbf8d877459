"""Links that show somebody without an account how a case stands, and their rows on PostgreSQL.

Who shows a link sees its own row and the one published part that its page is made of, no more.
"""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

_KEY = "nullif(current_setting('shanhou.key', true), '')"
_OPENS = f"sha256 = {_KEY} and noted_at is not null and revoked_at is null and ends_at > now()"
_LINKED = f"case_id in (select case_id from console_progresslink where {_OPENS})"  # noqa: S608
_POLICIES = (
    ("of_cases", "progresslink", "all", "case_id in (select shanhou_cases())"),
    ("by_link", "progresslink", "select", _OPENS),
    ("counted", "progresslink", "update", _OPENS),
    ("by_link", "published", "select", f"part = 'progress' and {_LINKED}"),
)
"""Name, table, what it is for, and the rows that it lets through."""


def forwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("alter table console_progresslink enable row level security")
    for name, table, deed, rule in _POLICIES:
        check = "" if deed == "select" else f" with check ({rule})"
        schema_editor.execute(
            f"create policy {name} on console_{table} for {deed} using ({rule}){check}"
        )


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, table, _, _ in reversed(_POLICIES):
        schema_editor.execute(f"drop policy {name} on console_{table}")


class Migration(migrations.Migration):
    dependencies = [("console", "0006_identities")]

    operations = [
        migrations.CreateModel(
            name="ProgressLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person", models.CharField(max_length=64)),
                ("for_whom", models.CharField(max_length=80)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("ends_at", models.DateTimeField()),
                ("noted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_by", models.CharField(blank=True, default="", max_length=64)),
                ("end_noted_at", models.DateTimeField(blank=True, null=True)),
                ("opened", models.PositiveIntegerField(default=0)),
                ("last_opened", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="console.heldcase",
                    ),
                ),
            ],
            options={"ordering": ("-id",)},
        ),
        migrations.RunPython(forwards, backwards),
    ]
