"""Lists as people work with them: sorted by a heading, filters to take off one by one, pages, what is seen taken out as CSV.

A page describes its list once, as a `Table`, and shows it with `parts/table.html` and the tags of `training/templatetags/ui.py`.
The address says everything: `sort=name`, `sort=-name`, `page=2`, `export=csv`. A word it does not know changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from django.core.paginator import Page, Paginator
from django.db.models import BinaryField, F, Func, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from training import audit
from training.exports import csv_lines

ROWS = 50
IN_CHUNK = 2000


def by_name(text: str) -> bytes:
    """Sorts Chinese names by their sound: the national character set has the common characters in that order."""
    return text.encode("gb18030", "replace")


class ByName(Func):
    """`by_name` in the database. SQLite does not know the character set and sorts by code point."""

    output_field = BinaryField()

    def as_postgresql(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="convert_to(%(expressions)s, 'GB18030')", **context)

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="%(expressions)s", **context)


@dataclass(frozen=True)
class Column:
    """`order` names what a queryset is sorted by, `key` gives what computed rows are sorted by; with neither it does not sort.

    `cell` is what the CSV says of a prepared row; a column without it stays out of the file. On a phone a row is a card:
    its name and the columns that lead stand first, the others small. What `keeps_line` (a date, a code) is never broken.
    """

    name: str
    label: str
    order: tuple = ()
    key: Callable | None = None
    cell: Callable | None = None
    is_number: bool = False
    leads: bool = False
    keeps_line: bool = False

    @property
    def sorts(self) -> bool:
        return bool(self.order) or self.key is not None


@dataclass(frozen=True)
class Head:
    """A column's heading as one address shows it."""

    column: Column
    href: str
    direction: str


@dataclass(frozen=True)
class Chip:
    """One filter that narrows the list, and the address without it."""

    label: str
    word: str
    href: str


def _address(request: HttpRequest, **changes) -> str:
    """The present address with changes and without its page; None takes a name out, as does an empty value."""
    given = request.GET.copy()
    for name in ("page", "export", "hide"):
        given.pop(name, None)
    for name, value in changes.items():
        given[name] = "" if value is None else value
    for name in [name for name, value in given.items() if value == ""]:
        del given[name]
    return f"{request.path}?{given.urlencode()}" if given else request.path


@dataclass(frozen=True)
class Table:
    """`name` is the word under which a reader's choice of columns is kept."""

    name: str
    columns: tuple[Column, ...]

    def sorting(self, request: HttpRequest) -> tuple[Column | None, bool]:
        """(column, downwards) as the address says; (None, False) where it says nothing that is known."""
        text = request.GET.get("sort", "")
        column = next((c for c in self.columns if c.sorts and c.name == text.removeprefix("-")), None)
        return column, column is not None and text.startswith("-")

    def listing(self, request: HttpRequest, rows, *, filters: Iterable = (), prepare=list, per_page: int = ROWS) -> "Listing":
        """`rows` (a queryset, or rows already computed) as the address wants them.

        `filters` are (name in the address, label, word) of everything that may narrow the list; those without a word are
        not active. `prepare` turns the raw rows of a page, or of a part of the file, into what template and cells read.
        """
        column, is_down = self.sorting(request)
        chips = [Chip(str(label), str(word), _address(request, **{name: None})) for name, label, word in filters if word]
        names = {name: None for name, _label, word in filters if word}
        return Listing(
            table=self,
            request=request,
            rows=rows if column is None else _sorted(rows, column, is_down),
            chips=chips,
            clear=_address(request, **names),
            prepare=prepare,
            per_page=per_page,
        )


def _sorted(rows, column: Column, is_down: bool):
    """What is unknown stands last in both directions; equals keep their order."""
    if isinstance(rows, QuerySet):
        return rows.order_by(*(_ordering(rows.model, field, is_down) for field in column.order), "pk")
    keyed = [(column.key(row), row) for row in rows]
    known = sorted((pair for pair in keyed if pair[0] is not None), key=lambda pair: pair[0], reverse=is_down)
    return [row for _key, row in known] + [row for key, row in keyed if key is None]


def _ordering(model, field, is_down: bool):
    # an index serves only the order it was made in: what is never null must not ask for nulls last
    is_nullable = isinstance(field, str) and model._meta.get_field(field.partition("__")[0]).null
    said = {"nulls_last": True} if is_nullable else {}
    field = F(field) if isinstance(field, str) else field
    return field.desc(**said) if is_down else field.asc(**said)


@dataclass
class Listing:
    """A table of one address: sorted rows, its page, the chips of its filters."""

    table: Table
    request: HttpRequest
    rows: object
    chips: list[Chip]
    clear: str
    prepare: Callable
    per_page: int

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def first(self) -> Column:
        return self.table.columns[0]

    @property
    def sort(self) -> str:
        """The word of the address, if it is known."""
        column, is_down = self.table.sorting(self.request)
        return "" if column is None else f"-{column.name}" if is_down else column.name

    @cached_property
    def columns(self) -> dict[str, Column]:
        return {column.name: column for column in self.table.columns}

    @property
    def heads(self) -> list[Head]:
        chosen, is_down = self.table.sorting(self.request)
        heads = []
        for column in self.table.columns:
            direction = "" if column is not chosen else "descending" if is_down else "ascending"
            turned = f"-{column.name}" if direction == "ascending" else column.name
            heads.append(Head(column, _address(self.request, sort=turned) if column.sorts else "", direction))
        return heads

    @cached_property
    def page(self) -> Page:
        page = Paginator(self.rows, self.per_page).get_page(self.request.GET.get("page"))
        page.object_list = self.prepare(list(page.object_list))
        return page

    @property
    def is_taken_out(self) -> bool:
        return self.request.GET.get("export") == "csv"

    @property
    def export_href(self) -> str:
        if not any(column.cell for column in self.table.columns):
            return ""
        address = _address(self.request)
        return f"{address}{'&' if '?' in address else '?'}export=csv"

    def csv(self, *, unit=None) -> StreamingHttpResponse:
        """What is seen, all pages of it, without the columns that `hide` names. That it was taken out is an event of the trail."""
        hidden = set(self.request.GET.get("hide", "").split(","))
        columns = [c for c in self.table.columns if c.cell and (c is self.first or c.name not in hidden)]
        count = self.rows.count() if isinstance(self.rows, QuerySet) else len(self.rows)
        narrowed = {chip.label: chip.word for chip in self.chips}
        audit.record(
            actor=self.request.user,
            act="export_list",
            subject=f"list:{self.name}",
            unit=unit,
            now=timezone.now(),
            facts={"rows": count, "columns": ", ".join(c.name for c in columns), **({"sort": self.sort} if self.sort else {})},
            personal={"filters": narrowed} if narrowed else None,  # somebody's name may be among them
        )
        rows = ([column.cell(row) for column in columns] for row in self._prepared())
        response = StreamingHttpResponse(csv_lines([c.label for c in columns], rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.name}-{timezone.localdate():%Y%m%d}.csv"'
        return response

    def _prepared(self) -> Iterator:
        rows = self.rows.iterator(chunk_size=IN_CHUNK) if isinstance(self.rows, QuerySet) else iter(self.rows)
        while chunk := list(islice(rows, IN_CHUNK)):
            yield from self.prepare(chunk)
