"""Which names a statement binds, changes and uses, found without executing it.

Trees are walked with a list of what is left to do, since a student's nesting may be deeper than
Python's stack.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

ANYTHING = "*"  # the name that a star import binds
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOPS = (ast.For, ast.AsyncFor, ast.comprehension)
CHANGING_METHODS = frozenset(
    [
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem"),
        *("register", "remove", "reverse", "setdefault", "sort", "update"),
    ]
)


def bound_and_changed(statement: ast.stmt, defined: set[str]) -> tuple[set[str], set[str]]:
    r"""Find the variables of its module that a statement binds, and those that it changes.

    Binding is to assign, define, import or delete; changing is to set an attribute or an item, or
    to call a method like append.

    Args:
        statement: a statement of a module; its tree is taken apart.
        defined: names of the modules, functions and classes so far: `np.append(x, 1)` changes
            nothing. Those of this statement are added.

    Example:
        >>> bound_and_changed(ast.parse("a, b.c = lambda d: d + e").body[0], set())
        ({'a'}, {'b'})
    """
    scope = _Scope([statement])
    defined |= scope.defined
    return scope.bound, scope.changed | (scope.mutated - defined)


def used(statement: ast.stmt) -> set[str]:
    r"""Find the names that a statement needs, or that its functions need when they are called.

    Args:
        statement: a statement of a module; its tree is taken apart.

    Example:
        >>> sorted(used(ast.parse("a, b.c = lambda d: d + e").body[0]))
        ['a', 'b', 'e']
    """
    set_by_functions = {name for node in ast.walk(statement) if isinstance(node, ast.Global)
                        for name in node.names}  # fmt: skip
    top = _Scope([statement])
    found = top.bound | set_by_functions
    # Each scope with the variables of the functions around it, and of the class that it is in.
    todo: list[tuple[_Scope, tuple[set[str], ...], set[str]]] = [(top, (), top.temporary)]
    while todo:
        scope, variables, own = todo.pop()
        loaded = (scope.loaded - own) | scope.iterated
        found |= {name for name in loaded if not any(name in each for each in variables)}
        for definition, body in scope.inner:
            if isinstance(definition, ast.ClassDef):  # its methods do not see its variables
                bound_above: set[str] = set()
                for part in map(_Scope, zip(body)):
                    todo.append((part, variables, bound_above | part.temporary))
                    bound_above = bound_above | part.bound
            else:
                inner = _Scope(body)
                arguments = {n.arg for n in ast.walk(definition.args) if isinstance(n, ast.arg)}
                local = (arguments | inner.bound | inner.temporary) - set_by_functions
                todo.append((inner, (*variables, local), set()))
    return found - top.temporary | top.iterated


_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


class _Scope:
    """The names in some nodes, without those in the bodies of functions and classes in there."""

    def __init__(self, nodes: Iterable[ast.AST]) -> None:
        self.bound: set[str] = set()
        self.temporary: set[str] = set()  # variables of loops, `with` and comprehensions
        self.changed: set[str] = set()
        self.mutated: set[str] = set()  # a method like append is called
        self.loaded: set[str] = set()
        self.iterated: set[str] = set()  # loaded before a comprehension has its variables
        self.defined: set[str] = set()  # modules, functions and classes
        self.inner: list[tuple[_Definition, list[ast.AST]]] = []  # with their bodies
        todo = list(nodes)
        while todo:
            node = todo.pop()
            self._note(node)
            todo += ast.iter_child_nodes(node)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            (self.loaded if isinstance(node.ctx, ast.Load) else self.bound).add(node.id)
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            if not isinstance(node.ctx, ast.Load):
                self.changed |= _root(node)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            self._note_definition(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self._note_call(node.value)
        elif isinstance(node, COMPREHENSIONS):
            self.iterated |= _names(node.generators[0].iter)
        elif isinstance(node, LOOPS):
            self.temporary |= _names(node.target)
            if isinstance(node, ast.comprehension):
                del node.target  # a variable of its own
        elif isinstance(node, ast.withitem) and node.optional_vars:
            self.temporary |= _names(node.optional_vars)
        elif isinstance(node, ast.alias):
            name = (node.asname or node.name).split(".")[0]
            self.defined.add(name)
            self.bound.add(name)
        elif isinstance(node, ast.ImportFrom) and node.module == "__future__":
            self.bound.add(ANYTHING)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            self.bound.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            self.bound.add(node.rest)

    def _note_definition(self, node: _Definition) -> None:
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        self.inner.append((node, [*body]))
        del node.body  # what is left is evaluated in this scope: decorators, defaults, bases
        if not isinstance(node, ast.Lambda):
            self.defined.add(node.name)
            self.bound.add(node.name)
            for decorator in node.decorator_list:  # such as @quantize.register(int)
                self._note_call(decorator)

    def _note_call(self, node: ast.expr) -> None:
        function = node.func if isinstance(node, ast.Call) else node
        if isinstance(function, ast.Attribute) and function.attr in CHANGING_METHODS:
            self.mutated |= _root(function)
        if isinstance(function, ast.Name) and function.id in ("setattr", "delattr"):
            self.changed |= set().union(*map(_root, getattr(node, "args", [])[:1]))


def _root(node: ast.AST) -> set[str]:
    """The name of the object that `name.attribute[item]` is a part of, if it has one."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return {ANYTHING} if node.func.id in ("globals", "locals", "vars") else set()
    return {node.id} if isinstance(node, ast.Name) else set()


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
