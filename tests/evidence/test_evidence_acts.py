"""An entry of the log: which acts there are, for everybody who checks one."""

from __future__ import annotations

import re

from shanhou.evidence.entry import Act


def test_every_verifier_knows_the_same_acts() -> None:
    """The program, the shell script and the page: an act that one does not know fails there."""
    from importlib import resources

    folder = resources.files("shanhou.evidence")
    shell = folder.joinpath("verify.sh").read_text(encoding="utf8")
    page = folder.joinpath("page", "entry.js").read_text(encoding="utf8")
    acts = {one.value for one in Act}
    (listed,) = re.findall(r'"act":"\(([a-z|]+)\)"', shell)
    assert set(listed.split("|")) == acts
    (named,) = re.findall(r"const ACTS = \[(.*?)\];", page, re.DOTALL)
    assert set(re.findall(r'"([a-z]+)"', named)) == acts
