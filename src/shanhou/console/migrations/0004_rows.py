"""Rows by membership, on PostgreSQL; elsewhere nothing."""

from __future__ import annotations

from typing import Any

from django.db import migrations

_ME = "nullif(current_setting('shanhou.user', true), '')::bigint"
_KEY = "nullif(current_setting('shanhou.key', true), '')"
_MAKING = "nullif(current_setting('shanhou.making', true), '')"
_CASES = f"""
create function shanhou_cases() returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select case_id from console_membership where user_id = {_ME}
  union select case_id from console_invitation where sha256 = {_KEY} and ends_at > now()
  union select case_id from console_token
    where sha256 = {_KEY} and revoked_at is null and ends_at > now()
  union select id from console_heldcase where number = {_MAKING}
  union select free.id from console_heldcase free
    where not exists (select 1 from console_membership one where one.case_id = free.id)
      and exists (select 1 from auth_user who
                  where who.id = {_ME} and who.is_staff and who.is_active)
$$
"""  # noqa: S608 - constants of this file
_OF_CASES = ("membership", "job", "invitation", "published", "token", "hook",
             "revealed")  # fmt: skip
_POLICIES = {
    "heldcase": f"id in (select shanhou_cases()) or number = {_MAKING}",
    **dict.fromkeys(_OF_CASES, "case_id in (select shanhou_cases())"),
    "sending": "hook_id in (select id from console_hook)",
}


def forwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(_CASES)
    schema_editor.execute("revoke all on function shanhou_cases() from public")
    for table, rule in _POLICIES.items():
        schema_editor.execute(f"alter table console_{table} enable row level security")
        schema_editor.execute(
            f"create policy of_cases on console_{table} using ({rule}) with check ({rule})"
        )


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in _POLICIES:
        schema_editor.execute(f"drop policy of_cases on console_{table}")
        schema_editor.execute(f"alter table console_{table} disable row level security")
    schema_editor.execute("drop function shanhou_cases()")


class Migration(migrations.Migration):
    dependencies = [("console", "0003_revealed"),
                    ("auth", "0012_alter_user_first_name_max_length")]  # fmt: skip
    operations = [migrations.RunPython(forwards, backwards)]
