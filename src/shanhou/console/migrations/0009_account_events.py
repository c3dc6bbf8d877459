"""What befell how an account signs in; on PostgreSQL each sees their own rows alone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

_ME = "nullif(current_setting('shanhou.user', true), '')::bigint"
# Whoever tries to sign in is nobody yet, and what they tried is kept of the account all the same;
# nobody who is nobody reads it.
_POLICIES = {
    "of_mine": f"for select using (user_id = {_ME})",
    "noted_by_me": f"for update using (user_id = {_ME}) with check (user_id = {_ME})",
    "kept": "for insert with check (true)",
}


def forwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("alter table console_accountevent enable row level security")
    for name, rule in _POLICIES.items():
        schema_editor.execute(f"create policy {name} on console_accountevent {rule}")


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for name in _POLICIES:
        schema_editor.execute(f"drop policy {name} on console_accountevent")


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0008_case_templates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("failed", "Failed"),
                            ("factor_failed", "Factor Failed"),
                            ("password", "Changed"),
                            ("factor_added", "Factor Added"),
                            ("factor_removed", "Factor Removed"),
                            ("factor_renewed", "Factor Renewed"),
                            ("connected", "Connected"),
                            ("parted", "Parted"),
                            ("capped", "Capped"),
                            ("ended", "Ended"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("browser", models.CharField(blank=True, max_length=60)),
                ("what", models.CharField(blank=True, max_length=40)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "at"], name="events_of_account")],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
