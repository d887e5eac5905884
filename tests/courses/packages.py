"""SCORM packages as authoring tools write them, made by the tests."""

import io
import zipfile

_HEADS = {
    "1.2": (
        'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"',
        "1.2",
        "scormtype",
    ),
    "2004": (
        'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" '
        'xmlns:imsss="http://www.imsglobal.org/xsd/imsss" xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3"',
        "2004 4th Edition",
        "scormType",
    ),
}


def item(identifier: str, title: str, *, resource: str = "", inside: str = "", attributes: str = "") -> str:
    reference = f' identifierref="{resource}"' if resource else ""
    return f'<item identifier="{identifier}"{reference} {attributes}><title>{title}</title>{inside}</item>'


def resource(identifier: str, href: str, *, kind: str = "sco", standard: str = "1.2", attributes: str = "") -> str:
    return (
        f'<resource identifier="{identifier}" type="webcontent" adlcp:{_HEADS[standard][2]}="{kind}" href="{href}" {attributes}>'
        f'<file href="{href}"/></resource>'
    )


def manifest(
    *items: str, resources: tuple[str, ...], standard="1.2", title="行政处罚程序", sequencing="", version=None, extra=""
) -> str:
    spaces, stated, _kind = _HEADS[standard]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest identifier="MANIFEST" version="1" {spaces}>'
        f"<metadata><schema>ADL SCORM</schema><schemaversion>{stated if version is None else version}</schemaversion></metadata>"
        f'<organizations default="ORG"><organization identifier="ORG"><title>{title}</title>{"".join(items)}{sequencing}'
        f"</organization>{extra}</organizations><resources>{''.join(resources)}</resources></manifest>"
    )


def single(*, standard="1.2", href="index.html", inside="", sequencing="", **facts) -> str:
    return manifest(
        item("I1", "第一讲", resource="R1", inside=inside),
        resources=(resource("R1", href, standard=standard),),
        standard=standard,
        sequencing=sequencing,
        **facts,
    )


def several(count: int, *, standard="1.2", sequencing="", inside=("", "", "", "")) -> str:
    return manifest(
        *(item(f"I{n}", f"第 {n} 讲", resource=f"R{n}", inside=inside[n - 1]) for n in range(1, count + 1)),
        resources=tuple(resource(f"R{n}", f"part{n}.html", standard=standard) for n in range(1, count + 1)),
        standard=standard,
        sequencing=sequencing,
    )


def zipped(files: dict[str, str | bytes], *, compression=zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


PAGE = '<!doctype html><meta charset="utf-8"><title>讲</title><p>正文</p>'


def package(manifest_text: str | None = None, **files) -> bytes:
    """A whole package; `files` by name with __ for the dot."""
    named = {name.replace("__", "."): content for name, content in files.items()}
    return zipped({"imsmanifest.xml": manifest_text or single(), **({"index.html": PAGE} if not named else {}), **named})
