"""Which names a statement reads: what the grader knows before it executes anything.

A name is read *now* if executing the statement needs it (a decorator, a default, a base class, the
right side of an assignment), and *later* if only the body of a function does. Variables of
functions, of comprehensions and of class bodies are told from global ones by Python's own rules; in
doubt a name counts as read. As in `bindings`, no nesting is too deep.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tinytorch.grading.submission.bindings import FUNCTIONS, bindings

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Reads(NamedTuple):
    """Global names that a statement reads."""

    now: set[str]
    later: set[str]


@dataclass
class _Scope:
    """Where names are looked up; `names` are the variables that are known to be bound there."""

    later: bool = False
    names: set[str] = field(default_factory=set)
    outer: _Scope | None = None
    is_class: bool = False  # functions and comprehensions inside do not see its variables

    def inside(self, names: set[str], later: bool) -> _Scope:
        """The scope of a function, comprehension or class in this one."""
        return _Scope(later, names, outer=self.outer if self.is_class else self)

    def has(self, name: str) -> bool:
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.names:
                return True
            scope = scope.outer
        return False


_Step = tuple[ast.AST | set[str], _Scope]  # something to walk through, or names bound by then


class _Walk:
    """Finds the reads of one statement."""

    def __init__(self, postponed: bool) -> None:
        self.found = Reads(set(), set())
        self.postponed = postponed
        self.todo: list[_Step] = []

    def run(self, statement: ast.AST) -> Reads:
        self.then(_Scope(), statement)
        while self.todo:
            step, scope = self.todo.pop()
            if isinstance(step, set):
                scope.names |= step
            elif isinstance(step, ast.Name):
                if not isinstance(step.ctx, ast.Store):
                    self.read(step.id, scope)
            elif isinstance(step, (*FUNCTIONS, ast.Lambda)):
                self.function(step, scope)
            elif isinstance(step, ast.ClassDef):
                self.class_body(step, scope)
            elif isinstance(step, COMPREHENSIONS):
                self.comprehension(step, scope)
            else:
                self.other(step, scope)
        return self.found

    def then(self, scope: _Scope, *steps: ast.AST | set[str] | None) -> None:
        """Walk through these next, in this order."""
        self.todo += [(step, scope) for step in reversed(steps) if step is not None]

    def read(self, name: str, scope: _Scope) -> None:
        if not scope.has(name):
            (self.found.later if scope.later else self.found.now).add(name)

    def function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: _Scope
    ) -> None:
        given = node.args
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        named = [each for each in arguments if each is not None]
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        inner = scope.inside(bindings(body).names | {each.arg for each in named}, later=True)
        self.then(inner, *body)
        self.then(scope, *given.defaults, *given.kw_defaults)
        if not isinstance(node, ast.Lambda):
            annotations = [each.annotation for each in named]
            self.then(self.of_annotations(scope), *annotations, node.returns)
            self.then(scope, *node.decorator_list)

    def class_body(self, node: ast.ClassDef, scope: _Scope) -> None:
        inner = scope.inside(set(), later=scope.later)
        inner.is_class = True
        for statement in reversed(node.body):
            self.then(inner, statement, bindings([statement]).names)
        self.then(scope, *node.decorator_list, *node.bases, *node.keywords)

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: _Scope
    ) -> None:
        targets = bindings(each.target for each in node.generators).names
        inner = scope.inside(targets, later=scope.later)
        values = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        first, *others = node.generators
        for each in others:
            self.then(inner, each.iter, each.target, *each.ifs)
        self.then(inner, first.target, *first.ifs, *values)
        self.then(scope, first.iter)

    def other(self, node: ast.AST, scope: _Scope) -> None:
        if isinstance(node, ast.Global):
            self.found.later.update(node.names)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self.read(node.target.id, scope)
            self.then(scope, node.value)
        elif isinstance(node, ast.AnnAssign):
            self.then(self.of_annotations(scope), node.annotation)
            self.then(scope, node.value, node.target)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            # The loop's variables are bound before its body reads them.
            bound = bindings([node.target]).names
            self.then(scope, node.iter, node.target, bound, *node.body, *node.orelse)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            self.then(scope, *node.items, bindings(node.items).names, *node.body)
        else:
            self.then(scope, *ast.iter_child_nodes(node))

    def of_annotations(self, scope: _Scope) -> _Scope:
        return replace(scope, later=True) if self.postponed else scope


def reads(statement: ast.AST, postponed_annotations: bool = False) -> Reads:
    r"""Find the global names that a statement reads.

    Args:
        statement: a statement of a module.
        postponed_annotations: whether `from __future__ import annotations` is in force.

    Example:
        >>> found = reads(ast.parse("def f(a=b):\n    return a + c").body[0])
        >>> found.now, found.later
        ({'b'}, {'c'})
    """
    return _Walk(postponed_annotations).run(statement)
