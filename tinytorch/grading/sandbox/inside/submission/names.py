"""Which variables of its module a statement binds, changes and uses, found without executing it.

Python's own `symtable` tells the variables of functions, classes and comprehensions from those of
the module.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tinytorch.grading.sandbox.inside.notebook import WRITTEN

ANYTHING = "*"  # the name that a star import binds
MODULE = "module"  # before the name of a module, to tell it from a variable
CHANGING_METHODS = frozenset(
    [
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem"),
        *("register", "remove", "reverse", "setdefault", "sort", "update"),
    ]
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
LATER = (*DEFINITIONS, ast.Lambda)  # what is in them is executed later


class Effects(NamedTuple):
    """What a statement does to the variables of its module.

    Attributes:
        bound: assigned, defined, imported or deleted.
        changed: an attribute or an item is set.
        mutated: a method like append is called, which changes lists and their like.
        constant: bound to a module, function or class, which `np.append(x, 1)` does not change.
        calls: names of functions that are called, each with the variables that they are given.
        called: what that does if it is a function that is defined here.
    """

    bound: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    mutated: frozenset[str] = frozenset()
    constant: frozenset[str] = frozenset()
    calls: frozenset[tuple[str, frozenset[str]]] = frozenset()
    called: Called | None = None


class Called(NamedTuple):
    """What a function does to variables when it is called.

    Attributes:
        globals: variables of its module that it assigns to.
        arguments: whether it sets attributes or items of what it is given.
        calls: names of functions that it calls.
    """

    globals: frozenset[str]
    arguments: bool
    calls: frozenset[str]


def effects(statement: ast.stmt) -> Effects:
    """Find what a statement does.

    Example:
        >>> effects(ast.parse("a, b.c = lambda d: d + e").body[0])[:2]
        (frozenset({'a'}), frozenset({'b'}))
    """
    bound, changed, mutated, constant = set[str](), set[str](), set[str](), set[str]()
    nodes = list(_walk(statement, at_once=True))
    for node in nodes:
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
    calls = set[tuple[str, frozenset[str]]]()
    for call, name in _named_calls(nodes):
        given = [*call.args, *(each.value for each in call.keywords)]
        calls.add((name, frozenset[str]().union(*map(_names, given))))
        if name == WRITTEN:
            bound.add(f"{MODULE} {_constant_text(call)}")
        if name == "exec":
            source = _constant_text(call)
            done = [ANYTHING] if source is None else []
            bound |= {*done}.union(*(effects(each).bound for each in _parsed(source or "")))
    return Effects(
        frozenset(bound | constant),
        frozenset(changed),
        frozenset(mutated),
        frozenset(constant),
        frozenset(calls),
        _when_called(statement) if isinstance(statement, FUNCTIONS) else None,
    )


def _named_calls(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.Call, str]]:
    """The calls among nodes whose function is a variable, and its name."""
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, node.func.id


def _constant_text(call: ast.Call) -> str | None:
    """The first argument of a call, if it is a constant text."""
    first = call.args[0] if call.args else None
    is_text = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return str(first.value) if is_text and isinstance(first, ast.Constant) else None


def _parsed(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _when_called(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Called:
    """What calling a function does, as far as its own lines say."""
    inside = list(_walk(function))
    given = {node.arg for node in inside if isinstance(node, ast.arg)}
    given |= set[str]().union(
        *(_names(node.target) for node in inside if isinstance(node, ast.For))
    )
    assigned, changed = set[str](), set[str]()
    for node in inside:
        if isinstance(node, ast.Global):
            assigned |= set(node.names)
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            changed |= set() if isinstance(node.ctx, ast.Load) else _root(node)
    calls = set[str]()
    for call, name in _named_calls(inside):
        calls.add(name)
        if name in ("setattr", "delattr"):
            changed |= set[str]().union(*map(_root, call.args[:1]))
    return Called(
        frozenset(assigned | (changed & {ANYTHING})), bool(changed & given), frozenset(calls)
    )


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
    nodes = list(_walk(ast.parse(source)))
    for node in nodes:
        if isinstance(node, (ast.For, ast.AsyncFor)):
            found -= _names(node.target)  # which other loops bind too
        elif isinstance(node, ast.withitem) and node.optional_vars:
            found -= _names(node.optional_vars)
        elif isinstance(node, ast.Import):  # of a module that a cell may have written
            found |= {f"{MODULE} {each.name.partition('.')[0]}" for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(f"{MODULE} {node.module.partition('.')[0]}")
    for call, function in _named_calls(nodes):
        if function == "exec" and (text := _constant_text(call)):
            found |= used(text)
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


def _walk(node: ast.AST, at_once: bool = False) -> Iterator[ast.AST]:
    """A node and all in it, or what is executed at once: without the bodies of functions."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        if at_once and isinstance(node, LATER):
            todo += getattr(node, "decorator_list", [])
        elif at_once and isinstance(node, ast.comprehension):
            todo += [node.iter, *node.ifs]  # its variables are its own
        else:
            todo += _children(node)


def _children(node: ast.AST) -> list[ast.AST]:
    """The nodes in a node, but not `Load` and its like, which are a third of all nodes."""
    found: list[ast.AST] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            found += [each for each in value if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
            found.append(value)
    return found


def _root(node: ast.AST) -> set[str]:
    """The name of the object that `name.attribute[item]` is a part of, if it has one."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return {ANYTHING} if node.func.id in ("globals", "locals", "vars") else set()
    return {node.id} if isinstance(node, ast.Name) else set()


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in _walk(node) if isinstance(each, ast.Name)}
