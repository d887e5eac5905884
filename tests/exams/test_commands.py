"""The bank from the command line: exit status, the one JSON object, nothing half done."""

import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from exams import fixtures
from exams.models import Item, ItemAlert, ItemState
from laws.models import LawVersion, LegalDocument
from tests.conftest import SHARED
from tests.exams.bank import NOW, distinct, make_item, make_law
from tests.factories import make_person
from training.models import AuditEvent

pytestmark = pytest.mark.django_db
GOOD = """1. 行政机关作出罚款决定前，应当告知当事人什么？
A. 陈述申辩权
B. 选举权
答案：A

2. 行政处罚的种类包括通报批评。
答案：正确
"""
BAD = GOOD + "\n3. 下列属于处罚的是\nA. 警告\nB. 查封\n答案：E\n"


def run(*arguments, **options):
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    def write(text, name="题.txt"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def counts(outcome):
    return [outcome[name] for name in ("created", "changed", "unchanged", "requested", "refused")]


def test_questions_are_imported_once(file):
    path = file(GOOD)
    assert counts(json.loads(run("import_items", path, "--dry-run"))) == [2, 0, 0, 0, 0]
    assert Item.objects.count() == 0
    assert counts(json.loads(run("import_items", path))) == [2, 0, 0, 0, 0]
    assert counts(json.loads(run("import_items", path))) == [0, 0, 2, 0, 0]
    assert list(Item.objects.values_list("state", "classification").distinct()) == [("draft", "exam")]
    assert AuditEvent.objects.filter(act="import_items").count() == 2


def test_one_refusal_stops_all_unless_partial(file, capsys):
    path = file(BAD)
    with pytest.raises(CommandError) as stopped:
        call_command("import_items", str(path))
    assert stopped.value.returncode == 1
    outcome = json.loads(capsys.readouterr().out)
    assert counts(outcome) == [0, 0, 0, 0, 1]
    assert [(e["row"], e["code"]) for e in outcome["errors"]] == [(3, "key_beyond_options")]
    assert set(outcome["errors"][0]) == {"sheet", "row", "column", "value", "code", "reason"}
    assert Item.objects.count() == 0
    assert counts(json.loads(run("import_items", path, "--partial"))) == [2, 0, 0, 0, 1]
    assert Item.objects.count() == 2


def test_what_is_no_file_of_questions_is_refused(file, tmp_path):
    for path in (file("%PDF-1.4", "a.pdf"), tmp_path / "none.xlsx"):
        with pytest.raises(CommandError) as stopped:
            run("import_items", path)
        assert stopped.value.returncode == 1


def test_laws_are_imported_file_by_file(file):
    good = file("# 中华人民共和国试验法\n\n2020年1月1日通过\n\n第一条 甲。\n\n第二条 乙。\n", "试验法(2020-01-01).md")
    bad = file("", "空.md")
    out = io.StringIO()
    with pytest.raises(CommandError) as stopped:
        call_command("import_law", str(good), str(bad), stdout=out)
    assert stopped.value.returncode == 1
    assert json.loads(out.getvalue()) == {"law": "试验法", "version": "2020-01-01", "articles": 2}
    assert LegalDocument.objects.of_the_library().count() == 1


@pytest.mark.parametrize("format", ["xlsx", "docx", "csv", "json"])
def test_the_shipped_bank_goes_out_and_comes_back_as_it_was(format, tmp_path):
    fixtures.load(now=NOW)
    path = tmp_path / f"bank.{format}"
    run("export_items", path, "--format", format)
    outcome = json.loads(run("import_items", path, "--format", format, "--dry-run"))
    assert counts(outcome) == [0, 0, 481, 0, 0]
    event = AuditEvent.objects.get(act="export_items")
    assert (event.facts["rows"], event.facts["format"]) == (481, format)
    assert len(event.facts["codes"].split()) == Item.objects.filter(classification="exam").count()


@pytest.mark.parametrize("format", ["gift", "moodlexml"])
def test_all_of_the_shipped_bank_that_a_format_holds_comes_back_as_it_was(format, tmp_path):
    """Neither has cases, GIFT no question with several blanks."""
    fixtures.load(now=NOW)
    kinds = Counter(Item.objects.values_list("current__kind", flat=True))
    bodies = Item.objects.filter(current__kind="fill_blank").values_list("current__body", flat=True)
    blanks = [len(body["blanks"]) for body in bodies]
    unheld = kinds["case_analysis"] + (sum(count > 1 for count in blanks) if format == "gift" else 0)
    path = tmp_path / "bank.txt"

    run("export_items", path, "--format", format)
    outcome = json.loads(run("import_items", path, "--dry-run"))

    assert counts(outcome) == [0, 0, 481 - unheld, 0, 0]
    assert (outcome["errors"], outcome["warnings"]) == ([], [])


def test_the_shipped_bank_waits_for_review_and_loads_once():
    fixtures.load(now=NOW)
    assert Item.objects.filter(state=ItemState.REVIEW, source="shipped").count() == 481
    assert LegalDocument.objects.of_the_library().count() >= 40
    assert LegalDocument.objects.get(title="信访工作条例").kind == "party_regulation"
    assert ItemAlert.objects.count() == 0
    one = Item.objects.get(code="xzcf-001")
    Item.objects.filter(pk=one.pk).update(state=ItemState.RETIRED)
    fixtures.load(now=NOW)
    one.refresh_from_db()
    assert (one.state, Item.objects.count()) == ("retired", 481)


def test_the_bureau_approves_the_shipped_bank():
    fixtures.load(now=NOW)
    fixtures.approve_shipped(by=make_person(), now=NOW)
    assert Item.objects.drawable(NOW).count() == 481


@pytest.mark.data
def test_every_citation_of_the_shipped_bank_is_decided_by_the_article():
    script = Path(__file__).resolve().parents[2] / "bin" / "check_items.py"
    done = subprocess.run([sys.executable, script, SHARED / "laws"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "481 questions, 0 problems\n", "")


@pytest.mark.data
def test_the_texts_of_the_library_disturb_no_shipped_question():
    fixtures.load(now=NOW)
    folder = SHARED / "laws" / "lawrefbook"
    said = [json.loads(line) for line in run("import_law", *sorted(folder.rglob("*.md"))).splitlines()]
    assert len(said) == 79
    assert LawVersion.objects.filter(has_text=True).count() == 79
    assert ItemAlert.objects.count() == 0


def test_items_of_the_command_line_have_no_author():
    make_law()
    assert make_item(None, content=distinct(1)).author is None
