"""Aiken: a stem, options `A)` or `A.`, one line each, and `ANSWER: A`. Single choices in plain text and nothing else."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from exams import markup
from exams.content import LETTERS, Content, ItemRefused, check, choice_body
from exams.interchange.drafts import Draft, Exported, Note, Reading, Written
from exams.interchange.moodle import held, refuse_to_write
from exams.models import ItemKind, Policy
from training.imports.delimited import decode
from training.imports.refusals import FileRefused

_OPTION = re.compile(r"^([A-ZＡ-Ｚ])\s?[).）．、](?![).])\s*(.*)$")
_ANSWER = re.compile(r"^ANSWER\s*[:：]\s*(.*)$", re.IGNORECASE)


class NoAiken(FileRefused):
    code = "no_questions"
    message = _("This is no Aiken: no line is an option (A) …) or an answer (ANSWER: A).")


@dataclass(slots=True)
class _Block:
    line: int
    stem: list[str] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    answer: tuple[int, str] | None = None
    notes: list[Note] = field(default_factory=list)


def read(content: bytes, filename: str = "") -> Reading:
    """Raises NoAiken when no line looks like it."""
    text = decode(content)[0].lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = [(at, line.strip()) for at, line in enumerate(text.split("\n"), 1)]
    if not any(_OPTION.match(line) or _ANSWER.match(line) for _at, line in lines):
        raise NoAiken
    return Reading("aiken", [_draft(block) for block in _blocks(lines)])


def _blocks(lines: list[tuple[int, str]]) -> Iterable[_Block]:
    block, is_after_blank = None, False
    for index, (at, line) in enumerate(lines):
        if not line:
            is_after_blank = True
            if block and not block.options:  # words that no option follows
                yield block
                block = None
            continue
        if match := _ANSWER.match(line):
            block = block or _Block(at)
            block.answer = (at, match[1].strip())
            yield block
            block = None
        elif match := _OPTION.match(line):
            letter = _narrow(match[1])
            if block and block.options and letter == "A":
                yield block
                block = None
            block = block or _Block(at)
            block.options.append((letter, match[2].strip()))
        elif block and block.options:
            if is_after_blank or not _goes_on(lines[index + 1 :], len(block.options)):
                yield block
                block = _Block(at, [line])
            else:
                letter, text = block.options[-1]
                block.options[-1] = (letter, f"{text}\n{line}")
                block.notes.append(Note("option_over_lines", OPTION_OVER_LINES, value=f"{at} {line[:100]}"))
        else:
            block = block or _Block(at)
            block.stem.append(line)
        is_after_blank = False
    if block:
        yield block


def _narrow(letter: str) -> str:
    return letter if letter.isascii() else chr(ord(letter) - 0xFEE0)


def _goes_on(lines: list[tuple[int, str]], count: int) -> bool:
    """Whether what comes next belongs to the question that has `count` options: its next option, or its answer."""
    for _at, line in lines:
        if match := _OPTION.match(line):
            return _narrow(match[1]) == LETTERS[min(count, len(LETTERS) - 1)]
        if _ANSWER.match(line):
            return True
    return False


def _draft(block: _Block) -> Draft:
    draft = Draft(str(block.line), None, notes=block.notes)
    try:
        content = _content(block)
        check(content)
    except ItemRefused as refused:
        draft.notes.append(Note(refused.code, str(refused), is_refusal=True, value=_shown(block, refused)))
        return draft
    draft.content = content
    return draft


def _shown(block: _Block, refused: ItemRefused) -> str:
    """The line that is wrong, or what the block begins with."""
    if "line" in refused.facts:
        return str(refused.facts["line"])
    return next(iter(block.stem), "") or next((text for _letter, text in block.options), "")


def _content(block: _Block) -> Content:
    letters = "".join(letter for letter, _text in block.options)
    if not block.stem:
        raise ItemRefused("stem_missing", _("The stem is missing"))
    if not block.options:
        raise ItemRefused("options_missing", _("At least two options are needed"))
    if block.answer is None:
        raise ItemRefused("key_missing", _("The answer is missing"))
    at, answer = block.answer
    if letters != LETTERS[: len(letters)]:
        raise ItemRefused("letters_out_of_order", LETTERS_OUT_OF_ORDER, line=letters)
    if not answer:
        raise ItemRefused("key_missing", _("The answer is missing"), line=f"{at}")
    if len(answer) != 1 or answer not in letters:
        raise ItemRefused(
            "key_beyond_options", _("The answer %(key)s names no option"), key=answer[:40], line=f"{at} {answer[:80]}"
        )
    stem = markup.from_text("\n".join(block.stem))
    return Content(ItemKind.SINGLE_CHOICE, stem, choice_body([markup.from_text(text) for _l, text in block.options], answer))


def write(items: Iterable[Exported]) -> Written:
    """The single choices among the items. Formatting, images, marks and all that is said beside the question are told as lost."""
    blocks, notes = [], {}
    for item in items:
        block, said = _written(item)
        if said:
            notes[item.code] = said
        if block:
            blocks.append(block)
    return Written("\n\n".join(blocks).encode() + b"\n" * bool(blocks), notes)


def _written(item: Exported) -> tuple[str, list[Note]]:
    content = item.content
    try:
        if content.kind != ItemKind.SINGLE_CHOICE or content.policy == Policy.FRACTIONS or "<img" in str(content).lower():
            raise refuse_to_write(str(content.kind))
        options = content.body["options"]
        lines = [markup.plain_text(content.stem)]
        lines += [
            f"{letter}) {markup.plain_text(option['html'])}".replace("\n", " ")
            for letter, option in zip(LETTERS, options, strict=False)
        ]
        ids = [option["id"] for option in options]
        block = "\n".join([*lines, f"ANSWER: {LETTERS[ids.index(content.body['key'][0])]}"])
        drafts = read(block.encode()).drafts
        if len(drafts) != 1 or drafts[0].content is None or len(drafts[0].content.body["options"]) != len(options):
            raise refuse_to_write(str(content.kind))
    except ItemRefused as refused:
        return "", [Note(refused.code, str(refused), is_refusal=True, value=refused.facts["value"])]
    return block, held(item, drafts[0])


OPTION_OVER_LINES = _("A line without a letter was joined to the option above it")
LETTERS_OUT_OF_ORDER = _("The letters of the options do not follow one another from A")
