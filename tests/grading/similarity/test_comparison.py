"""Copies are found however they are dressed up, and honest work is not."""

import ast
import csv
import io
import itertools
import random

import pytest
from samples import KEY, files_in

from tinytorch.grading.classroom.similar import KEY as KEY_NAME
from tinytorch.grading.classroom.similar import LIBRARY, known_answers
from tinytorch.grading.sandbox.inside.submission.forms import Form, normalised
from tinytorch.grading.similarity import comparison
from tinytorch.grading.similarity.comparison import THRESHOLD, alike, groups, pairs, shingles
from tinytorch.grading.similarity.pages import similarity_page, similarity_table
from tinytorch.lessons.quantization import LESSON

SIZES = """
def analyze_model_sizes(original, quantized):
    before = sum(each.size for each in original.parameters())
    after = sum(each.size for each in quantized.parameters())
    kept = sum(each.nbytes for each in quantized.parameters())
    if kept == 0:
        raise ValueError("a model without parameters")
    saved = (4 * before - kept) / 1024 ** 2
    return {"original_params": before, "quantized_params": after, "memory_saved_mb": saved}
"""
# The same with other names, comments, annotations, layout and texts.
DRESSED_UP = '''
def analyze_model_sizes(a: "Sequential", b: "Sequential") -> dict[str, float]:
    """My own words."""
    n: int = sum((p.size for p in a.parameters()))  # all of them
    # and now the other model
    m = sum(p.size
            for p in b.parameters())
    k = sum(p.nbytes for p in b.parameters())

    if (k == 0):
        raise ValueError("nothing")
    s = (4 * n - k) / 1024 ** 2
    return {"original_params": n, "quantized_params": m, "memory_saved_mb": s}
'''
EDITED = SIZES.replace("if kept == 0:", "if not kept:")
OTHER = """
def analyze_model_sizes(original, quantized):
    found = {}
    for name, model in (("original", original), ("quantized", quantized)):
        arrays = [tensor.data for tensor in model.parameters()]
        found[f"{name}_params"] = sum(array.size for array in arrays)
        found[f"{name}_bytes"] = sum(array.nbytes for array in arrays)
    found["memory_saved_mb"] = (found["original_bytes"] - found["quantized_bytes"]) / 1024 ** 2
    return found
"""


def form(source):
    (node,) = ast.parse(source).body
    return {"analyze_model_sizes": Form(source, normalised(node, {"analyze_model_sizes"}))}


def found(students, known=(), handed_out=()):
    known = {name: form(source) for name, source in dict(known).items()}
    handed_out = form(handed_out) if handed_out else {}
    return groups({name: form(text) for name, text in students.items()}, known, handed_out)


def likenesses(group):
    return {each.owner: (each.closest, each.likeness) for each in group.members}


def test_a_copy_with_other_names_comments_texts_and_layout_is_the_same():
    (group,) = found({"ada": SIZES, "bob": DRESSED_UP, "cyd": OTHER})
    assert likenesses(group) == {"ada": ("bob", 1.0), "bob": ("ada", 1.0)}


def test_a_copy_that_was_edited_is_nearly_the_same():
    (group,) = found({"ada": SIZES, "bob": EDITED, "cyd": OTHER})
    assert group.members[0].closest == "bob"
    assert THRESHOLD <= group.members[0].likeness < 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("4 * before", "8 * before"),
        ("before - kept", "kept - before"),
        ("sum(", "max("),
        (".nbytes", ".size"),
        ("/ 1024", "* 1024"),
    ],
)
def test_other_numbers_operators_functions_and_attributes_are_not_the_same(old, new):
    (node,) = ast.parse(SIZES.replace(old, new)).body
    assert normalised(node) != normalised(ast.parse(SIZES).body[0])


def test_known_answers_are_named_and_alone_are_no_group():
    (group,) = found({"ada": DRESSED_UP}, {"the key": SIZES})
    assert likenesses(group) == {"the key": ("ada", 1.0), "ada": ("the key", 1.0)}
    assert found({"ada": OTHER}, {"the key": SIZES, "another": SIZES}) == []


