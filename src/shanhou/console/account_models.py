"""What the console remembers of an account, whatever its cases: who it is in a directory, what
befell its sign-in, its templates.
"""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone


class Identity(models.Model):
    """Who an account is in a directory of the house, by the directory's own word for them."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities"
    )
    directory = models.CharField(max_length=32)
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["directory", "issuer", "subject"],
                                    name="one_account_an_identity"),
            models.UniqueConstraint(fields=["user", "directory"], name="one_identity_a_directory"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.directory}:{self.user_id}"


class AccountEvent(models.Model):
    """What befell how an account signs in, for its own person to be told of; gone after ninety
    days. What was tried with a name that nobody has is kept of nobody and gone within minutes.
    """

    class Kind(models.TextChoices):
        FAILED = "failed"
        FACTOR_FAILED = "factor_failed"
        """The password was right, and the second factor wrong."""
        CHANGED = "password"
        """Another password."""
        FACTOR_ADDED = "factor_added"
        FACTOR_REMOVED = "factor_removed"
        FACTOR_RENEWED = "factor_renewed"
        CONNECTED = "connected"
        """To a directory of the house, which signs them in from then on."""
        PARTED = "parted"
        CAPPED = "capped"
        """One browser more than may be signed in at a time: the oldest was signed out."""
        ENDED = "ended"
        """Somebody who manages a case of theirs signed them out everywhere."""

    # made here and not by the database, which on PostgreSQL shows a stranger no row of anybody
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField(default=timezone.now)
    browser = models.CharField(max_length=60, blank=True)
    """Browser and system by their names."""
    what = models.CharField(max_length=40, blank=True)
    """Which kind of factor, or the browser that was signed out."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    told_at = models.DateTimeField(null=True, blank=True)
    """When its person said that they read it."""

    class Meta:
        indexes = [models.Index(fields=["user", "at"], name="events_of_account")]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.kind}"


class CaseTemplate(models.Model):
    """Settings of a case that somebody kept to begin others with; theirs alone, of no company."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="templates"
    )
    name = models.CharField(max_length=80)
    kept = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="one_template_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.pk}"
