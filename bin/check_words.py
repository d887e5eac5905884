"""Fails when a text of the product has no Chinese: every msgid in code and templates is looked up in the catalogue."""

import ast
import re
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CODE = ("config", "laws", "training", "exams", "courses", "reports")
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
TRANSLATE = re.compile(r"""{%\s*translate\s+(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
BLOCK = re.compile(r"{%\s*blocktranslate([^%]*)%}(.*?){%\s*endblocktranslate\s*%}", re.S)
VARIABLE = re.compile(r"{{\s*([\w.]+)\s*}}")
CALLS = {"_", "gettext", "gettext_lazy", "pgettext"}


def texts_of_code(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS and node.args:
            text = node.args[1 if node.func.id == "pgettext" else 0]  # of pgettext the first is the context
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value, node.lineno


def texts_of_template(path: Path):
    source = path.read_text(encoding="utf-8")
    for match in TRANSLATE.finditer(source):
        yield match.group(1) or match.group(2), source.count("\n", 0, match.start()) + 1
    for match in BLOCK.finditer(source):
        options, body = match.groups()
        if "trimmed" in options.split():
            body = " ".join(line.strip() for line in body.strip().splitlines() if line.strip())
        text = VARIABLE.sub(r"%(\1)s", body.replace("%", "%%"))
        yield text, source.count("\n", 0, match.start()) + 1


def used():
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                for text, line in texts_of_code(path):
                    yield text, f"{path.relative_to(ROOT)}:{line}"
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for text, line in texts_of_template(path):
            yield text, f"{path.relative_to(ROOT)}:{line}"


def main() -> int:
    catalogue = polib.pofile(str(CATALOGUE))
    known = {entry.msgid: entry for entry in catalogue}
    problems = []
    for text, place in used():
        entry = known.get(text)
        if entry is None or not entry.msgstr:
            problems.append(f"{place}: no Chinese for {text!r}")
        elif entry.fuzzy:
            problems.append(f"{place}: fuzzy: {text!r}")
    for entry in catalogue:
        names = re.findall(r"%\((\w+)\)[sd]", entry.msgid)
        if sorted(set(names)) != sorted(set(re.findall(r"%\((\w+)\)[sd]", entry.msgstr))):
            problems.append(f"other placeholders in the Chinese of {entry.msgid!r}")
    if "--list" in sys.argv:
        seen = set()
        for text, _place in used():
            entry = known.get(text)
            if (entry is None or not entry.msgstr) and text not in seen:
                seen.add(text)
                print(repr(text))
        return 0
    print("\n".join(problems[:60]) or f"{len(known)} texts, all in Chinese", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
