"""Which names a statement binds, and which objects it changes: known before anything is executed.

Trees are walked with a list of what is left to do, since a student's nesting may be deeper than
Python's stack.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

ANYTHING = "*"  # the name that a star import binds

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOAD = ast.Load()
SCOPES = (*FUNCTIONS, ast.ClassDef)
CHANGING_METHODS = frozenset(
    [
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem"),
        *("remove", "reverse", "setdefault", "sort", "update"),
    ]
)


class Bindings(NamedTuple):
    """What executing statements changes among the variables around them."""

    names: set[str]  # bound or deleted; ANYTHING for a star import
    objects: set[str]  # names of objects whose attributes or items are set or deleted
    containers: set[str]  # names of objects of which a method like append is called


def bindings(nodes: Iterable[ast.AST], walrus: bool = True) -> Bindings:
    r"""Find what statements change.

    Args:
        nodes: statements; what is in the functions and classes that they define does not count.
        walrus: whether to look for `:=` in expressions; without, most of the tree is passed over.

    Example:
        >>> found = bindings(ast.parse("a, b.c = 1, 2\nd.append(3)").body)
        >>> found.names, found.objects, found.containers
        ({'a'}, {'b'}, {'d'})
    """
    found = Bindings(set(), set(), set())
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.expr):
            if isinstance(getattr(node, "ctx", LOAD), ast.Load):
                if not walrus or isinstance(node, (ast.Lambda, ast.Name)):
                    continue
            elif isinstance(node, ast.Name):
                found.names.add(node.id)
                continue
            else:
                found.objects.update(_root(node))
        elif isinstance(node, SCOPES):
            found.names.add(node.name)
            for decorator in node.decorator_list:  # such as @quantize.register(int)
                function = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(function, ast.Attribute) and function.attr == "register":
                    found.objects.update(_root(function))
            continue
        elif isinstance(node, ast.comprehension):
            todo += [node.iter, *node.ifs]  # its target is a variable of its own
            continue
        elif isinstance(node, ast.alias):
            found.names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            found.names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            found.names.add(node.rest)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            _note_call(node.value, found)
        todo += ast.iter_child_nodes(node)
    return found


def _note_call(call: ast.Call, found: Bindings) -> None:
    function = call.func
    if isinstance(function, ast.Name) and function.id in ("setattr", "delattr"):
        for target in call.args[:1]:
            found.objects.update(_root(target))
    if isinstance(function, ast.Attribute) and function.attr in CHANGING_METHODS:
        root = _root(function)
        (found.objects if ANYTHING in root else found.containers).update(root)


def _root(node: ast.AST) -> set[str]:
    """The name of the object that `name.attribute[item]` is a part of, if it has one."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return {ANYTHING} if node.func.id in ("globals", "locals", "vars") else set()
    return {node.id} if isinstance(node, ast.Name) else set()
