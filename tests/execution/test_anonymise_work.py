"""Nothing that names a person is published as anonymous, whatever the case file lists."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench_world import bench_over

from shanhou.cases.settings import Anonymisation
from shanhou.execution.anonymise_work import Published, publish_anonymised
from shanhou.inventory.kinds import Category
from shanhou.law.rule import Outcome

# ibis 12 calls names that duckdb 1.5.5 is giving up
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:fetch_record_batch:DeprecationWarning"),
]
SAID = {"attack_test": "passed", "no_way_back": "ensured"}
PEOPLE = 60


def _publish(folder: Path, dataset: str, category: Category, where: str,
             table: str = "t1") -> Published:  # fmt: skip
    """Ages of sixty people beside a column of some category, listed as one kind or the other."""
    quasi = {"age": "number"} | ({"other": "nominal"} if where == "quasi" else {})
    how = Anonymisation.model_validate(
        {"quasi": quasi, "sensitive": ["other"] if where == "sensitive" else []}
    )
    rows = [(n, (str(20 + n % 3), f"值{n % 2}")) for n in range(PEOPLE)]
    fields = {"age": Category.AGE, "other": category}
    with bench_over(dataset, fields, rows, Outcome.ANONYMISE, table=table) as (bench, asset):
        return publish_anonymised(bench, asset, how, SAID, folder)


@pytest.mark.parametrize("where", ["quasi", "sensitive"])
@pytest.mark.parametrize(
    ("category", "reason"),
    [
        (Category.PERSON_NAME, "direct_identifiers_gone"),
        (Category.PHONE, "direct_identifiers_gone"),
        (Category.SUBJECT_KEY, "direct_identifiers_gone"),
        (Category.FREE_TEXT, "free_text_and_images_dropped"),
        (Category.IMAGE, "free_text_and_images_dropped"),
    ],
)
def test_what_names_a_person_is_never_published(
    tmp_path: Path, where: str, category: Category, reason: str
) -> None:
    done = _publish(tmp_path, "shop.customers", category, where)
    assert (done.verdict, done.reasons) == ("DEIDENTIFIED", (reason,))
    assert list(tmp_path.iterdir()) == []


def test_a_birth_date_comes_out_generalised_only(tmp_path: Path) -> None:
    assert _publish(tmp_path, "shop.a", Category.BIRTH_DATE, "sensitive").verdict == "DEIDENTIFIED"
    assert _publish(tmp_path, "shop.a", Category.HEALTH, "sensitive").verdict == "ANONYMISED"


def test_datasets_of_one_name_get_files_of_their_own(tmp_path: Path) -> None:
    for name, table in (("east/list.csv", "t1"), ("west/list.csv", "t2")):
        done = _publish(tmp_path, name, Category.NONE, "sensitive", table)
        assert done.verdict == "ANONYMISED"
    assert len(list(tmp_path.iterdir())) == 2
