"""What the portal keeps. Whoever reads these tables, without the keys that customers and the worker
hold, learns how many there are, and nothing of anybody.
"""

from __future__ import annotations

from django.db import models


class PublicCase(models.Model):
    """A case as everybody may read of it, and whether its portal is open."""

    number = models.SlugField(max_length=64, unique=True)
    told = models.JSONField(default=dict)
    """Who, what happens, until when, how to object, whom to call: no customer in it."""
    open = models.BooleanField(default=False)
    closed = models.BooleanField(default=False)
    """The case has ended: what was published of customers is gone."""
    edition = models.PositiveIntegerField(default=0)
    """Which making of the customers' summaries holds."""
    made_of = models.CharField(max_length=64, blank=True)
    """Digest of what that edition was made of."""
    visits = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.number


class Holder(models.Model):
    """One customer of a case: their summary, sealed, and the lock that their code opens."""

    case = models.ForeignKey(PublicCase, on_delete=models.CASCADE, related_name="holders")
    edition = models.PositiveIntegerField()
    ref = models.CharField(max_length=32)
    code_mac = models.CharField(max_length=64)
    by_code = models.BinaryField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "edition", "ref"], name="one_holder_a_ref"),
        ]
        indexes = [models.Index(fields=["code_mac"], name="holders_by_code")]

    def __str__(self) -> str:
        return self.ref


class Door(models.Model):
    """A link that somebody asked for: it opens once, by POST, within a day."""

    case = models.ForeignKey(PublicCase, on_delete=models.CASCADE, related_name="doors")
    ref = models.CharField(max_length=32)
    token_sha256 = models.CharField(max_length=64, unique=True)
    by_token = models.BinaryField()
    ends_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.ref


class Visit(models.Model):
    """A customer who came in, for two hours from their last step; the cookie opens what is kept."""

    sha256 = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.sha256[:8]


class Message(models.Model):
    """Something a customer said, sealed to the worker, and later how it was answered."""

    class State(models.TextChoices):
        WAITING = "waiting"
        TAKEN = "taken"
        """The case has it."""
        ANSWERED = "answered"
        FAILED = "failed"
        """A person looks: the worker could not take it."""

    case = models.ForeignKey(PublicCase, on_delete=models.CASCADE, related_name="messages")
    what = models.CharField(max_length=12)
    """`said`, `behalf`, `code`, `lost`, `receipt`: which work it is, and no more."""
    ref = models.CharField(max_length=32, blank=True)
    receipt_mac = models.CharField(max_length=64, blank=True, db_index=True)
    sealed = models.BinaryField()
    """For the worker alone; wiped when it was taken."""
    own = models.BinaryField(default=b"")
    """The receipt's number, for the customer's own page."""
    back = models.BinaryField(default=b"")
    """For the worker alone: by what key the result is sealed."""
    result = models.BinaryField(default=b"")
    """How it was answered; the receipt's number opens it."""
    kinds = models.CharField(max_length=200, blank=True)
    level = models.CharField(max_length=2, blank=True)
    """What the worker found to be known of who asks."""
    requests = models.CharField(max_length=200, blank=True)
    """The numbers of the case's requests that it became."""
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    on_day = models.DateField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["state", "id"], name="messages_waiting")]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.what}:{self.state}"


class Challenge(models.Model):
    """A six-digit code on its way to the contact on file: ten minutes, five tries."""

    case = models.ForeignKey(PublicCase, on_delete=models.CASCADE, related_name="challenges")
    ref = models.CharField(max_length=32)
    mac = models.CharField(max_length=64)
    worker_mac = models.CharField(max_length=64)
    """The case's own word on it: what the portal says of a code is believed only with it."""
    tries = models.PositiveSmallIntegerField(default=0)
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref


class Parcel(models.Model):
    """A copy or a signed receipt for one customer, sealed with what only they bring."""

    case = models.ForeignKey(PublicCase, on_delete=models.CASCADE, related_name="parcels")
    ref = models.CharField(max_length=32, db_index=True)
    what = models.CharField(max_length=12)
    """`copy` or `receipt`."""
    request = models.CharField(max_length=12, blank=True)
    sealed = models.BinaryField()
    ends_at = models.DateTimeField()
    collected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "ref", "what", "request"],
                                    name="one_parcel_a_request"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.ref}:{self.what}"


class Opinion(models.Model):
    """How often an answer of the survey was given; of nobody in particular."""

    case = models.ForeignKey(PublicCase, on_delete=models.CASCADE, related_name="opinions")
    question = models.CharField(max_length=12)
    answer = models.CharField(max_length=8)
    n = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "question", "answer"], name="one_count"),
        ]

    def __str__(self) -> str:
        return f"{self.question}:{self.answer}"


class Tally(models.Model):
    """How often something was tried within a window; who tried stands here as a keyed hash."""

    key = models.CharField(max_length=64, primary_key=True)
    n = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key[:8]
