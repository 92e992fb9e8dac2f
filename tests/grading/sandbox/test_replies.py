"""What comes back is checked before anybody looks into it."""

import pytest

from tinytorch.grading.sandbox.inside.protocol import MalformedMessageError
from tinytorch.grading.sandbox.inside.submission.code import to_bytes
from tinytorch.grading.sandbox.inside.submission.forms import MAX_SOURCE, MAX_TOKENS
from tinytorch.grading.sandbox.replies import checked_forms


def test_forms_of_definitions_come_through():
    found = checked_forms({"forms": to_bytes({"f": ["def f(): ...", ["FunctionDef", "f"]]})})
    assert found == {"f": ("def f(): ...", ["FunctionDef", "f"])}
    assert checked_forms({"unreadable": "it is not Python"}) == "it is not Python"


@pytest.mark.parametrize(
    "reply",
    [
        *(None, {}, {"forms": "{}"}, {"forms": to_bytes([])}, {"forms": to_bytes(1)}),
        {"forms": to_bytes({"f": []})},
        {"forms": to_bytes({"f": ["x"]})},
        {"forms": to_bytes({"f": [1, []]})},
        {"forms": to_bytes({"f": ["x", "tokens"]})},
        {"forms": to_bytes({"f": ["x", [1]]})},
        {"forms": to_bytes({"f": ["x", [], 3]})},
        {"forms": to_bytes({"f": ["x" * (MAX_SOURCE + 1), []]})},
        {"forms": to_bytes({"f": ["x", ["t"] * (MAX_TOKENS + 1)]})},
    ],
)
def test_what_are_no_forms_of_definitions_is_refused(reply):
    with pytest.raises(MalformedMessageError):
        checked_forms(reply)
