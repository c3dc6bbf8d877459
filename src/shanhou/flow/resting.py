"""What the inventory and the subjects rest on; a later stage refuses those that are outdated."""

from __future__ import annotations

from shanhou.cases.free_text import Texts
from shanhou.cases.settings import Source
from shanhou.cases.stages import NEEDS, Stage
from shanhou.errors import Refusal
from shanhou.flow.case_rules import rules_digest
from shanhou.flow.noting import COLLECT, INVENTORY, SUBJECTS
from shanhou.subjects.written import matching_digest
from shanhou.vault.canonical import json_digest
from shanhou.wiring import Case

WHOLE = "collect:whole"
"""The store's name for the digest of the sealed collection."""
READ = "collect:read:"
"""Before a source's id: the digest of the source as the case file named it when it was read."""
_SEALED = {Stage.COLLECT: COLLECT, Stage.INVENTORY: INVENTORY, Stage.SUBJECTS: SUBJECTS}


def resting(stage: Stage) -> str:
    """The store's name for what a stage rested on when it was done."""
    return f"rests:{stage.value}"


def rests_on(case: Case, stage: Stage) -> str:
    """The digest of what persons confirmed and what came before, as far as a stage reads it."""
    settings = case.settings
    if stage is Stage.INVENTORY:
        return json_digest(
            {
                "rules": rules_digest(case),
                "rows": settings.inventory.rows,
                "datasets": {
                    name: [one.role, one.about, one.scope]
                    for name, one in settings.datasets.items()
                },
                "fields": {
                    name: [one.category, one.about] for name, one in settings.fields.items()
                },
                "texts": _looked_by(settings.texts),
                "relations": sorted([one.from_, one.to] for one in settings.relations),
            }
        )
    only = {name: {at: list(values) for at, values in one.only.items()}
            for name, one in settings.datasets.items() if one.only}  # fmt: skip
    said = settings.subjects.model_dump(mode="json")
    rests: dict[str, object] = {
        "register": case.store.stage("register"),
        "only": only,
        "said": said,
        "matching": matching_digest(),
    }
    if settings.cleaning:
        rests["cleaning"] = [one.model_dump(mode="json", exclude={"by", "reason"})
                             for one in settings.cleaning]  # fmt: skip
    return json_digest(rests)


def _looked_by(texts: Texts) -> str | list[str]:
    if texts.endpoint is None:
        return texts.recognizer
    return [texts.recognizer, texts.endpoint.url, texts.endpoint.model]


def read_as(source: Source) -> str:
    """The digest of a source as the case file names it."""
    return json_digest([source.url, list(source.include), list(source.exclude)])


def other_sources(case: Case) -> tuple[str, ...]:
    """The sources that the case file names otherwise than they were collected, or only one of
    them knows.
    """
    held = case.store.stages(READ)
    named = {source.id: read_as(source) for source in case.settings.sources}
    whole = case.store.stage(WHOLE) is not None
    other = {one for one in held if named.get(one) != held[one]}
    return tuple(sorted(other | (named.keys() - held.keys() if whole else set())))


def outdated(case: Case, stage: Stage) -> bool:
    """Whether a gathering stage was done on other words, rules or sources than those of today."""
    if stage is Stage.COLLECT:
        return bool(other_sources(case))
    held = case.store.stage(resting(stage))
    return held is not None and held != rests_on(case, stage)


def require(case: Case, stage: Stage) -> None:
    """Refuse a stage while one that it needs is not done, or is outdated.

    Raises:
        Refusal: SH-E-204 a stage before it is not finished; SH-E-209 one is outdated; SH-E-210
            other sources were collected than the case file names.
    """
    for before in NEEDS[stage]:
        require(case, before)
        if before in _SEALED and not case.vault.sealed(_SEALED[before]):
            raise Refusal("SH-E-204", generation=before.value)
        if before is Stage.COLLECT and (other := other_sources(case)):
            raise Refusal("SH-E-210", sources=", ".join(other))
        if before in _SEALED and outdated(case, before):
            raise Refusal("SH-E-209", stage=before.value)
