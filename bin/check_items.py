"""Check every shipped question against the texts of the laws: bin/check_items.py DIR

Each cited article exists in the wording cited and contains the decisive words; each key fits its question; each cited
article has a gist that is no copy; no law cited is shipped as repealed. Exit 1 and the reasons otherwise.
"""

import json
import os
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
COPIED = 30  # so many signs in a row from the article make a gist a copy of it


def main(folder: str) -> int:
    import django

    django.setup()
    from exams import fixtures
    from exams.content import ItemRefused, check
    from laws.reading import plain

    texts = read_texts(Path(folder))
    repealed = {row["title"] for row in json.loads((fixtures.SHIPPED / "laws.json").read_text()) if row.get("repealed_on")}
    problems, count, codes = [], 0, set()
    for path in sorted((fixtures.SHIPPED / "items").glob("*.json")):
        file = json.loads(path.read_text())
        if file["title"] in repealed:
            problems.append(f"{path.name}: {file['title']} is repealed")
        problems += [f"{path.name}: {said}" for said in check_law(file, texts, plain)]
        for draft in fixtures.drafts_of(file):
            count += 1
            if draft.code in codes:
                problems.append(f"{draft.code}: the code stands twice")
            codes.add(draft.code)
            try:
                check(draft.content)
            except ItemRefused as error:
                problems.append(f"{draft.code}: {error}")
            problems += [f"{draft.code}: {said}" for said in check_citations(draft, file, texts, plain)]
    print("\n".join(problems), file=sys.stderr) if problems else None
    print(f"{count} questions, {len(problems)} problems")
    return 1 if problems else 0


def read_texts(folder: Path) -> dict:
    """(title, version) -> {address: text} of every law in the folder."""
    from laws.reading import read_law

    found = {}
    for path in sorted(folder.rglob("*.md")):
        law = read_law(path.read_text(encoding="utf-8"), filename=path.name)
        for name in (law.title, law.name, *law.aliases):
            found[name, law.label] = {article.ref: article.text for article in law.articles}
    return found


def check_law(file: dict, texts: dict, plain) -> list[str]:
    articles = texts.get((file["title"], file["version"]))
    if articles is None:
        return [f"no text of {file['title']} {file['version']}"]
    said = []
    if len(articles) != file["articles"]:
        said.append(f"{file['articles']} articles stated, {len(articles)} in the text")
    for ref, gist in file["gists"].items():
        if ref not in articles:
            said.append(f"gist of article {ref}, which is not there")
        elif copied := _longest_copy(plain(gist), plain(articles[ref])):
            said.append(f"gist of article {ref} copies {copied}")
    date.fromisoformat(file["effective_on"])
    return said


def _longest_copy(gist: str, article: str) -> str:
    return next((gist[i : i + COPIED] for i in range(len(gist) - COPIED + 1) if gist[i : i + COPIED] in article), "")


def check_citations(draft, file: dict, texts: dict, plain) -> list[str]:
    said = []
    if not draft.content.citations:
        said.append("cites nothing")
    for cited in draft.content.citations:
        versions = [text for (name, label), text in texts.items() if name == cited.law and cited.version in ("", label)]
        article = versions[-1].get(cited.ref) if versions else None
        if article is None:
            said.append(f"{cited.law} {cited.version} has no article {cited.ref}")
            continue
        if not cited.decisive:
            said.append(f"no decisive words for article {cited.ref}")
        said += [f"article {cited.ref} does not say {words}" for words in cited.decisive if plain(words) not in plain(article)]
        if cited.law == file["law"] and cited.ref not in file["gists"]:
            said.append(f"article {cited.ref} has no gist")
    return said


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
