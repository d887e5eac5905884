"""A package is taken in whole or refused whole, with the reason; nothing of it reaches outside its folder."""

import io
import os
import stat
import zipfile
import zlib
from pathlib import Path

import pytest
from django.conf import settings

from courses.models import ScormPackage, ScormUnit
from courses.scorm import package as packages
from courses.scorm.errors import ManifestUnreadable, PackageRefused, SequencingUnsupported
from tests.courses.packages import PAGE, item, package, resource, several, single, zipped
from tests.courses.packages import manifest as written
from tests.factories import at, make_district, make_person

pytestmark = pytest.mark.django_db
NOW = at("2026-11-25 09:00")


def take(content: bytes, name: str = "课件.zip") -> ScormPackage:
    return packages.receive(file=io.BytesIO(content), name=name, by=None, now=NOW)


def kept() -> list[str]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def refusal(content: bytes, kind=PackageRefused) -> str:
    """The sentence; and nothing is left behind."""
    with pytest.raises(kind) as refused:
        take(content)
    assert (ScormPackage.objects.count(), kept()) == (0, [])
    folder = Path(settings.MEDIA_ROOT) / "scorm"
    assert not folder.exists() or list(folder.iterdir()) == []
    return str(refused.value)


def entry(name: str, content: str = "x", *, mode: int = 0, flags: int = 0) -> bytes:
    """A package with one more entry, as only a hand-made zip has it."""
    held = io.BytesIO(package())
    with zipfile.ZipFile(held, "a") as archive:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        info.external_attr = mode << 16
        archive.writestr(info, content)
    data = held.getvalue()
    if flags:
        at_entry = data.rindex(b"PK\x01\x02")
        data = data[: at_entry + 8] + bytes([data[at_entry + 8] | flags]) + data[at_entry + 9 :]
    return data


def test_a_package_is_unpacked_and_its_parts_are_listed():
    uploader = make_person(unit=make_district())
    content = zipped(
        {
            "imsmanifest.xml": several(
                2, inside=("<adlcp:masteryscore>80</adlcp:masteryscore>", "<adlcp:prerequisites>I1</adlcp:prerequisites>")
            ),
            "part1.html": PAGE,
            "part2.html": PAGE,
            "media/图.svg": "<svg/>",
        }
    )

    kept_package = packages.receive(file=io.BytesIO(content), name="C:\\课件\\处罚.zip", by=uploader, now=NOW)

    assert (kept_package.name, kept_package.title, kept_package.standard, kept_package.files) == (
        "处罚.zip",
        "行政处罚程序",
        "1.2",
        4,
    )
    assert kept_package.facts["sco"] == 2
    assert list(kept_package.units.values_list("position", "title", "path", "mastery_score", "prerequisites", "reports")) == [
        (1, "第 1 讲", "part1.html", 8000, "", True),
        (2, "第 2 讲", "part2.html", None, "I1", True),
    ]
    folder = packages.folder_of(kept_package.sha256)
    assert (folder / "part1.html").read_text() == PAGE
    assert (folder / "media" / "图.svg").read_text() == "<svg/>"


def test_the_same_zip_again_is_the_same_package():
    first = take(package())

    assert take(package(), name="again.zip") == first
    assert ScormPackage.objects.count() == 1


def test_a_folder_zipped_whole_is_taken_from_its_manifest():
    content = zipped(
        {"课件/imsmanifest.xml": single(), "课件/index.html": PAGE, "__MACOSX/课件/._index.html": "x", ".DS_Store": "x"}
    )

    kept_package = take(content)

    assert kept_package.units.get().path == "index.html"
    assert kept_package.notes == [["folder", "课件"]]


def test_names_in_gbk_without_a_mark_are_read_as_chinese():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("imsmanifest.xml", single(href="第一课.html"))
        archive.writestr("QQQQQQ.html", PAGE)
    content = held.getvalue().replace(b"QQQQQQ", "第一课".encode("gbk"))

    assert take(content).units.get().path == "第一课.html"


@pytest.mark.parametrize(
    ("href", "name"),
    [
        ("Index.HTML", "index.html"),
        ("a%20b/index.html", "a b/index.html"),
        ("./index.html", "index.html"),
        ("index.html?lang=zh", "index.html"),
        ("a\\index.html", "a/index.html"),
    ],
)
def test_the_launch_file_is_found_as_authoring_tools_name_it(href, name):
    assert take(zipped({"imsmanifest.xml": single(href=href), name: PAGE})).units.get().path == name


def test_what_only_a_server_would_run_is_left_out_and_named():
    kept_package = take(zipped({"imsmanifest.xml": single(), "index.html": PAGE, "api/save.php": "<?php", "tool.exe": "MZ"}))

    assert kept_package.notes == [["left_out", "api/save.php"], ["left_out", "tool.exe"]]
    assert kept() == [f"scorm/{kept_package.sha256}/imsmanifest.xml", f"scorm/{kept_package.sha256}/index.html"]


@pytest.mark.parametrize("name", ["../outside.html", "/etc/passwd", "a/../../outside", "C:\\windows\\x", "..\\outside", "a\x01b"])
def test_a_name_that_leads_outside_is_refused(name):
    assert "路径越界" in refusal(entry(name))


