"""The names in a zip file are what students were called, whichever program packed it."""

import zipfile

import pytest

from tinytorch.grading.submission.files import submissions
from tinytorch.grading.submission.zip_names import encoding_of

WESTERN = ["Jörg Müller", "Zoë Brontë", "François Lefèvre", "Åsa Öberg", "Jürgen Groß"]
CHINESE = ["王芳", "李娜", "张伟", "刘婷婷", "欧阳璐"]


def zip_of(path, names):
    """A zip file with names of these bytes, not marked as UTF-8."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            entry = zipfile.ZipInfo(chr(65 + number) * len(name))
            archive.writestr(entry, "x = 1")
    content = path.read_bytes()
    for number, name in enumerate(names):
        content = content.replace((chr(65 + number) * len(name)).encode(), name)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        (WESTERN + CHINESE, "utf-8"),
        (WESTERN, "cp1252"),
        (["Jörg Müller", "Zoë Brontë", "François Lefèvre", "Åsa Öberg"], "cp437"),
        (CHINESE, "gbk"),
    ],
)
def test_names_in_any_usual_encoding_are_read(tmp_path, names, encoding):
    raw = [
        f"{name}_{n}_assignsubmission_file_x.py".encode(encoding) for n, name in enumerate(names)
    ]
    with submissions(zip_of(tmp_path / "x.zip", raw), "15_quantization") as found:
        assert {each.student for each in found} == set(names)


@pytest.mark.parametrize("name", [*WESTERN, *CHINESE])
def test_one_name_alone_is_enough(name):
    for encoding in ("utf-8", "gbk" if name in CHINESE else "cp1252"):
        assert encoding_of([name.encode(encoding)]) == encoding


def test_names_that_are_marked_as_utf_8_stay_as_they_are(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("Jörg.py", "x = 1")
        archive.writestr("王芳.py", "x = 1")
    with submissions(tmp_path / "x.zip", "15_quantization") as found:
        assert [each.student for each in found] == ["Jörg", "王芳"]
