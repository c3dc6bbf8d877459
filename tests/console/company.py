"""An example company closed by its people in their browsers: what its case file and its words say
is filled into forms, page by page.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from browsing import KEY_WORD, Someone, press_on

from shanhou.vault.person_keys import new_age_identity, new_person_key, open_person_key
from shanhou_examples.generate import generate
from shanhou_examples.spec import text_of

_NUMBER = "company"
_SECRET = b"for tests only"
_PARTIES = ("handler", "recipient", "custodian")


@dataclass
class Company:
    """One example, its people at their browsers, and the folder of its papers."""

    name: str
    folder: Path
    browser: Any
    at: str
    raw: dict[str, Any] = field(init=False)
    words: dict[str, Any] = field(init=False)
    people: dict[str, Someone] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.raw = yaml.safe_load(text_of(f"{self.name}.case.yaml"))
        self.words = yaml.safe_load(text_of(f"{self.name}.words.yaml"))
        self.paper = self.folder / "memo.txt"
        self.paper.write_text("signed in this rehearsal", encoding="utf8")

    @property
    def case(self) -> str:
        return f"/cases/{_NUMBER}"

    @property
    def planner(self) -> Someone:
        return self.people["planner"]

    @property
    def approvers(self) -> list[Someone]:
        return [self.people[one["id"]] for one in self.raw["people"] if "approver" in one["duties"]]

    def generated(self, customers: int) -> None:
        generate(self.name, self.folder, customers=customers)

    # ---- the case and its people ----------------------------------------------------------------

    def begins(self) -> None:
        """The first officer makes the console's account and the case."""
        one = self.people["planner"] = Someone(self.browser, self.at, "planner")
        one.joins(f"{self.at}/start/")
        page = one.page
        one.go("/cases/new/")
        page.fill("#title", self.raw["case"]["title"])
        page.fill("#number", _NUMBER)
        page.select_option("#kind", self.raw["case"]["kind"])
        page.select_option("#timing", self.raw["case"]["timing"])
        page.check("input[name=rehearsal]")
        page.fill("#plays_on", self.words["notices_on"])
        for party in _PARTIES:
            for part in ("name", "code", "contact", "address"):
                value = self.raw["parties"].get(party, {}).get(part, "")
                page.fill(f"#{party}_{part}", value)
        for n, told in enumerate(self.raw["people"]):
            page.fill(f"#p{n}id", told["id"])
            page.fill(f"#p{n}name", told["name"])
            for duty in told["duties"]:
                page.check(f"input[name=person{n}_duties][value={duty}]")
        one.picture("wizard filled")
        page.click("main form[method=post] button.btn-lg")
        assert page.url.endswith(f"{self.case}/"), page.inner_text("main")
        one.picture("the new case")

    def invites(self) -> None:
        """Everybody else who signs takes their seat and makes a key before anything is planned."""
        self.keyed(self.planner)
        for told in self.raw["people"]:
            if {"approver", "operator"} & set(told["duties"]):
                self.people[told["id"]] = one = self._invited(told["id"])
                self.keyed(one)
        if "recipient" in self.raw["parties"]:
            self._adds_the_buyer()
            self.people["buyer"] = self._invited("buyer")

    def _adds_the_buyer(self) -> None:
        page = self.planner.page

        def press() -> None:
            self.planner.go(f"{self.case}/people/")
            page.fill("#pid", "buyer")
            page.fill("#pname", "接收方经办人")
            page.select_option("#pparty", "recipient")
            page.check("input[name=duties][value=operator]")
            press_on(page.locator("form[action$='people/add'] button"))

        self.proving(self.planner, press)
        self.planner.waits()

    def _invited(self, who: str) -> Someone:
        page = self.planner.page

        def press() -> None:
            self.planner.go(f"{self.case}/people/")
            press_on(page.locator(f"form button[value={who}]"))

        self.proving(self.planner, press)
        one = Someone(self.browser, self.at, who)
        one.joins(page.inner_text(".alert-success .digest"))
        return one

    def keyed(self, one: Someone) -> None:
        def press() -> None:
            one.go(f"{self.case}/people/")
            one.page.fill("#pass", KEY_WORD)
            press_on(one.page.locator("form[action$='key'] button"))

        self.proving(one, press)
        one.waits()

    def proving(self, one: Someone, press: Any) -> None:
        """Press again after the password was asked for again."""
        press()
        if "reauthenticate" in one.page.url:
            one.proves()
            press()
        assert "reauthenticate" not in one.page.url

    # ---- what is held ---------------------------------------------------------------------------

    def uploads(self) -> None:
        one, page = self.planner, self.planner.page
        for source in self.raw["sources"]:
            place = source["url"].removeprefix("sqlite:///")
            path = self.folder / place
            files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
            one.go(f"{self.case}/sources/")
            page.fill("#usource", source["id"])
            page.set_input_files("#ufiles", [str(file) for file in files])
            press_on(page.locator("form[action$='upload'] button"))
            one.waits()

    def fills_in(self) -> None:
        """The particulars: purpose, kinds, public keys, letters."""
        one, page = self.planner, self.planner.page
        keys = self.folder / "other-side"
        one.go(f"{self.case}/particulars/")
        for party in ("recipient", "custodian"):
            told = self.raw["parties"].get(party)
            if told is None or "age" not in told:
                continue
            page.fill(f"#{party}_age", new_age_identity(keys / f"{party}.age"))
        recipient = self.raw["parties"].get("recipient")
        if recipient:
            new_person_key(keys / "recipient.key", _SECRET)
            page.set_input_files("#recipient_verify", str(keys / "recipient.pub"))
            page.fill("#recipient_purpose", recipient.get("purpose", ""))
            page.fill("#recipient_method", recipient.get("method", ""))
            for kind in recipient.get("kinds", ()):
                page.check(f"input[name=recipient_kinds][value={kind}]")
        notices = self.raw["notices"]
        page.fill("#reply_to", notices["reply_to"])
        page.fill("#deadline_days", str(notices["deadline_days"]))
        if "stops_on" in notices:
            page.fill("#stops_on", str(notices["stops_on"]))
        one.picture("particulars filled")
        press_on(page.locator("main form button.btn-lg"))
        one.waits()

    def takes_stock(self) -> None:
        one = self.planner
        one.does(f"{self.case}/sources/", "do/collect")
        one.does(f"{self.case}/inventory/", "do/inventory")
        self._settles()
        one.does(f"{self.case}/inventory/", "do/inventory")
        one.does(f"{self.case}/customers/", "do/subjects")

    def _settles(self) -> None:
        """What a person knows of datasets and columns, of debts, and of where facts stand."""
        columns: dict[str, dict[str, Any]] = defaultdict(dict)
        names = self._datasets()
        for whole, words in self.raw.get("fields", {}).items():
            dataset = max((one for one in names if whole.startswith(f"{one}.")), key=len)
            columns[dataset][whole.removeprefix(f"{dataset}.")] = words
        for dataset in sorted({*columns, *self.raw.get("datasets", {})}):
            self._settles_one(dataset, self.raw["datasets"].get(dataset), columns[dataset])
        for told in self.raw.get("obligations", ()):
            self._owes(told)
        for fact, bindings in self.raw.get("bindings", {}).items():
            for told in bindings:
                self._binds(fact, told)

    def _datasets(self) -> list[str]:
        self.planner.go(f"{self.case}/inventory/")
        links = self.planner.page.locator("a[href*='inventory/dataset?name=']")
        from urllib.parse import parse_qs, urlsplit

        return [parse_qs(urlsplit(links.nth(n).get_attribute("href")).query)["name"][0]
                for n in range(links.count())]  # fmt: skip

    def _settles_one(self, dataset: str, told: Any, columns: dict[str, Any]) -> None:
        from urllib.parse import quote

        one, page = self.planner, self.planner.page
        one.go(f"{self.case}/inventory/dataset?name={quote(dataset, safe='')}")
        if told:
            page.select_option("#role", told["role"])
            page.select_option("#about", told.get("about", "customer"))
            page.select_option("#scope", told.get("scope", "in"))
            for period in told.get("retention", ()):
                page.evaluate("() => document.querySelectorAll('main details').forEach("
                              "(one) => { one.open = true; })")  # fmt: skip
                page.check(f"input[name=retention][value={period}]")
        for column, words in columns.items():
            box = page.locator("fieldset.row").filter(
                has=page.locator("legend", has_text=column)).first  # fmt: skip
            box.locator("select[name^=category]").select_option(words["category"])
            box.locator("select[name^=group]").select_option(words["group"])
        press_on(page.locator("main form button.btn-lg"))
        one.waits()

    def _owes(self, told: dict[str, Any]) -> None:
        one, page = self.planner, self.planner.page
        one.go(f"{self.case}/owed/")
        page.select_option("#kind", told["kind"])
        page.fill("#field", told["field"])
        page.fill("#amount", told.get("amount", ""))
        page.select_option("#owner", told["owner"])
        self._way(page.locator("form[action$='owed/add']").last, told)
        one.waits()

    def _binds(self, fact: str, told: dict[str, Any]) -> None:
        one, page = self.planner, self.planner.page
        page.goto(f"{self.at}{self.case}/facts/")
        page.locator(f"details:has(input[value={fact}]) > summary").click()
        form = page.locator(f"form[action$='bind']:has(input[name=fact][value={fact}])")
        form.locator("input[name=field]").fill(told["field"])
        self._way(form, told)
        one.waits()

    def _way(self, form: Any, told: dict[str, Any]) -> None:
        if "values" in told:
            form.locator("input[name=way][value=words]").check()
            for value, said in told["values"].items():
                form.locator(f"input[name=value_{value}]").fill(",".join(said))
        elif "above" in told:
            form.locator("input[name=way][value=above]").check()
            for value, limit in told["above"].items():
                which = "rest" if limit == "rest" else "above"
                form.locator(f"select[name={which}]").select_option(value)
                if limit != "rest":
                    form.locator("input[name=limit]").fill(limit)
        elif "age_under" in told:
            form.locator("input[name=way][value=age]").check()
            form.locator("input[name=years]").fill(str(told["age_under"]))
        else:
            form.locator("input[name=way][value=date]").check()
        press_on(form.locator("button").last)

    # ---- words, letters, plans ------------------------------------------------------------------

    def speak(self) -> None:
        """Each person answers what they answer for, on one document a scope."""
        parts: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for one in self.words["words"]:
            parts[one["by"], one["scope"]][one["fact"]] = one["value"]
        for (who, scope), words in parts.items():
            self._says(self.people[who], scope, words)

    def _says(self, one: Someone, scope: str, words: dict[str, str]) -> None:
        page = one.page
        one.go(f"{self.case}/facts/together/")
        page.set_input_files("#evidence", str(self.paper))
        page.fill("#scope", scope)
        for fact, value in words.items():
            page.select_option(f"#f{fact}", value)
        press_on(page.locator("main form button.btn-lg"))
        one.waits()

    def tells_and_decides(self) -> None:
        """A first plan, the letters, the answers, and the plan that is signed."""
        one, page = self.planner, self.planner.page
        one.does(f"{self.case}/plan/", "do/plan")
        one.go(f"{self.case}/notices/")
        press_on(page.locator("main form[action$='do/notify'] button").first)
        one.finishes()
        one.go(f"{self.case}/dates/")
        page.fill("#on", self.words["decide_on"])
        press_on(page.locator("form[action$='dates/play'] button"))
        one.waits()
        one.go(f"{self.case}/answers/")
        page.set_input_files("#f", str(self.folder / "answers.csv"))
        press_on(page.locator("form[action$='import'] button"))
        one.finishes()
        one.does(f"{self.case}/plan/", "do/plan")
        one.go(f"{self.case}/plan/")

    def outcomes(self) -> dict[str, tuple[int, ...]]:
        """Items, records and customers by outcome, as the plan's page says."""
        self.planner.page.goto(f"{self.at}{self.case}/plan/")
        rows = self.planner.page.locator("table.totals tbody tr")
        found = {}
        for n in range(rows.count()):
            row = rows.nth(n)
            cells = row.locator("td.text-end").all_inner_texts()
            name = row.locator(".outcome").get_attribute("class").split("outcome-")[-1]
            found[name] = tuple(int(one.replace(",", "")) for one in cells)
        return found

    def sign(self) -> None:
        for one in self.approvers:

            def press(one: Someone = one) -> None:
                one.go(f"{self.case}/approvals/")
                one.page.fill("#number", _NUMBER)
                one.page.fill("#pass", KEY_WORD)
                press_on(one.page.locator("form[action$='sign'] button"))

            self.proving(one, press)
            one.waits()

    # ---- acting ---------------------------------------------------------------------------------

    def acts(self) -> None:
        """The operator carries out, gives what others must give, and goes on."""
        for _ in range(4):
            told = self._applies()
            if "SH-E-602" in told:
                self._receives()
            elif "SH-E-601" in told:
                self._says(self.approvers[0], "case", {"returned": "handed_over"})
            else:
                assert "SH-E-" not in told, told
                return
        raise AssertionError(told)

    def _applies(self) -> str:
        one = self.people["operator"]

        def press() -> None:
            one.go(f"{self.case}/execution/")
            one.page.locator("form.final input[name=number]").fill(_NUMBER)
            press_on(one.page.locator("button[value=apply]"))

        self.proving(one, press)
        return one.finishes()

    def _receives(self) -> None:
        """The buyer loads the package at their own place, with their own keys and program."""
        from shanhou.flow.receipts import receive

        one, page = self.people["buyer"], self.people["buyer"].page

        def press() -> None:
            one.go(f"{self.case}/")
            with page.expect_download() as download:
                page.locator("a[href*='evidence/package/']").first.click()
            download.value.save_as(package)

        one.go("/account/reauthenticate/")
        one.proves()
        package = self.folder / "received.age"
        press()
        buyer, keys = self.folder / "buyer.db", self.folder / "other-side"
        sqlite3.connect(buyer).close()
        receive(package, identity=(keys / "recipient.age").read_text("ascii").strip(),
                target=f"sqlite:///{buyer.resolve()}",
                private=open_person_key(keys / "recipient.key", _SECRET),
                out=self.folder / "receipts",
                at=f"{self.words['decide_on']}T08:00:00Z")  # fmt: skip
        one.go(f"{self.case}/")
        receipts = sorted((self.folder / "receipts").iterdir())
        page.set_input_files("#rf", [str(path) for path in receipts])
        press_on(page.locator("form[action$='receipt'] button"))
        one.waits()

    def certifies(self, kind: str = "certify") -> str:
        one = self.people["operator"]

        def press() -> None:
            one.go(f"{self.case}/evidence/")
            form = one.page.locator(f"form:has(button[value={kind}])")
            form.locator("input[type=password]").fill(KEY_WORD)
            if kind == "close":
                form.locator("input[name=number]").fill(_NUMBER)
            press_on(form.locator(f"button[value={kind}]"))

        self.proving(one, press)
        return one.finishes()

    def closes(self) -> None:
        """The operator reads what goes and what stays, and ends the case for good."""
        one = self.people["operator"]
        one.go(f"{self.case}/evidence/")
        box = one.page.inner_text("form.final:has(button[value=close])")
        assert "之后不能再做" in box, box
        assert "留下来的" in box, box
        told = self.certifies("close")
        assert "SH-E-" not in told, told
        one.go(f"{self.case}/evidence/")
        assert "本案已关闭" in one.page.inner_text("main")

    def still_answers(self) -> list[str]:
        """What is wrong with the screens of a closed case: an error, or work that is offered."""
        wrong = []
        for one in self.people.values():
            one.go(f"{self.case}/")
            links = one.page.locator(".nav-case a")
            for at in [links.nth(n).get_attribute("href") for n in range(links.count())]:
                answer = one.page.goto(f"{self.at}{at}")
                one.picture(f"closed {at}")
                if answer.status != 200:
                    wrong.append(f"{one.who} {at}: {answer.status}")
                wrong += [f"{one.who} {at}: {told}" for told in one.page.locator(
                    # people are signed out after a close as well
                    "main form:not([action$='people/sessions']) button.btn-danger,"
                    " main button.btn-primary:not(form[method=get] button)"
                ).all_inner_texts() if told != "追查"]  # fmt: skip
        return wrong

    def downloads_pack(self, called: str = "pack") -> Path:
        one = self.people["operator"]
        one.go(f"{self.case}/evidence/")
        with one.page.expect_download() as download:
            one.page.click("a[href$='pack.zip']")
        pack = self.folder / f"{called}.zip"
        download.value.save_as(pack)
        return pack
