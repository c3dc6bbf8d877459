"""What the console itself remembers: which cases it holds, who belongs to them, what was asked for.

What a case decides, signs and logs stays in the case; nothing here is a second home of it. Of
customers only masked pages lie here for an hour, and values sealed to one browser for minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from shanhou.console.account_models import AccountEvent, CaseTemplate, Identity

if TYPE_CHECKING:
    from pathlib import Path


__all__ = ["AccountEvent", "CaseTemplate", "Identity"]
"""Tables of accounts, which Django looks for here."""
DEVICE, DEVICE_AGE = "shanhou-device", 400 * 24 * 60 * 60
"""The cookie by which a browser is known as one device, and how long it is kept, in seconds."""


class HeldCase(models.Model):
    """A case folder that this console holds."""

    number = models.SlugField(max_length=64, unique=True)
    """The name of its folder below the folder of cases."""
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    rehearsal = models.BooleanField(default=False)
    plays_on = models.DateField(null=True, blank=True)
    """The day a rehearsal plays; null: today."""
    taken_on = models.DateTimeField(auto_now_add=True)
    closed = models.BooleanField(default=False)

    class Meta:
        ordering = ("-taken_on", "number")

    def __str__(self) -> str:
        return self.number

    @property
    def folder(self) -> Path:
        return settings.HOME.case_folder(self.number)

    def running(self) -> Job | None:
        """The job that waits or is being done."""
        return self.jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()


class Membership(models.Model):
    """A person of a case and the account they sign in with."""

    case = models.ForeignKey(HeldCase, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seats"
    )
    person = models.CharField(max_length=64)
    """Their id among the people of the case file, which says what they may do."""
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "person"], name="one_account_a_person"),
            models.UniqueConstraint(fields=["case", "user"], name="one_person_an_account"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.person}"


class Job(models.Model):
    """Long work that a person asked for and the worker does; the case's own ledger resumes it."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        EXCEPTIONS = "exceptions"
        REFUSED = "refused"
        """The case said no: the code says why and what to do."""
        FAILED = "failed"
        """The program broke; a person looks into the worker's log."""

    case = models.ForeignKey(HeldCase, on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=32)
    told = models.JSONField(default=dict)
    """What was asked for, beyond its kind; no secret and no personal data."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    code = models.CharField(max_length=16, blank=True)
    facts = models.JSONField(default=dict)
    """The facts of the code's words, or what came of the work."""
    sealed = models.BinaryField(default=b"")
    """A passphrase for the worker alone, wiped when the job ends."""
    at_what = models.CharField(max_length=200, blank=True)
    done = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    starts = models.PositiveSmallIntegerField(default=0)
    """How often a worker began it; more than once after a crash."""
    ran = models.CharField(max_length=12, blank=True, default="")
    """How the work itself ended, once it did; what remains is to tell the pages."""
    asked_at = models.DateTimeField(auto_now_add=True)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["state", "id"], name="jobs_waiting")]
        constraints = [
            models.UniqueConstraint(fields=["case"], name="one_job_a_case",
                                    condition=models.Q(state__in=["queued", "running"])),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case_id}:{self.kind}:{self.state}"

    @property
    def open(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}


class Invitation(models.Model):
    """A link by which a person of a case makes their account; it works once."""

    case = models.ForeignKey(HeldCase, on_delete=models.CASCADE, related_name="invitations")
    person = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, unique=True)
    """Of the link's secret, which nobody keeps."""
    made_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.case_id}:{self.person}"


class Published(models.Model):
    """What the pages show of a part of a case, as the worker last wrote it: counts, rules, masked
    samples. The web process reads this and never the vault.
    """

    case = models.ForeignKey(HeldCase, on_delete=models.CASCADE, related_name="published")
    part = models.CharField(max_length=40)
    told = models.JSONField()
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "part"], name="one_view_a_part"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.part}"


class Revealed(models.Model):
    """Unmasked values of one customer, sealed to a key that only the asking browser holds; gone
    once they were shown, or after five minutes.
    """

    case = models.ForeignKey(HeldCase, on_delete=models.CASCADE, related_name="+")
    person = models.CharField(max_length=64)
    subject = models.CharField(max_length=24)
    body = models.BinaryField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case_id}:{self.subject}"


class Token(models.Model):
    """A key by which a program acts as one person in one case, within that person's rights."""

    case = models.ForeignKey(HeldCase, on_delete=models.CASCADE, related_name="tokens")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens"
    )
    person = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64, unique=True)
    """Of the token, which nobody keeps."""
    rights = models.JSONField(default=list)
    """What it may be used for; never more than its person may at that moment."""
    made_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    """To the hour, so that reading does not write each time."""
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.case_id}:{self.person}:{self.pk}"


class ProgressLink(models.Model):
    """A link that shows somebody without an account how a case stands, and nothing else of it."""

    case = models.ForeignKey(HeldCase, on_delete=models.CASCADE, related_name="links")
    person = models.CharField(max_length=64)
    """Who made it."""
    for_whom = models.CharField(max_length=80)
    """A word of the office's on whom it was made for; it is shown to the office alone."""
    sha256 = models.CharField(max_length=64, unique=True)
    """Of the link's secret, which nobody keeps."""
    made_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    noted_at = models.DateTimeField(null=True, blank=True)
    """When the log had it; before that it opens nothing."""
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=64, blank=True, default="")
    end_noted_at = models.DateTimeField(null=True, blank=True)
    """When the log had that it was revoked."""
    opened = models.PositiveIntegerField(default=0)
    last_opened = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.case_id}:{self.pk}"


class Hook(models.Model):
    """An address that is told of events of a case."""

    case = models.ForeignKey(HeldCase, on_delete=models.CASCADE, related_name="hooks")
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)
    sealed = models.BinaryField()
    """The secret that signs, for the worker alone."""
    person = models.CharField(max_length=64)
    """Who named it."""
    made_at = models.DateTimeField(auto_now_add=True)
    failures = models.PositiveIntegerField(default=0)
    """Attempts that failed since the last that did not."""
    stopped_at = models.DateTimeField(null=True, blank=True)
    """Set after too many failures; a person starts it again."""

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.case_id}:{self.pk}"


class Sending(models.Model):
    """One event on its way to one address; it holds numbers and kinds, nothing about anybody."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        GIVEN_UP = "given_up"
        KNOWN = "known"
        """It was so before the address was named; nobody is told."""

    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="sendings")
    event = models.CharField(max_length=64)
    """The same for one event always, so that nobody is told twice."""
    kind = models.CharField(max_length=24)
    ids = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=16, blank=True)
    """The status of the last answer, or which way it failed."""
    made_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["state", "due_at"], name="sendings_due")]
        constraints = [
            models.UniqueConstraint(fields=["hook", "event"], name="one_sending_an_event"),
        ]

    def __str__(self) -> str:
        return f"{self.hook_id}:{self.kind}:{self.state}"
