"""Files that are not what their name says, or not whole: read where their content is a table, else refused with what to do."""

import io
import random
import subprocess
import zipfile
from datetime import date

import pytest

from tests.conftest import SOFFICE
from tests.imports.files import HEADINGS, as_it_is, csv, id_number, repacked, sheet
from training.imports.cells import MAX_BYTES
from training.imports.marked import mark_errors
from training.imports.refusals import (
    EncodingUnknown,
    FileCorrupt,
    FileEmpty,
    FilePasswordProtected,
    FileRefused,
    FileTooLarge,
    FileUnsafe,
    NotASpreadsheet,
    OtherFormat,
    QuoteUnclosed,
    TooManyCells,
    WebPageAsSpreadsheet,
)
from training.imports.roster import read_roster

TODAY = date(2026, 11, 23)
ROWS = (HEADINGS, ("张三", id_number(1), "区司法局"), ('"李\n四"', id_number(2), '"区司法局，\n主楼"'))
GOOD = sheet(HEADINGS, ("张三", id_number(1), "区司法局"), ("李四", id_number(2), "区司法局"))


def names(content, name="花名册.xls"):
    return [row.name for row in read_roster(content, name, today=TODAY).rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_is_read_in_every_encoding_and_with_every_delimiter(encoding, delimiter, end):
    assert names(csv(*ROWS, encoding=encoding, delimiter=delimiter, end=end)) == ["张三", "李四"]


def test_text_may_state_its_delimiter_and_stand_below_title_lines():
    assert names(b"sep=;\n" + csv(*ROWS, encoding="utf-8", delimiter=";")) == ["张三", "李四"]
    assert names(csv(("2026年花名册", "", ""), ("填报单位：区司法局", "", ""), *ROWS)) == ["张三", "李四"]


def test_a_quotation_mark_never_closed_swallows_nobody():
    with pytest.raises(QuoteUnclosed) as refused:
        names(csv(HEADINGS, ("张三", id_number(1), "x"), ('"李四', id_number(2), "x"), ("王五", id_number(3), "x")))

    assert refused.value.facts == {"row": 3}


def with_macros(name: str, data: bytes) -> bytes:
    return data.replace(b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml")


@pytest.mark.parametrize(
    "content",
    [
        repacked(GOOD, with_macros, ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" * 100)),
        repacked(GOOD, as_it_is, ("xl/externalLinks/externalLink1.xml", b"<externalLink/>")),
        repacked(GOOD, as_it_is, ("../../outside.xml", b"<x/>")),
    ],
    ids=["macros", "links to other workbooks", "a part that points outside"],
)
def test_what_surrounds_the_values_is_left_alone(content):
    assert names(content) == ["张三", "李四"]


def half(part: str):
    return lambda name, data: data[: len(data) // 2] if name.endswith(part) else data


def without(part: str):
    return lambda name, data: None if name.endswith(part) else data


def declared(name: str, data: bytes) -> bytes:
    return data.replace(b"<worksheet", b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet", 1)


def a_zip(*parts: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, data in parts:
            package.writestr(name, data)
    return target.getvalue()


XML_2003 = b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", FileEmpty),
        (b" \n\n", FileEmpty),
        (GOOD[: len(GOOD) // 2], FileCorrupt),
        (GOOD[:-30], FileCorrupt),
        (b"PK\x03\x04 and nothing more", FileCorrupt),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and nothing more", FileCorrupt),
        (repacked(GOOD, half("sheet1.xml")), FileCorrupt),
        (repacked(GOOD, half("workbook.xml")), FileCorrupt),
        (repacked(GOOD, without("sheet1.xml")), FileCorrupt),
        (repacked(GOOD, without("workbook.xml.rels")), FileCorrupt),
        (repacked(GOOD, declared), FileUnsafe),
        (repacked(GOOD, as_it_is, ("xl/big.xml", b" " * 60 * 1024 * 1024)), FileUnsafe),
        (b"PK" + b"x" * MAX_BYTES, FileTooLarge),
        (sheet((*HEADINGS, *[None] * 800, "x"), ("张三", id_number(1), "区司法局")), TooManyCells),
        (a_zip(("a.txt", b"x")), NotASpreadsheet),
        (a_zip(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", b"<x/>")), OtherFormat),
        (XML_2003, OtherFormat),
        (b"<html><table><tr><td>x</td></tr></table></html>", WebPageAsSpreadsheet),
        (b"\xef\xbb\xbf\r\n<meta charset=gb2312><table></table>", WebPageAsSpreadsheet),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n", WebPageAsSpreadsheet),
        (b"%PDF-1.7", NotASpreadsheet),
        (b"\x89PNG\r\n\x1a\n", NotASpreadsheet),
        ("姓名,身份证号".encode() + b"\xff\xff", EncodingUnknown),
    ],
)
def test_what_is_no_whole_spreadsheet_is_refused_with_what_to_do(content, refusal):
    with pytest.raises(refusal) as raised:
        names(content)

    assert str(raised.value)


def compound(stream: str) -> bytes:
    """The old container with one stream of that name and nothing in it."""
    end, free = (0xFFFFFFFE).to_bytes(4, "little"), b"\xff" * 4

    def entry(name: str, kind: int) -> bytes:
        text = name.encode("utf-16-le")
        head = text.ljust(64, b"\0") + (len(text) + 2).to_bytes(2, "little") + bytes([kind, 1])
        return head.ljust(116, b"\0") + end + bytes(8)

    counts = bytes(4) + (1).to_bytes(4, "little") + (1).to_bytes(4, "little") + bytes(4) + (4096).to_bytes(4, "little")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\0\x03\0\xfe\xff\x09\0\x06\0" + bytes(6)
    head += counts + end + bytes(4) + end + bytes(4) + bytes(4) + free * 108
    table = b"\xfd\xff\xff\xff" + end + free * 126
    return head + table + (entry("Root Entry", 5) + entry(stream, 2)).ljust(512, b"\0")


def test_a_workbook_locked_with_a_password_asks_for_the_password_to_be_removed():
    with pytest.raises(FilePasswordProtected):
        names(compound("EncryptedPackage"))


def test_a_file_with_bytes_changed_at_random_is_read_or_refused_and_its_copy_marked():
    chance, refused = random.Random(1), 0
    for source in [GOOD, csv(*ROWS, encoding="gb18030")] * 100:
        content = bytearray(source)
        for _ in range(chance.randint(1, 20)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            reading = read_roster(bytes(content), "a.xls", today=TODAY)
            mark_errors(bytes(content), "a.xls", reading.problems, reading.understanding)
        except FileRefused as error:
            assert str(error)
            refused += 1
    assert 0 < refused < 200


@pytest.mark.office
def test_an_old_workbook_is_read_by_its_content_whatever_its_name(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(GOOD)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [SOFFICE, "--headless", profile, "--convert-to", "xls", "--outdir", str(tmp_path), str(tmp_path / "a.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    content = (tmp_path / "a.xls").read_bytes()

    assert content.startswith(b"\xd0\xcf\x11\xe0")
    assert names(content, "其实是旧版.xlsx") == ["张三", "李四"]
