"""Finds the encoding of the names in a zip file that does not say it.

A zip file may mark a name as UTF-8. Where it does not, the format says code page 437 (APPNOTE
6.3.10, appendix D), and programs write what their system uses: macOS UTF-8, Windows a code page of
the region. One program made all names of a file, so that they are judged together.
"""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Sequence

UTF8_FLAG = 0x800
FIRST_RARE = 0xD8  # GB 2312 has its common characters in the rows before


def decoded_names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of the entries of a zip file, as they were meant.

    Names that the file marks as UTF-8, and those of letters of ASCII, are as zipfile read them.
    """
    unsure = [each for each in entries if not each.flag_bits & UTF8_FLAG]
    raw = {id(each): each.filename.encode("cp437", "ignore") for each in unsure}
    encoding = encoding_of([name for name in raw.values() if not name.isascii()])
    return [
        raw[id(each)].decode(encoding, "replace")
        if id(each) in raw and not each.filename.isascii()
        else each.filename
        for each in entries
    ]


def encoding_of(names: Sequence[bytes]) -> str:
    """The most plausible encoding of names that are not ASCII.

    Returns:
        One of "utf-8", "gbk", "cp1252" and "cp437".

    >>> [encoding_of(["Müller, 王芳".encode("utf-8")]), encoding_of(["王芳".encode("gbk")])]
    ['utf-8', 'gbk']
    >>> [encoding_of(["Jörg Müller".encode(each)]) for each in ("cp1252", "cp437")]
    ['cp1252', 'cp437']
    """
    if all(_decodes(name, "utf-8") for name in names):
        return "utf-8"
    if _is_chinese(names):
        return "gbk"
    latin = {
        each: sum(_latin_letters(name, each) for name in names) for each in ("cp437", "cp1252")
    }
    return "cp1252" if latin["cp1252"] > latin["cp437"] else "cp437"


def _decodes(name: bytes, encoding: str) -> bool:
    try:
        name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(names: Sequence[bytes]) -> bool:
    """Whether the names are pairs of bytes that stand for characters, a third of them common ones.

    Accented letters of cp1252 are in the same range, but few of them stand side by side, and those
    that do are mostly lower case, which is where the rare characters are.
    """
    if not all(_decodes(name, "gb2312") for name in names):
        return False
    found = [
        character.encode("gb2312")[0]
        for name in names
        for character in name.decode("gb2312")
        if not character.isascii()
    ]
    return 3 * sum(lead < FIRST_RARE for lead in found) >= len(found)


def _latin_letters(name: bytes, encoding: str) -> int:
    text = name.decode(encoding, "replace")
    return sum(not e.isascii() and unicodedata.name(e, "").startswith("LATIN") for e in text)
