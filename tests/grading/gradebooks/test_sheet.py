"""A table keeps all but the cells that are changed: encoding, separators, quotation marks."""

import codecs

import pytest

from tinytorch.grading.gradebooks.sheet import Sheet

TEXTS = [
    "Student,ID,x\r\nDoe,1,\r\n",
    '\ufeffStudent;ID;x\n"Groß; Jürgen";1;\n',
    'Student\tID\tx\r"Doe ""J"""\t1\t\r',
    'Student,ID,x\n"two\nlines",1, 5 \n\n',
    "Student,ID,x\nno end of line,1,5",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_what_is_not_changed_stays_byte_for_byte(text, encoding):
    text = text if encoding == "utf-8" else "\ufeff" + text.lstrip("\ufeff")
    content = text.encode(encoding)
    sheet = Sheet(content)
    assert sheet.content() == content
    assert sheet.titles == ["Student", "ID", "x"]
    assert sheet.cell(1, 1) == "1"


def test_a_changed_cell_is_quoted_if_it_was_or_has_to_be():
    sheet = Sheet(b'"a","b",c\n"1","",\n2\n')
    for row, column, text in ((1, 1, "87"), (1, 2, "87"), (2, 2, 'x, "y"')):
        sheet.put(row, column, text)
    assert sheet.content() == b'"a","b",c\n"1","87",87\n2,,"x, ""y"""\n'
    assert sheet.cell(2, 2) == 'x, "y"'


def test_cells_are_read_as_the_words_they_are():
    sheet = Sheet('a;b\n"Doe ""J""; x";"two\nlines"\n'.encode("cp1252"))
    assert (sheet.cell(1, 0), sheet.cell(1, 1), sheet.cell(1, 7)) == (
        'Doe "J"; x',
        "two\nlines",
        "",
    )
    assert Sheet("a;b\nMüller;Zoë\n".encode("cp1252")).cell(1, 0) == "Müller"
    assert Sheet(codecs.BOM_UTF8 + "ID,b\n王,1".encode()).titles[0] == "ID"


@pytest.mark.parametrize(
    ("content", "message"), [(b'a,b\n"x,1\n', "row 2"), (b"\n", "empty"), (b"", "empty")]
)
def test_what_is_no_table_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        Sheet(content)


def test_a_workbook_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "grades.xlsx"
    path.write_bytes(b"PK\3\4")
    with pytest.raises(ValueError, match="save it as CSV"):
        Sheet.read(path)