def test_links_and_devices_are_refused():
    assert "链接" in refusal(entry("link", "/etc/passwd", mode=stat.S_IFLNK | 0o777))
    assert "链接" in refusal(entry("pipe", "", mode=stat.S_IFIFO | 0o777))


def test_a_password_is_refused():
    assert "密码" in refusal(entry("secret.html", flags=1))


def test_what_would_take_10_gb_unpacked_is_refused_before_it_is_unpacked():
    data = bytearray(zipped({"imsmanifest.xml": single(), "index.html": PAGE, "big.bin": b"0" * 1000}))
    at_entry = data.rindex(b"PK\x01\x02")
    for index in range(3):  # three entries that say 3.5 GB each
        at_entry = data.index(b"PK\x01\x02") if index == 0 else data.index(b"PK\x01\x02", at_entry + 4)
        data[at_entry + 24 : at_entry + 28] = (3_584 * 1024 * 1024).to_bytes(4, "little")

    assert "10752 MB" in refusal(bytes(data))


def test_a_bomb_that_tells_the_truth_is_refused_by_how_much_it_shrinks():
    bomb = zipped({"imsmanifest.xml": single(), "index.html": PAGE, "zeros.bin": bytes(60 * 1024 * 1024)})

    assert len(bomb) < 100_000
    assert "60 MB" in refusal(bomb)


def test_an_entry_that_lies_about_its_size_leaves_nothing_behind(monkeypatch):
    monkeypatch.setattr(packages, "MAX_UNPACKED", 2000)
    data = bytearray(
        zipped({"imsmanifest.xml": single(), "index.html": PAGE, "big.bin": bytes(100_000)}, compression=zipfile.ZIP_STORED)
    )
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")

    assert refusal(bytes(data))


def test_too_many_files_are_refused(monkeypatch):
    monkeypatch.setattr(packages, "MAX_FILES", 5)

    assert "7" in refusal(package(index__html=PAGE, **{f"f{n}__html": PAGE for n in range(5)}))


def test_a_package_larger_than_the_limit_is_refused(settings):
    settings.PACKAGE_LIMIT = 1024 * 1024

    assert "1 MB" in refusal(
        zipped({"imsmanifest.xml": single(), "index.html": PAGE, "a.bin": bytes(2_000_000)}, compression=zipfile.ZIP_STORED)
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "为空"),
        (b"%PDF-1.7", "不是 zip"),
        (b"PK\x03\x04" + b"\x00" * 200, "损坏"),
        (package()[:-30], "损坏"),
        (zipped({"index.html": PAGE}), "imsmanifest.xml"),
        (zipped({"course.crs": "x", "course.au": "x"}), "AICC"),
        (zipped({"tincan.xml": "<tincan/>"}), "xAPI"),
        (zipped({"a/imsmanifest.xml": single(), "a/index.html": PAGE, "b/other.html": PAGE}), "a"),
        (zipped({"imsmanifest.xml": single()}), "index.html"),
        (zipped({"imsmanifest.xml": single(href="start.php"), "start.php": "<?php"}), "start.php"),
        (zipped({"imsmanifest.xml": single(href="../start.html"), "start.html": PAGE}), "../start.html"),
        (package(single(inside="<adlcp:prerequisites>I7</adlcp:prerequisites>")), "I7"),
        (package(single(inside="<adlcp:prerequisites>(I1</adlcp:prerequisites>")), "(I1"),
        (zipped({"imsmanifest.xml": single(), "index.html": PAGE, "index.html/x": "x"}), "损坏"),
    ],
)
def test_a_package_that_cannot_be_used_is_refused_with_the_reason(content, sentence):
    assert sentence in refusal(content)


def test_a_corrupt_entry_is_noticed_by_its_checksum():
    data = package(index__html=PAGE * 50)
    place = data.index(zlib.compress((PAGE * 50).encode(), 6, -15)[:10]) + 12

    assert "损坏" in refusal(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])


def test_a_broken_manifest_and_sequencing_are_refused_whole():
    assert refusal(package("<manifest"), ManifestUnreadable)
    rules = "<imsss:sequencing><imsss:sequencingRules><imsss:preConditionRule><imsss:ruleAction action='skip'/></imsss:preConditionRule></imsss:sequencingRules></imsss:sequencing>"
    assert "preConditionRule skip" in refusal(package(single(standard="2004", sequencing=rules)), SequencingUnsupported)


def test_other_organisations_are_named_as_not_shown():
    extra = '<organization identifier="O2"><title>另一版</title><item identifier="X"><title>X</title></item></organization>'

    assert take(package(single(extra=extra))).notes == [["not_shown", "另一版"]]


def test_parts_know_the_headings_above_them():
    text = written(
        item("A", "总则", inside=item("A1", "原则", resource="R1")),
        resources=(resource("R1", "index.html", kind="asset"),),
    )

    take(package(text))

    assert list(ScormUnit.objects.values_list("headings", "reports")) == [([["A", "总则"]], False)]


def test_what_a_killed_process_left_is_swept_away_after_a_day():
    place = Path(settings.MEDIA_ROOT) / "scorm"
    old, new = place / ".receiving-old", place / ".receiving-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "x").write_text("x")
    os.utime(old, (0, 0))

    take(package())

    assert (old.exists(), new.exists()) == (False, True)
