"""What becomes of points that are earned late, as a formula of numbers."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

NAMES = ("score", "max_score", "days", "hours")
FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min, "max": max, "round": round, "floor": math.floor, "ceil": math.ceil,
}  # fmt: skip
OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.USub: operator.neg, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
}  # fmt: skip
MAX_LENGTH = 500  # characters


@dataclass(frozen=True)
class LatePolicy:
    """A formula for the points of late work.

    Args:
        formula: numbers, `score` and `max_score` (points), `days` and `hours` late (both rounded
            up), the operators + - * / and comparisons, A if CONDITION else B, and min, max,
            round, floor and ceil. Lateness costs nothing by default.

    Raises:
        ValueError: if the formula has anything else in it.

    Example:
        >>> LatePolicy("max(0, score - 10 * days)").points(80, 100, timedelta(hours=25))
        60.0
    """

    formula: str = "score"

    def __post_init__(self) -> None:
        for late in (timedelta(0), timedelta(hours=1), timedelta(days=400)):
            for score in (0, 50, 100):
                self._value(score, 100, late)

    def points(self, score: float, max_score: float, late: timedelta) -> float:
        """What points become, never more than they were and never fewer than none.

        Args:
            score: the points earned.
            max_score: those that could be earned.
            late: how late the work came; the formula is not asked for what came in time.
        """
        if late <= timedelta(0):
            return float(score)
        return min(max(self._value(score, max_score, late), 0.0), float(score))

    def _value(self, score: float, max_score: float, late: timedelta) -> float:
        values = {
            "score": score, "max_score": max_score,
            "days": math.ceil(late / timedelta(days=1)),
            "hours": math.ceil(late / timedelta(hours=1)),
        }  # fmt: skip
        if len(self.formula) > MAX_LENGTH:
            raise ValueError(f"a formula of {len(self.formula)} characters, over {MAX_LENGTH}")
        try:
            value = float(_evaluated(ast.parse(self.formula.strip(), mode="eval").body, values))
        except SyntaxError:
            raise ValueError(f"{self.formula!r} is no formula") from None
        except (ArithmeticError, TypeError, RecursionError) as error:
            raise ValueError(f"{self.formula!r} cannot be computed: {error}") from None
        if not math.isfinite(value):
            raise ValueError(f"{self.formula!r} gives {value}")
        return value


def lateness(handed_in: datetime | None, due: datetime | None, is_late: bool) -> timedelta:
    """How late work came.

    Args:
        handed_in: when, if that is known.
        due: when it was due, if that is known.
        is_late: whether the platform calls it late; where the times are not known, that counts as
            one second, so as a day and an hour.
    """
    if handed_in is not None and due is not None:
        return max(handed_in.astimezone() - due.astimezone(), timedelta(0))
    return timedelta(seconds=1) if is_late else timedelta(0)


def _evaluated(node: ast.expr, values: dict[str, float]) -> Any:
    def of(each: ast.expr) -> Any:
        return _evaluated(each, values)

    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](of(left), of(right))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](of(operand))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
            return OPERATORS[type(op)](of(left), of(right))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return of(body) if of(test) else of(orelse)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](*map(of, args))
    raise ValueError(
        f"{ast.unparse(node)!r} cannot stand in a formula, which is made of numbers, "
        f"{', '.join(NAMES)}, + - * /, comparisons, if and else, and {', '.join(FUNCTIONS)}"
    )
