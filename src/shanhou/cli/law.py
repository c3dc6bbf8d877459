"""Commands on the law: what the rules say, of what, since when, and why not otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shanhou.cli.acting import KeyFile, private_of
from shanhou.cli.app import HERE, By, CaseFolder, Json, On, Passphrase, day_of, law_app, opened
from shanhou.cli.telling import language, outcome_word, say, tell, tell_json, tell_table
from shanhou.errors import LANGUAGES, Fault, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shanhou.law.rule import Clock, Period, Rule
    from shanhou.law.rulebook import Rulebook

SCHEMA = 2
_MOST_OTHERWISE = 20


@law_app.command("decide")
def law_decide(
    facts: Annotated[Path, typer.Option("--facts", help="事实文件 the facts, YAML")],
    on: Annotated[str | None, typer.Option(help="哪一天的法律 the law of which day")] = None,
    json: Json = False,
) -> None:
    """裁定 what the rules say about one set of facts, and which single answer would change it."""
    from shanhou.disposition.decide import decide, otherwise
    from shanhou.law.load import load_rulebook

    book = load_rulebook()
    given = _given(facts, book)
    rules = book.in_force(day_of(on) or datetime.now(UTC).date())
    made, others = decide(given, rules), otherwise(given, rules)
    if json:
        tell_json(
            {"schema": SCHEMA, "outcome": made.outcome.value, "rules": list(made.rules),
             "missing_facts": list(made.missing_facts), "would_change": list(made.would_change),
             "one_fact_away": [
                 {"fact": one.fact, "value": one.value, "outcome": one.decision.outcome.value,
                  "rules": list(one.decision.rules)} for one in others]}
        )  # fmt: skip
        return
    tell("law_outcome", outcome=outcome_word(made.outcome.value))
    _tell_rules([rule for rule in book.rules if rule.id in made.rules])
    for rule in book.rules:
        if rule.id in made.rules and rule.release:
            tell("law_release", rule=rule.id, release=getattr(rule.release, language()))
    if made.missing_facts:
        tell("law_missing", facts=", ".join(made.missing_facts))
    rows = [(one.fact, one.value, outcome_word(one.decision.outcome.value),
             " ".join(one.decision.rules)) for one in others[:_MOST_OTHERWISE]]  # fmt: skip
    if rows:
        heads = [say(head) for head in ("fact", "values", "outcome", "rules")]
        tell_table(say("law_otherwise", shown=len(rows), count=len(others)), heads, rows)


def _given(path: Path, book: Rulebook) -> dict[str, str]:
    """The facts of a file.

    Raises:
        Refusal: SH-E-302 no such fact or value. Fault: SH-E-407 it is no file of facts.
    """
    import yaml

    try:
        raw = yaml.safe_load(path.read_text("utf8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise Fault("SH-E-407", path=path.name) from None
    if not isinstance(raw, dict):
        raise Fault("SH-E-407", path=path.name)
    # YAML reads yes and no as true and false
    words = {True: "yes", False: "no"}
    given = {str(name): words.get(value, str(value)) if isinstance(value, bool) else str(value)
             for name, value in raw.items()}  # fmt: skip
    for name, value in given.items():
        if name not in book.facts or value not in {*book.facts[name].values, "unknown"}:
            allowed = " | ".join(book.facts[name].values) if name in book.facts else "-"
            raise Refusal("SH-E-302", fact=name, value=value, allowed=allowed)
    return given


@law_app.command("list")
def law_list(
    facts: Annotated[bool, typer.Option(help="列出事实 the facts instead")] = False,
    clocks: Annotated[bool, typer.Option(help="列出期限 the statutory dates instead")] = False,
    json: Json = False,
) -> None:
    """规则清单 every rule, or every question a rule may ask, or every statutory date."""
    from shanhou.cases.stages import GATE_QUESTIONS, gate_values
    from shanhou.law.load import load_rulebook

    book = load_rulebook()
    if json:
        tell_json(_book_json(book))
        return
    if facts:
        rows = [(name, " | ".join(spec.values), getattr(spec, language()))
                for name, spec in book.facts.items()]  # fmt: skip
        rows += [(name, " | ".join(sorted(gate_values(name))), one[LANGUAGES.index(language())])
                 for name, one in GATE_QUESTIONS.items()]  # fmt: skip
        tell_table(say("rules_head"), [say("fact"), say("values"), say("question")], rows)
        return
    if clocks:
        dated = [(one.id, one.start, one.ends or "–", _length(one), one.cited(),
                  getattr(one, language())) for one in book.clocks]  # fmt: skip
        heads = [say(head) for head in ("duty", "starts_on", "ends_on", "length", "basis", "text")]
        tell_table(say("dates_head"), heads, dated)
        return
    packs = " · ".join(f"{pack.id} {pack.version}" for pack in book.packs)
    tell("law_packs", packs=packs, digest=book.digest)
    _tell_rules(book.rules)


def _length(one: Clock) -> str:
    return f"{'-' if one.before else '+'}{one.length} {one.unit.value}"


def _book_json(book: Rulebook) -> dict[str, Any]:
    return {
        "schema": 1, "digest": book.digest,
        "packs": [{"pack": pack.id, "version": pack.version} for pack in book.packs],
        "rules": [{"id": one.id, "row": one.row, "outcome": one.outcome.value,
                   "basis": one.cited(), "verified": one.verified.value,
                   "from": one.effective_from.isoformat(),
                   "when": {name: sorted(values) for name, values in one.when.items()}}
                  for one in book.rules],
        "periods": [{"id": one.id, "basis": one.cited(), "verified": one.verified.value}
                    for one in book.periods],
    }  # fmt: skip


@law_app.command("explain")
def law_explain(
    rule: Annotated[str, typer.Argument(help="规则、行、条文或法律 a rule, row, duty or statute")],
) -> None:
    """解释 a rule, row, period or duty with its article; of a repealed statute what stands now."""
    from shanhou.disposition.decide import LAW_IS_SILENT
    from shanhou.law.citing import cites, statute_and_article
    from shanhou.law.load import load_rulebook

    book = load_rulebook()
    if rule == LAW_IS_SILENT:
        tell("law_is_silent")
        return
    if not rule.strip():
        raise Refusal("SH-E-003", problem='""')
    law, article = statute_and_article(book, rule)
    found = [
        one
        for one in book.rules
        if rule.upper() in {one.id.upper(), one.row.upper()} or cites(one.bases, law, article)
    ]
    told = _tell_duties(book, rule)
    if not found and not told:
        raise Refusal("SH-E-003", problem=rule)
    if found:
        _tell_rules(found)
    for one in found:
        rows = [(name, " | ".join(sorted(values))) for name, values in one.when.items()]
        tell_table(one.id, [say("fact"), say("values")], rows)
        if one.release:
            tell("law_release", rule=one.id, release=getattr(one.release, language()))


def _tell_duties(book: Rulebook, name: str) -> bool:
    """Periods, duties and superseded statutes of that name; whether there were any."""
    from shanhou.law.citing import cites, statute_and_article, superseded_by

    law, article = statute_and_article(book, name)
    dated: tuple[Period | Clock, ...] = (*book.periods, *book.clocks)
    asked = [one for one in dated
             if one.id.upper() == name.upper() or cites(one.bases, law, article)]  # fmt: skip
    rows = [(one.id, one.cited(), one.verified.value, getattr(one, language()), "")
            for one in asked]  # fmt: skip
    for duty in book.duties:
        named = duty.id.upper() == name.upper() or name in {basis.law for basis in duty.bases}
        if named or cites(duty.bases, law, article):
            done = getattr(duty.why_not, language()) if duty.why_not else " ".join(duty.done_by)
            cited = "; ".join(basis.cited() for basis in duty.bases)
            rows.append((duty.id, cited, duty.verified.value, getattr(duty, language()), done))
    if rows:
        heads = [say(head) for head in ("duty", "basis", "verified_as", "text", "carried_out")]
        tell_table(say("duties_head"), heads, rows)
    for clock in book.clocks:
        if clock in asked and clock.extension:
            tell("law_extension", clock=clock.id, length=clock.extension.length,
                 unit=say(f"unit_{clock.unit.value}"), basis=clock.extension.cited(),
                 verified=clock.extension.verified.value)  # fmt: skip
    gone = [one for one in book.superseded
            if one.name.startswith(name) or one in superseded_by(book, name)]  # fmt: skip
    for one in gone:
        tell("law_superseded", statute=one.name, state=getattr(one, language()),
             instead=", ".join(one.instead))  # fmt: skip
    return bool(rows or gone)


@law_app.command("exposure")
def law_exposure(
    count: Annotated[list[str], typer.Option(help="类别=条数 category=records, e.g. property=40")],
    in_service: Annotated[
        bool, typer.Option(help="在提供服务过程中获得 got while providing services")
    ] = True,
    gains: Annotated[int, typer.Option(min=0, help="违法所得(元) gains in yuan")] = 0,
    recipients: Annotated[int, typer.Option(min=1, help="提供给几方 to how many")] = 1,
    json: Json = False,
) -> None:
    """风险 how grave a disclosure that already happened is (刑法 253之一)."""
    from shanhou.law.exposure import Kind, exposure

    counts: dict[Kind, int] = {}
    for one in count:
        name, _, number = one.partition("=")
        if name not in set(Kind) or not number.isdigit():
            raise Refusal("SH-E-003", problem=f"--count {one}: {' | '.join(Kind)}=N")
        counts[Kind(name)] = counts.get(Kind(name), 0) + int(number)
    found = exposure(counts, in_service=in_service, gains_yuan=gains, recipients=recipients)
    if json:
        shares = {kind.value: share for kind, share in found.shares.items()}
        tell_json({"schema": 1, "thousandths": found.thousandths, "grade": found.grade.value,
                   "by_gains": found.by_gains, "shares": shares})  # fmt: skip
        return
    tell(f"exposure_{found.grade.value}", share=f"{found.thousandths / 10:.1f}%")
    if gains and found.by_gains:
        tell("exposure_gains", gains=f"{gains:,}")
    tell("exposure_told")
    if in_service:
        tell("exposure_halved")


@law_app.command("export")
def law_export(
    persons: Annotated[
        int | None, typer.Option(min=0, help="当年非敏感信息人数 persons, not sensitive")
    ] = None,
    sensitive: Annotated[int, typer.Option(min=0, help="当年敏感信息人数 persons, sensitive")] = 0,
    important: Annotated[bool, typer.Option(help="含重要数据 holds important data")] = False,
    critical: Annotated[
        bool, typer.Option(help="关键信息基础设施运营者 runs critical infrastructure")
    ] = False,
    case: CaseFolder = HERE,
    on: On = None,
    json: Json = False,
) -> None:
    """出境 which mechanism the year's exports need; without --persons, as the case counts them."""
    from shanhou.law.export_lines import mechanism

    if persons is None:
        _export_of_case(case, on, json=json)
        return
    found = mechanism(persons=persons, sensitive_persons=sensitive, important_data=important,
                      critical=critical)  # fmt: skip
    if json:
        tell_json({"schema": 1, "mechanism": found.value})
        return
    tell(f"export_{found.value}")
    tell("export_besides")


