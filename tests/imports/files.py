"""Files as nasty as offices send them, made by code: invented people under area codes that do not exist."""

import io
import zipfile
from collections.abc import Callable

from openpyxl import Workbook

from training.identity import check_character

HEADINGS = ("姓名", "身份证号", "单位")


def id_number(serial: int, *, born: str = "19850301") -> str:
    """Odd serials are men's."""
    body = f"990101{born}{serial:03d}"
    return body + check_character(body)


def workbook(**sheets) -> Workbook:
    """One sheet per keyword, each a list of rows."""
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    return made


def saved(made: Workbook) -> bytes:
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def sheet(*rows, title: str = "花名册") -> bytes:
    return saved(workbook(**{title: rows}))


def csv(*rows, encoding: str = "utf-8-sig", delimiter: str = ",", end: str = "\n") -> bytes:
    return end.join(delimiter.join(row) for row in rows).encode(encoding)


def repacked(content: bytes, change: Callable[[str, bytes], bytes | None], *added: tuple[str, bytes]) -> bytes:
    """The package again, each part as `change` leaves it (None: left out), with parts added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            if (data := change(name, source.read(name))) is not None:
                package.writestr(name, data)
        for name, data in added:
            package.writestr(name, data)
    return target.getvalue()


def as_it_is(name: str, data: bytes) -> bytes:
    return data
