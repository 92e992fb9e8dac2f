"""Which variables of its module a statement binds, changes and uses, found without executing it.

Python's own `symtable` tells the variables of functions, classes and comprehensions from those of
the module.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from typing import NamedTuple

ANYTHING = "*"  # the name that a star import binds
CHANGING_METHODS = frozenset(
    [
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem"),
        *("register", "remove", "reverse", "setdefault", "sort", "update"),
    ]
)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Effects(NamedTuple):
    """What a statement does to the variables of its module.

    Attributes:
        bound: assigned, defined, imported or deleted.
        changed: an attribute or an item is set.
        mutated: a method like append is called, which changes lists and their like.
        constant: bound to a module, function or class, which `np.append(x, 1)` does not change.
    """

    bound: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    mutated: frozenset[str] = frozenset()
    constant: frozenset[str] = frozenset()


def effects(statement: ast.stmt) -> Effects:
    """Find what a statement does.

    Example:
        >>> effects(ast.parse("a, b.c = lambda d: d + e").body[0])[:2]
        (frozenset({'a'}), frozenset({'b'}))
    """
    bound, changed, mutated, constant = set[str](), set[str](), set[str](), set[str]()
    for node in _walk_at_once(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            bound.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            bound.add(node.rest)
        elif isinstance(node, ast.alias):
            constant.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ImportFrom) and node.module == "__future__":
            bound.add(ANYTHING)
        elif isinstance(node, DEFINITIONS):
            constant.add(node.name)
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            changed |= set() if isinstance(node.ctx, ast.Load) else _root(node)
        for call in _calls(node):
            function = call.func if isinstance(call, ast.Call) else call
            if isinstance(function, ast.Attribute) and function.attr in CHANGING_METHODS:
                mutated |= _root(function)
            if isinstance(function, ast.Name) and function.id in ("setattr", "delattr"):
                changed |= set().union(*map(_root, getattr(call, "args", [])[:1]))
    return Effects(*map(frozenset, (bound | constant, changed, mutated, constant)))


def used(source: str) -> set[str]:
    """Find the names that a statement needs, or that the functions in it need when called.

    Raises:
        SyntaxError: if it is not Python, or says something impossible of its variables.
        RecursionError: if it is nested too deeply.

    Example:
        >>> sorted(used("a, b.c = lambda d: d + e"))
        ['a', 'b', 'e']
    """
    table = symtable.symtable(source, "a statement", "exec")
    # What it assigns to counts too: `x += 1` needs an x.
    found = {
        each.get_name() for each in table.get_symbols()
        if each.is_referenced() or each.is_assigned()
    }  # fmt: skip
    for scope in _scopes(table):
        for each in scope.get_symbols():
            # A class may use a variable of the module before it has its own of that name.
            before = scope.get_type() == "class" and each.is_local() and each.is_referenced()
            if each.is_global() or before:
                found.add(each.get_name())
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.For, ast.AsyncFor)):
            found -= _names(node.target)  # which other loops bind too
        elif isinstance(node, ast.withitem) and node.optional_vars:
            found -= _names(node.optional_vars)
    return found


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """All functions, classes and comprehensions within."""
    todo = list(table.get_children())
    while todo:
        scope = todo.pop()
        yield scope
        todo += scope.get_children()


def _calls(node: ast.AST) -> list[ast.expr]:
    """What is called for its effect: a statement by itself, or a decorator."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return [node.value]
    return getattr(node, "decorator_list", [])  # such as @quantize.register(int)


def _walk_at_once(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes that are executed with the statement, so without the bodies of functions."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, (*DEFINITIONS, ast.Lambda)):
            todo += getattr(node, "decorator_list", [])
        elif isinstance(node, ast.comprehension):
            todo += [node.iter, *node.ifs]  # its variables are its own
        else:
            todo += ast.iter_child_nodes(node)


def _root(node: ast.AST) -> set[str]:
    """The name of the object that `name.attribute[item]` is a part of, if it has one."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return {ANYTHING} if node.func.id in ("globals", "locals", "vars") else set()
    return {node.id} if isinstance(node, ast.Name) else set()


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
