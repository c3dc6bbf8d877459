"""Settings that somebody kept to begin cases with; on PostgreSQL each account sees its own."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_MINE = "user_id = nullif(current_setting('shanhou.user', true), '')::bigint"


def forwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("alter table console_casetemplate enable row level security")
    schema_editor.execute(
        f"create policy of_accounts on console_casetemplate using ({_MINE}) with check ({_MINE})"
    )


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("drop policy of_accounts on console_casetemplate")


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0007_progress_links"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("kept", models.JSONField()),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="templates",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("name", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("user", "name"), name="one_template_a_name")
                ],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