def test_what_was_handed_out_and_what_is_short_is_left_out():
    assert found({"ada": SIZES, "bob": DRESSED_UP}, handed_out=SIZES) == []
    short = "def analyze_model_sizes(a, b):\n    return {'ratio': a.nbytes / b.nbytes}\n"
    assert found({"ada": short, "bob": short}) == []


def test_pairs_that_share_most_come_first_and_large_groups_pair_nobody():
    ada, bob = form(SIZES), form(DRESSED_UP)
    more = {"quantize_model": ada["analyze_model_sizes"]}
    students = {"ada": {**ada, **more}, "bob": {**bob, **more}, "cyd": ada}
    first, *rest = pairs(groups(students, {}, {}))
    assert (first.one, first.two, first.definitions) == ("ada", "bob", 2)
    assert {(each.one, each.two, each.definitions) for each in rest} == {
        *(("ada", "cyd", 1), ("bob", "cyd", 1))
    }
    many = {f"s{number}": ada for number in range(comparison.MAX_PAIRED)}
    (group,) = groups(many, {"the key": ada}, {})
    assert {each.two for each in pairs([group])} == {"the key"}


def test_buckets_lose_no_pair_that_comparing_all_pairs_finds():
    rng = random.Random(5)
    texts = []
    for _ in range(12):
        base = [str(rng.randrange(30)) for _ in range(120)]
        for changes in (0, 1, 2, 3, 5):
            copy = list(base)
            for _ in range(changes):
                copy[rng.randrange(120)] = "x"
            texts.append(copy)
    sets = [shingles(text) for text in texts]
    expected = {
        (b, a)
        for a, b in itertools.combinations(range(len(sets)), 2)
        if len(sets[a] & sets[b]) >= THRESHOLD * len(sets[a] | sets[b])
    }
    assert len(expected) > 20
    assert {(one, two) for _, one, two in alike(sets)} == expected


@pytest.fixture(scope="module")
def read(sandbox):
    return lambda path: sandbox.forms(path.read_bytes(), ".py", LESSON.defined_names)


def test_independent_right_solutions_are_not_alike(read):
    students = {path.stem: read(path) for path in files_in("correct")}
    sizes = [len(each.tokens) for forms in students.values() for each in forms.values()]
    assert sum(size >= comparison.MIN_TOKENS for size in sizes) > 12
    handed_out, known = known_answers(LESSON, KEY)
    assert groups(students, known, handed_out) == []


def test_the_answer_key_and_the_library_are_recognised(read, tmp_path):
    handed_out, known = known_answers(LESSON, KEY)
    library = tmp_path / "library.py"
    library.write_text("\n".join(each.source for each in known[LIBRARY].values()), encoding="utf-8")
    found = groups({"ada": read(KEY), "bob": read(library)}, known, handed_out)
    closest = {(each.owner, each.closest) for group in found for each in group.members}
    assert {("ada", KEY_NAME), ("bob", LIBRARY)} <= closest
    assert not {("ada", LIBRARY), ("bob", KEY_NAME), ("ada", "bob")} & closest
    assert {group.definition for group in found} >= {"quantize_int8", "QuantizedLinear"}
    notebook = LESSON.folder / f"{LESSON.name}.py"
    assert groups({"ada": read(notebook), "bob": read(notebook)}, known, handed_out) == []


def test_pages_show_both_texts_and_nothing_that_students_wrote_is_more_than_text():
    evil = "=cmd</b><script>alert(1)</script>"
    (group,) = found({evil: SIZES, "bob": f"{DRESSED_UP}# </pre><script>alert(2)</script>\n"})
    page = similarity_page(LESSON, [group], [evil])
    assert "<script" not in page
    assert "&lt;/pre&gt;&lt;script&gt;alert(2)" in page
    assert "before = sum(each.size" in page
    assert "n: int = sum((p.size" in page
    assert not any(word in page for word in ("src=", "href=", "url("))
    rows = list(csv.DictReader(io.StringIO(similarity_table([group]))))
    assert [(row["who"], row["closest to"], row["likeness"]) for row in rows] == [
        *((f"'{evil}", "bob", "1.00"), ("bob", f"'{evil}", "1.00"))
    ]
