"""Pages of HTML: one for each student, and one about the class for the instructor.

A page is one file without scripts that loads nothing. All text is escaped, as much of it is the
students' own.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import Any

from tinytorch.grading.reports.report import NOT_ATTEMPTED, look_at
from tinytorch.grading.reports.results import COULD_NOT_GRADE, GRADED, plain

STYLE = """
:root { color-scheme: light dark; --line: #8886; --good: #007a59; --bad: #b84f00; --bar: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --good: #2fc79b; --bad: #ff9146; --bar: #56b4e9; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.8rem 0.4rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td:first-child, th:first-child, td:last-child, th:last-child { white-space: nowrap; }
.points { font-size: 2rem; margin: 0.5rem 0; } .passed { color: var(--good); }
.failed { color: var(--bad); } .bars td:last-child { width: 45%; white-space: normal; }
.bar { background: var(--bar); display: inline-block; height: 0.8rem; margin-right: 0.5rem; }
ul { margin: 0.3rem 0; padding-left: 1.2rem; }
pre { margin: 0.5rem 0; padding: 0.5rem 0.8rem; border-left: 3px solid var(--line);
  font-size: 0.85rem; white-space: pre-wrap; }
"""


class Tally:
    """What the summary of a class is made of; it does not grow with the class.

    Attributes:
        totals: how many got how many points.
        statuses: how many were graded, not attempted, and not gradable.
        lost: points that the class lost with each check.
        students: how many lost points with each check.
        not_enforced: limits that the sandbox did not have.
    """

    def __init__(self) -> None:
        self.totals: Counter[int] = Counter()
        self.statuses: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.students: Counter[str] = Counter()
        self.not_enforced: set[str] = set()

    def __str__(self) -> str:
        return (
            f"{self.statuses.total()} submissions: {self.statuses[GRADED]} graded, "
            f"{self.statuses[NOT_ATTEMPTED]} not attempted, "
            f"{self.statuses[COULD_NOT_GRADE]} that could not be graded"
        )

    def add(self, results: dict[str, Any]) -> None:
        """Count a submission, given as the dict for results.json.

        Checks count for those who attempted something: only their losses say what to teach again.
        """
        status = results["extra_data"]["status"]
        self.statuses[status] += 1
        self.not_enforced.update(results["extra_data"].get("not_enforced", []))
        if status != COULD_NOT_GRADE:
            self.totals[results["score"]] += 1
        for test in results["tests"] if status == GRADED else []:
            lost = test["max_score"] - test["score"]
            self.lost[test["name"]] += lost
            self.students[test["name"]] += lost > 0


def feedback_page(student: str, results: dict[str, Any]) -> str:
    """What a student gets to read.

    Args:
        student: the name.
        results: the dict for results.json.

    Returns:
        A page of HTML: points, what went wrong, and what to look at.
    """
    extra = results["extra_data"]
    parts = [f"<p>{_text(student)}</p>"]
    if extra["status"] == COULD_NOT_GRADE:
        parts.append(
            f'<p class="points">Not graded</p><p>This could not be graded: '
            f"{_text(extra['reason'])}.</p><p>That is not the same as 0 points. Open the notebook, "
            "run all cells, save it, and hand in the file that ends with .ipynb.</p>"
        )
        return _page("Feedback", parts)
    parts.append(f'<p class="points">{_text(results["output"])}</p>')
    rows = [_exercise(name, each, results["tests"]) for name, each in extra["exercises"].items()]
    parts.append(_table(("points", "exercise", "result"), rows, "results"))
    return _page("Feedback", parts)


def _exercise(name: str, score: dict[str, Any], tests: list[dict[str, Any]]) -> str:
    points = f"{score['points']} of {score['max_points']}"
    about = f"<b>{_text(name)}</b>"
    colour = score["status"] if score["status"] in ("passed", "failed") else ""
    if score["status"] == "failed":
        about += f"<br>{_text(score['reason'])}"
        own = [test for test in tests if test["name"].startswith(f"{name}: ")]
        failed = [test for test in own if test["status"] == "failed"]
        about += next((_traceback(test) for test in failed if "\n" in test["output"]), "")
        checks = [_text(test["name"].split(": ", 1)[1]) for test in failed]
        about += f"<div>Look at {_text(look_at(name))}. Checks that failed:</div>"
        about += f"<ul>{''.join(f'<li>{check}</li>' for check in checks)}</ul>"
    return _row(points, about, f'<span class="{colour}">{_text(score["status"])}</span>')


def _traceback(test: dict[str, Any]) -> str:
    """The student's own lines that raised."""
    return f"<pre>{escape(test['output'].split(chr(10), 1)[1])}</pre>"


def summary_page(tally: Tally) -> str:
    """What an instructor sees of the class.

    Args:
        tally: of all submissions.

    Returns:
        A page of HTML: how the totals are distributed, and what points were lost on.
    """
    graded = tally.statuses[GRADED]
    parts = [f"<p>{tally}.</p>"]
    if tally.totals:
        parts += ["<h2>How many students got how many points</h2>", _totals(tally.totals)]
    worst = [(name, lost) for name, lost in tally.lost.most_common() if lost]
    parts.append("<h2>What the points were lost on</h2>")
    if not worst:
        return _page("The class", [*parts, "<p>No points were lost by those graded.</p>"])
    largest = worst[0][1]
    rows = [
        _row(
            f"{tally.students[name]} of {graded}",
            _text(name),
            _bar(lost / largest, f"{lost / graded:.1f}"),
        )
        for name, lost in worst
    ]
    parts.append(_table(("students", "check that failed", "points lost by a student, mean"), rows))
    return _page("The class", parts)


def _totals(totals: Counter[int]) -> str:
    """Ten bars; full points have their own."""
    bins: Counter[int] = Counter()
    for points, students in totals.items():
        bins[min(points, 100) // 10] += students
    largest = max(bins.values())
    names = [*(f"{10 * i} to {10 * i + 9}" for i in range(10)), "100"]
    rows = [_row(name, _bar(bins[i] / largest, str(bins[i]))) for i, name in enumerate(names)]
    mean = sum(points * students for points, students in totals.items()) / totals.total()
    ordered = sorted(totals.elements())
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return _table(("points", "students"), rows) + f"<p>Mean {mean:.1f}, median {middle:g}.</p>"


def _bar(fraction: float, words: str) -> str:
    return f'<span class="bar" style="width: {70 * fraction:.1f}%"></span>{_text(words)}'


def _table(head: tuple[str, ...], rows: list[str], kind: str = "bars") -> str:
    cells = "".join(f'<th scope="col">{_text(name)}</th>' for name in head)
    return f'<table class="{kind}"><tr>{cells}</tr>{"".join(rows)}</table>'


def _row(*cells: str) -> str:
    """A row of cells that are HTML already."""
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _page(title: str, parts: list[str]) -> str:
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}: quantization</title><style>{STYLE}</style></head>\n"
        f"<body><h1>{_text(title)}: quantization</h1>\n{body}\n</body></html>\n"
    )


def _text(text: str) -> str:
    return escape(plain(text))
