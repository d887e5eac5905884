"""A workbook of 20,000 people with queries, against bare xlsxwriter writing the same cells with the same formats."""

import io
import resource
import time

import district

district.prepare()

import openpyxl  # noqa: E402
import xlsxwriter  # noqa: E402

from reports.figures import digest_of, report_data  # noqa: E402
from reports.workbooks import workbook  # noqa: E402
from training.models import Unit  # noqa: E402
from training.periods import Period  # noqa: E402


def main() -> None:
    district.fill()
    top = Unit.objects.get(parent=None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    data = report_data(unit=top, period=Period(district.YEAR), now=district.NOW)
    queried = time.perf_counter() - start
    content = workbook(data=data, digest=digest_of(data))
    ours = time.perf_counter() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024

    cells = [list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets]
    start = time.perf_counter()
    book = xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    line = {"border": 1, "font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    text, number = book.add_format(line | {"num_format": "@"}), book.add_format(line | {"num_format": "0.00"})
    for rows in cells:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, int | float):
                    sheet.write_number(at, column, value, number)
                elif value is not None:
                    sheet.write_string(at, column, str(value), text)
    book.close()
    bare = time.perf_counter() - start
    size = sum(len(rows) for rows in cells)
    print(
        f"{size} rows: {ours:.2f} s with queries ({queried:.2f} s), bare {bare:.2f} s, ratio {ours / bare:.2f}; RSS grew {grown} MB"
    )


main()