def _export_of_case(folder: Path, on: str | None, *, json: bool) -> None:
    from dataclasses import asdict

    from shanhou.flow.exporting import export_of
    from shanhou.flow.plans import latest_plan
    from shanhou.law.answer_words import answer_words

    with opened(folder, on) as at:
        found = export_of(at, latest_plan(at))
    if found is None:
        if json:
            tell_json({"schema": 1, "mechanism": None})
        else:
            tell("export_none")
        return
    rows = {"this": found.this, "in_case": found.in_case, "before": found.before,
            "whole": found.whole}  # fmt: skip
    if json:
        counts = {name: None if one is None else asdict(one) for name, one in rows.items()}
        tell_json({"schema": 1, "year": found.year, "mechanism": found.needed.value,
                   "declared": found.declared, "enough": found.enough, **counts})  # fmt: skip
        return
    heads = [say(f"export_head_{one}") for one in ("what", "persons", "sensitive")]
    table = [(say(f"export_row_{name}"), f"{one.persons:,}" if one else say("export_untold"),
              f"{one.sensitive_persons:,}" if one else say("export_untold"))
             for name, one in rows.items()]  # fmt: skip
    tell_table(say("export_head", year=found.year), heads, table)
    if found.before is None:
        tell("export_before_untold", year=found.year)
    tell(f"export_{found.needed.value}")
    word = answer_words(found.declared)
    tell("export_declared" if found.enough else "export_short", declared=getattr(word, language()))
    tell("export_besides")


def _tell_rules(rules: Sequence[Rule]) -> None:
    rows = [
        (one.id, one.row, outcome_word(one.outcome.value), one.cited(), one.verified.value,
         getattr(one, language()))
        for one in rules
    ]  # fmt: skip
    heads = [say(h) for h in ("rules", "row", "outcome", "basis", "verified_as", "text")]
    tell_table(say("rules_head"), heads, rows)
    for one in rules:
        if one.evidence:
            papers = ", ".join(say(f"ev_{name.replace('.', '_')}") for name in one.evidence)
            tell("evidence_needed", rule=one.id, evidence=papers)


@law_app.command("sign")
def law_sign(
    by: By, key: KeyFile, passphrase: Passphrase, case: CaseFolder = HERE, on: On = None
) -> None:
    """签署 put your name to the rule packs that decide this case: a lawyer who read them."""
    from shanhou.flow.rule_signing import sign_rules

    with opened(case, on) as at:
        digest = sign_rules(at, by=by, private=private_of(key, passphrase))
    tell("rules_signed", person=by, digest=digest)
