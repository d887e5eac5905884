"""People whom a roster does not name: still here, left, seconded, or it was the wrong file."""

from datetime import date

import pytest
from django.urls import reverse

from tests.factories import at, make_person
from tests.imports.test_import_pages import act, officer, shown, upload
from tests.imports.test_roster_import import number, roster
from training import import_runs, missing, people
from training.errors import BadInput, NotAllowed, WrongState
from training.models import AuditEvent, ImportRun, Person, Posting

pytestmark = pytest.mark.django_db
NOW = at("2026-11-23 10:00")
OTHERS = roster(f"孙三,{number(3)},执法,队员")


def names_missing(run):
    return [person.name for person in import_runs.still_missing(run, Person.objects.all())]


def postings(person):
    rows = Posting.objects.filter(person=person, superseded_at=None)
    return [(row.started_on, row.ended_on, row.end_reason, row.seconded_on, row.seconded_to) for row in rows]


BEGAN = date(2024, 1, 1)
SERVING = (BEGAN, None, "", None, "")


@pytest.mark.parametrize(
    ("resolution", "stands"),
    [
        ("here", SERVING),
        ("left", (BEGAN, date(2026, 9, 30), "left", None, "")),
        ("seconded", (BEGAN, None, "", date(2026, 9, 30), "市司法局")),
    ],
)
def test_what_is_said_is_recorded_with_its_day_and_asked_no_more(resolution, stands, town, hr, client):
    gone, here = officer(town, 1, "赵一"), officer(town, 2, "钱二")
    run = upload(client, "roster", OTHERS)
    act(client, run, "apply")
    assert set(names_missing(run)) == {"人事", "赵一", "钱二"}

    act(client, run, "missing", line=[gone.pk], resolution=resolution, on="2026-09-30", seconded_to="市司法局")

    assert (postings(gone), postings(here)) == ([stands], [SERVING])
    assert set(names_missing(run)) == {"人事", "钱二"}
    assert "对未在表中人员已作处理" in shown(client, run)
    event = AuditEvent.objects.filter(act="resolve_missing").get()
    assert event.facts["resolution"] == resolution


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"resolution": "left", "on": None}, BadInput),
        ({"resolution": "seconded", "on": None}, BadInput),
        ({"resolution": "left", "on": date(2026, 11, 24)}, BadInput),
        ({"resolution": "left", "on": date(2023, 12, 31)}, BadInput),
        ({"resolution": "wrong_file", "on": None}, BadInput),
    ],
    ids=["no day", "no day of the secondment", "a day to come", "before the beginning", "not about people"],
)
def test_what_cannot_be_is_refused_and_nothing_changes(said, error, town):
    gone = officer(town, 1, "赵一")

    with pytest.raises(error):
        missing.resolve(people=[gone], by=None, now=NOW, **said)

    assert postings(gone) == [SERVING]


def test_nobody_speaks_of_the_people_of_another_unit(town, hr):
    stranger = make_person(unit=town.parent)

    with pytest.raises(NotAllowed):
        missing.resolve(people=[stranger], resolution="left", on=date(2026, 9, 30), by=hr, now=NOW)


def test_somebody_seconded_is_shown_apart_counts_as_before_and_is_not_missed_again(town, hr, client):
    gone = officer(town, 1, "赵一")
    officer(town, 2, "钱二")
    run = upload(client, "roster", OTHERS)
    act(client, run, "missing", line=[gone.pk], resolution="seconded", on="2026-09-30", seconded_to="市司法局")

    page = client.get(reverse("training:person", args=[gone.pk])).content.decode()
    listed = client.get(reverse("training:people"), {"unit": "T", "status": "seconded"}).content.decode()
    everybody = client.get(reverse("training:people"), {"unit": "T"}).content.decode()
    again = upload(client, "roster", OTHERS)

    assert "借调至 市司法局" in page
    assert ("赵一" in listed, "钱二" in listed, "赵一" in everybody) == (True, False, True)
    assert Person.objects.get(name="赵一").pk not in again.preview["missing"]

    client.post(reverse("training:recall", args=[gone.pk]))
    assert postings(gone) == [SERVING]
    assert client.post(reverse("training:recall", args=[gone.pk])).status_code == 409


def test_only_whoever_imports_for_the_unit_recalls(town, hr):
    gone = officer(town, 1, "赵一")
    missing.resolve(people=[gone], resolution="seconded", on=date(2026, 9, 30), by=hr, now=NOW)

    with pytest.raises(NotAllowed):
        people.recall(person=gone, by=gone, now=at("2026-11-24"))


def test_the_wrong_file_is_named_before_the_whole_import_is_taken_back(town, hr, client):
    gone = officer(town, 1, "赵一")
    run = upload(client, "roster", OTHERS, name="别处的花名册.csv")
    act(client, run, "apply")
    act(client, run, "missing", line=[gone.pk], resolution="left", on="2026-09-30")

    answer = act(client, run, "missing", resolution="wrong_file")

    page = client.get(answer["Location"]).content.decode()
    assert "确认“别处的花名册.csv”是错误的文件？" in page
    assert run.state == "applied"
    assert Posting.objects.current().filter(person__name="孙三").exists()

    act(client, run, "undo")

    assert run.state == "undone"
    assert postings(gone) == [SERVING]
    assert not Posting.objects.current().filter(person__name="孙三").exists()


def test_a_file_not_taken_over_is_discarded_with_what_was_said(town, hr, client):
    gone = officer(town, 1, "赵一")
    run = upload(client, "roster", OTHERS)
    act(client, run, "missing", line=[gone.pk], resolution="seconded", on="2026-09-30")

    page = client.get(act(client, run, "missing", resolution="wrong_file")["Location"]).content.decode()
    act(client, run, "discard")

    assert "其内容不会导入" in page
    assert (run.state, postings(gone)) == ("discarded", [SERVING])
    with pytest.raises(WrongState):
        import_runs.resolve_missing(run=run, people=[gone], resolution="here", on=None, by=hr, now=NOW)


def test_what_was_said_stands_when_the_person_was_posted_anew_since(town, hr, client):
    gone = officer(town, 1, "赵一")
    run = upload(client, "roster", OTHERS)
    act(client, run, "missing", line=[gone.pk], resolution="seconded", on="2026-09-30")
    people.recall(person=gone, by=hr, now=at("2026-12-01"))

    assert act(client, run, "discard").status_code == 409
    assert ImportRun.objects.get().state == "previewed"


def test_a_choice_of_nobody_is_refused(town, hr, client):
    officer(town, 1, "赵一")
    run = upload(client, "roster", OTHERS)

    assert act(client, run, "missing", resolution="left", on="2026-09-30").status_code == 422
