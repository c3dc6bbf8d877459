"""The short texts beside the letter: for a phone's screen, for a caller, for everybody.

None of them holds a link, and all name the number that customers have always called.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from typing import Any

from shanhou.errors import Language
from shanhou.notices.letter import Occasion, Template, said_alike

_MARK = "\x02"


@dataclass(frozen=True)
class Short:
    """The text for a phone's screen, with gaps for what is one customer's own."""

    parts: tuple[str, ...]

    def fill(self, code: str, deadline: str = "") -> str:
        filled = list(self.parts)
        filled[1::2] = [{"code": code, "deadline": deadline}[gap] for gap in filled[1::2]]
        return "".join(filled)


@dataclass(frozen=True)
class Texts:
    """Renders the short texts of one occasion in one language."""

    template: Template
    language: Language
    occasion: Occasion
    sealed: bool
    """Whether anything is sealed: then the custodian is named."""

    def short(self, sign: str, *, reminder: bool = False) -> Short:
        """`sign`: who it is from, as the operators registered it."""
        text = self._rendered("sms", "txt", sign=sign, reminder=reminder,
                              code=f"{_MARK}code{_MARK}",
                              deadline=f"{_MARK}deadline{_MARK}")  # fmt: skip
        return Short(tuple("".join(text.splitlines()).strip().split(_MARK)))

    def script(self) -> str:
        """What a caller says, and a second one hears."""
        return self._rendered("script", "txt")

    def announcement(self) -> str:
        """What everybody may read: it names no customer (PIPL 25)."""
        return self._rendered("announcement", "html")

    def _rendered(self, name: str, form: str, **own: Any) -> str:
        import jinja2

        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("shanhou.notices", "letters"),
            autoescape=form == "html",  # noqa: S701 - the others are read as plain text
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        source = environment.get_template(f"{name}.{self.language}.{form}.j2")
        said = {**said_alike(self.occasion, self.language), "template": self.template.value,
                "sealed": self.sealed, **own}  # fmt: skip
        return source.render(said)


def words_digest() -> str:
    """The digest of all words that letters and short texts are made of: who approves, signs it."""
    digest = sha256()
    folder = resources.files("shanhou.notices")
    texts = [one for one in folder.joinpath("letters").iterdir() if one.name.endswith(".j2")]
    for one in sorted([*texts, folder.joinpath("words.yaml")], key=lambda one: one.name):
        digest.update(one.name.encode() + b"\0" + one.read_bytes() + b"\0")
    return digest.hexdigest()
