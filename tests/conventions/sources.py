"""The project's own files, for tests that read rather than run them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)


@dataclass(frozen=True)
class Source:
    """One Python file and its syntax tree."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Parsed when first asked for: not while pytest collects."""
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        """Its path inside the project."""
        return str(self.path.relative_to(ROOT))

    @property
    def lines(self) -> int:
        """Physical lines."""
        return len(self.text.splitlines())

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones included."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def place(self, node: Function) -> str:
        """Where a function stands, for messages."""
        return f"{self.name}:{node.lineno} {node.name}"


@cache
def sources(folder: str) -> list[Source]:
    """Every Python file of a folder that is not empty."""
    read = [(path, path.read_text("utf-8")) for path in sorted((ROOT / folder).rglob("*.py"))]
    return [Source(path, text) for path, text in read if text.strip()]


def tracked() -> list[Path]:
    """The files under version control that are there, and the new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [path for line in listed if (path := ROOT / line).is_file()]


def assert_none(offenders: Iterable[str]) -> None:
    """Fail with one offender a line."""
    found = list(offenders)
    assert not found, "\n" + "\n".join(found)


def nesting(node: ast.AST, depth: int = 0) -> int:
    """How deep blocks stand in blocks; a chain of elif counts once, and functions inside count apart."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef | ast.Lambda):
            continue
        is_elif = isinstance(child, ast.If) and isinstance(node, ast.If) and node.orelse == [child]
        step = isinstance(child, BLOCKS) and not is_elif
        deepest = max(deepest, nesting(child, depth + step))
    return deepest


def positional(node: Function) -> list[str]:
    """The names of the arguments that may be given by position, without self and cls."""
    named = [each.arg for each in node.args.posonlyargs + node.args.args]
    return named[1:] if named[:1] in (["self"], ["cls"]) else named
