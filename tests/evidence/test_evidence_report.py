"""The report is one file that tells the whole case in two languages."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from evidence_reports import FLOWS, closed_summary
from hypothesis import given
from hypothesis import strategies as st

from shanhou.evidence.report import LOOKS, report_html
from shanhou.evidence.sankey import GAP, LEAST, Flow, lay_out


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_report_needs_nothing_but_itself() -> None:
    html = report_html(closed_summary())
    page = _Page()
    page.feed(html)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for _, attributes in page.tags:
        assert not {"src", "href", "onclick", "onload", "srcset"} & set(attributes)
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html


def test_the_sums_are_shown_to_close_or_not_to() -> None:
    summary = closed_summary()
    assert summary.closes
    assert "61,240 =" in report_html(summary)
    broken = replace(summary, collected_items=61_241)
    assert not broken.closes
    html = report_html(broken)
    assert "总数不闭合" in html
    assert "61,241 ≠" in html


def test_exceptions_stand_before_everything_else() -> None:
    html = report_html(closed_summary())
    order = ["exceptions", "outcomes", "approvals", "stages", "notices",
             "quality", "certificates", "evidence"]  # fmt: skip
    places = [html.index(f'id="{name}"') for name in order]
    assert places == sorted(places)


def test_every_phrase_has_both_languages() -> None:
    html = report_html(closed_summary())
    zh = re.findall(r'<span class="zh" lang="zh-Hans">([^<]*)</span><span class="en"', html)
    assert html.count('class="zh"') == html.count('class="en"')
    assert len(zh) > 60
    assert all(zh)


def test_an_outcome_is_symbol_word_and_colour() -> None:
    html = report_html(closed_summary())
    for name in {flow.outcome for flow in FLOWS}:
        look = LOOKS[name]
        assert f"o-{name}" in html
        assert look.symbol in html
        assert look.words.zh in html
        assert look.colour in html


def test_what_a_case_is_called_cannot_become_markup() -> None:
    html = report_html(replace(closed_summary(), title="<script>alert(1)</script>"))
    assert "<script" not in html


def test_the_same_case_gives_the_same_page() -> None:
    assert report_html(closed_summary()) == report_html(closed_summary())


def test_a_real_case_says_nothing_of_a_rehearsal() -> None:
    assert "REHEARSAL" in report_html(closed_summary())
    assert "REHEARSAL" not in report_html(closed_summary(rehearsal=False))


flow_lists = st.lists(
    st.builds(
        Flow,
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(list(LOOKS)),
        st.integers(0, 1_000_000),
    ),
    max_size=12,
    unique_by=lambda flow: (flow.source, flow.outcome),
)


@given(flow_lists)
def test_a_chart_shows_every_flow_and_no_two_nodes_touch(flows: list[Flow]) -> None:
    chart = lay_out(flows, order=tuple(LOOKS), width=900, body=200)
    shown = [flow for flow in flows if flow.items]
    assert {band.flow for band in chart.bands} == set(shown)
    for column in (chart.sources, chart.outcomes):
        assert sum(node.items for node in column) == sum(flow.items for flow in shown)
        for above, below in pairwise(column):
            assert below.y - (above.y + above.height) == pytest.approx(GAP, abs=0.05)
        assert all(node.height >= LEAST for node in column)


def test_a_plan_not_carried_out_is_never_said_to_have_no_exceptions() -> None:
    done = replace(closed_summary(), not_reached=(), held=())
    assert "nothing is undecided" in report_html(done)
    page = report_html(replace(done, carried_out=False))
    assert "nothing is undecided" not in page
    assert "not carried out yet" in page


def test_quality_is_told_before_and_after_cleaning_where_it_was_measured() -> None:
    summary = closed_summary()
    assert summary.quality is not None
    page = report_html(summary)
    assert "93.4%" in page
    assert "99.8%" in page
    assert "清洗后" in page
    plain = report_html(replace(summary, quality=replace(summary.quality, steps=0)))
    assert "93.4%" in plain
    assert "清洗后" not in plain
    assert 'id="quality"' not in report_html(replace(summary, quality=None))
