"""A workbook of 20,000 people with queries, against bare xlsxwriter writing the same cells with the same formats."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import district

district.prepare()

import openpyxl  # noqa: E402
import xlsxwriter  # noqa: E402

from reports.figures import digest_of, report_data  # noqa: E402
from reports.workbooks import workbook  # noqa: E402
from training.models import Unit  # noqa: E402
from training.periods import Period  # noqa: E402


def resident(name: str) -> int:
    """kB of this process as Linux tells it: `VmRSS` now, `VmHWM` at its highest."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def fill() -> None:
    """In a process of its own: what filling used would hide what the workbook needs."""
    code = "import district; district.prepare(); district.fill()"
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, check=True)


def cells_of(file) -> list:
    """Every cell as (row, column, value, style number), sheet by sheet."""
    book = openpyxl.load_workbook(file)
    return [
        [
            (c.row - 1, c.column - 1, c.value, c.style_id)
            for row in sheet.iter_rows()
            for c in row
            if c.has_style or c.value is not None
        ]
        for sheet in book.worksheets
    ]


FORMATS = ("General", "@", "0", "0.00", "0.0%", "yyyy-mm-dd")


def bare(sheets) -> float:
    """Seconds for the same cells, as many formats, in the same mode."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False})
        line = {"border": 1, "font_name": "宋体", "font_size": 10, "valign": "vcenter"}
        formats = [book.add_format(line | {"num_format": FORMATS[i % len(FORMATS)]}) for i in range(20)]
        for cells in sheets:
            sheet = book.add_worksheet()
            string, number, formula, blank = sheet.write_string, sheet.write_number, sheet.write_formula, sheet.write_blank
            for row, at, value, style in cells:
                cell = formats[style % 20]
                if value is None:
                    blank(row, at, None, cell)
                elif isinstance(value, int | float):
                    number(row, at, value, cell)
                elif isinstance(value, str) and value.startswith("="):
                    formula(row, at, value, cell, 0)
                else:
                    string(row, at, str(value), cell)
        book.close()
    return time.perf_counter() - start


def ours(top) -> tuple[float, float, object]:
    """Seconds in all, seconds of the queries, and the file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
    start = time.perf_counter()
    data = report_data(unit=top, period=Period(district.YEAR), now=district.NOW)
    queried = time.perf_counter() - start
    workbook(file, data=data, digest=digest_of(data))
    return time.perf_counter() - start, queried, file


def main() -> None:
    fill()
    top = Unit.objects.get(parent=None)
    with open("/proc/self/clear_refs", "w") as marks:
        marks.write("5")  # the high-water mark begins here
    before = resident("VmRSS")
    taken, queried, file = ours(top)
    grown = (resident("VmHWM") - before) / 1024

    sheets = cells_of(file)
    floor = bare(sheets)
    for _ in range(4):  # in turn, so that whatever else runs on the machine disturbs both alike
        taken, queried, _file = min((taken, queried, file), ours(top), key=lambda run: run[0])
        floor = min(floor, bare(sheets))
    rows = sum(len({cell[0] for cell in cells}) for cells in sheets)
    print(
        f"{rows} rows, best of five: {taken:.2f} s with queries ({queried:.2f} s), bare {floor:.2f} s, ratio {taken / floor:.2f}; "
        f"RSS grew {grown:.0f} MB"
    )


main()
