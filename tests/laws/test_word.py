"""Word files as a reader sees them, and files that are not opened."""

import io
import zipfile

import pytest

from laws.word import BLANK, IMAGE, TEXT_BOX, Paragraph, Table, WordUnreadable, read_document, read_paragraphs

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
STRICT = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
MORE = (
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
PIXEL = b"\x89PNG\r\n\x1a\n0000"


def docx(body, *, space=W, **parts):
    """A .docx with this body; other parts by name, `/` written as `__`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("word/document.xml", f"<w:document {space}{MORE}><w:body>{body}</w:body></w:document>")
        for name, data in parts.items():
            target.writestr(name.replace("__", "/") + (".xml" if isinstance(data, str) and "." not in name else ""), data)
    return file.getvalue()


def run(text, properties=""):
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*runs, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def texts(content):
    return [paragraph.text for paragraph in read_paragraphs(content)]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (run("甲") + run("乙"), "甲乙"),
        ("<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t></w:r>", "甲\n乙\t丙"),
        ('<w:r><w:t>甲</w:t><w:br w:type="page"/></w:r>', "甲"),
        (f"<w:ins>{run('新')}</w:ins><w:del><w:r><w:delText>旧</w:delText></w:r></w:del>", "新"),
        (f"<w:moveFrom>{run('旧')}</w:moveFrom><w:moveTo>{run('新')}</w:moveTo>", "新"),
        (f"<w:hyperlink>{run('链接')}</w:hyperlink>", "链接"),
        (f"<w:sdt><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent>{run('控件')}</w:sdtContent></w:sdt>", "控件"),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r>" + run("3"), "3"),
        (run("在") + run("    ", '<w:u w:val="single"/>') + run("  ", '<w:u w:val="single"/>') + run("内"), f"在{BLANK}内"),
        (run("    ", '<w:u w:val="none"/>') + run("内"), "    内"),
        (run("m") + run("2", '<w:vertAlign w:val="superscript"/>'), "m²"),
        (run("H") + run("2", '<w:vertAlign w:val="subscript"/>') + run("O"), "H₂O"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>', "√"),
        (
            "<m:oMath><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>c</m:t></m:r></m:den></m:f></m:oMath>",
            "(a+b)/c",
        ),
        ("<m:oMath><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>", "x^2"),
        ("<m:oMath><m:rad><m:deg/><m:e><m:r><m:t>x</m:t></m:r></m:e></m:rad></m:oMath>", "√x"),
    ],
)
def test_a_paragraph_says_what_its_reader_sees(inner, text):
    assert texts(docx(p(inner))) == [text]


def test_strict_files_are_read_as_well():
    assert texts(docx(p(run("甲")), space=STRICT)) == ["甲"]


def numbered(text, number, level=0):
    return p(run(text), properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def level(at, form, text, start=1):
    return f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'


NUMBERING = (
    f"<w:numbering {W}>"
    f'<w:abstractNum w:abstractNumId="0">{level(0, "decimal", "%1.")}{level(1, "upperLetter", "%2.")}{level(2, "bullet", "•")}</w:abstractNum>'
    f'<w:abstractNum w:abstractNumId="1">{level(0, "chineseCounting", "（%1）")}{level(1, "decimal", "%1.%2")}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    "</w:numbering>"
)


def test_automatic_lists_are_counted_as_word_shows_them():
    body = (
        numbered("题一", 1) + numbered("甲", 1, 1) + numbered("乙", 1, 1) + numbered("题二", 1) + numbered("丙", 1, 1)
        + numbered("点", 1, 2) + numbered("又一", 3) + "".join(numbered("条", 2) for _ in range(11)) + numbered("款", 2, 1)
    )  # fmt: skip

    labels = [paragraph.number for paragraph in read_paragraphs(docx(body, word__numbering=NUMBERING))]

    assert labels[:7] == ["1.", "A.", "B.", "2.", "A.", "", "1."]
    assert labels[7:] == [f"（{n}）" for n in "一 二 三 四 五 六 七 八 九 十 十一".split()] + ["十一.1"]


def test_a_list_may_come_from_the_style():
    styles = (
        f'<w:styles {W}><w:style w:type="paragraph" w:styleId="Q"><w:name w:val="题干"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style></w:styles>'
    )
    body = p(run("甲"), properties='<w:pStyle w:val="Q"/>') + p(run("乙"), properties='<w:pStyle w:val="Q"/>')

    found = read_paragraphs(docx(body, word__styles=styles, word__numbering=NUMBERING))

    assert found == [Paragraph("甲", "题干", "1."), Paragraph("乙", "题干", "2.")]


def cell(text, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(run(text))}</w:tc>"


def test_a_table_is_a_grid_with_merged_cells_where_they_reach():
    down, on, wide = '<w:vMerge w:val="restart"/>', "<w:vMerge/>", '<w:gridSpan w:val="2"/>'
    body = (
        f"<w:tbl><w:tr>{cell('题型', down)}{cell('一行', wide)}</w:tr>"
        f"<w:tr>{cell('', on)}{cell('甲')}{cell('乙')}</w:tr>"
        f"<w:tr><w:trPr><w:del/></w:trPr>{cell('删')}{cell('去')}{cell('的')}</w:tr></w:tbl>"
    )

    (table,) = read_document(docx(body)).blocks

    assert isinstance(table, Table)
    assert [[c.text for c in row] for row in table.rows] == [["题型", "一行", ""], ["题型", "甲", "乙"]]


def test_a_table_is_no_wider_than_any_table():
    odd = cell("乙", '<w:gridSpan w:val="²"/>')
    body = f'<w:tbl><w:tr><w:trPr><w:gridBefore w:val="999999999"/></w:trPr>{cell("甲")}</w:tr><w:tr>{odd}</w:tr></w:tbl>'

    (table,) = read_document(docx(body)).blocks

    assert [[c.text for c in row if c.text] for row in table.rows] == [["甲"], ["乙"]]
    assert len(table.rows[0]) < 100


RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="image" Target="media/image1.png"/>'
    '<Relationship Id="rId2" Type="image" Target="http://example.org/x.png" TargetMode="External"/></Relationships>'
)


def test_images_stand_where_they_are_shown_and_foreign_ones_are_told():
    def drawing(i):
        return f'<w:r><w:drawing><a:blip r:embed="{i}"/></w:drawing></w:r>'

    content = docx(
        p(run("图"), drawing("rId1"), run("和"), drawing("rId1"), drawing("rId2")),
        **{"word___rels__document.xml.rels": RELATIONS, "word__media__image1.png": PIXEL},
    )

    document = read_document(content)

    assert document.blocks == [Paragraph(f"图{IMAGE}和{IMAGE}", images=("image1.png", "image1.png"))]
    assert document.images == {"image1.png": PIXEL}
    assert document.notes == ["image_not_in_file"]


def test_text_boxes_are_passed_over_and_told():
    box = f"<w:r><mc:AlternateContent><mc:Choice><wps:txbx><w:txbxContent>{p(run('框'))}</w:txbxContent></wps:txbx></mc:Choice></mc:AlternateContent></w:r>"

    document = read_document(docx(p(run("甲"), box)))

    assert document.blocks == [Paragraph("甲")]
    assert document.notes == [TEXT_BOX]


def test_an_old_word_file_is_refused_with_the_way_out():
    with pytest.raises(WordUnreadable, match=r"另存为\.docx"):
        read_document(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_a_locked_file_is_refused():
    with pytest.raises(WordUnreadable, match="密码"):
        read_document(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))


def bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("word/document.xml", b"0" * 40_000_000)
    return file.getvalue()


ENTITY = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"{\\rtf1}",
        b"%PDF-1.7",
        docx("<w:p>")[:-30],
        docx("</w:p>"),
        bomb(),
        docx("").replace(b"word/document.xml", b"word/otherwise.xml"),
        docx("<w:sdt>" * 3000 + "</w:sdt>" * 3000),
        docx("<w:p>" + "<w:hyperlink>" * 3000 + "</w:hyperlink>" * 3000 + "</w:p>"),
        docx("<w:p><m:oMath>" + "<m:e>" * 3000 + "</m:e>" * 3000 + "</m:oMath></w:p>"),
    ],
    ids="empty stub rtf pdf cut unbalanced bomb other deep-blocks deep-inline deep-formula".split(),
)
def test_what_is_no_word_file_or_harmful_is_refused(content):
    with pytest.raises(WordUnreadable):
        read_document(content)


def test_entities_are_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        target.writestr(
            "word/document.xml", f"{ENTITY}<w:document {W}><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>"
        )

    with pytest.raises(WordUnreadable):
        read_document(file.getvalue())
