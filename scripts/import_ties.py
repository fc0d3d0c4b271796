"""How many import ties a room has: between its modules, and between its parts (inner rooms count as one part).

python scripts/import_ties.py ROOM [--tree DIR]

A tie is a pair of modules (parts) of which one imports the other, anywhere in it. DIR is the checkout, by default this one.
"""

import argparse
import ast
from pathlib import Path


def ties(folder: Path) -> set[tuple[str, str]]:
    """The pairs of modules in a room, as paths below it without ending."""
    name = f"radmine.{folder.name}"
    modules = {p.relative_to(folder).with_suffix("").as_posix(): p for p in folder.rglob("*.py")}
    found = set()
    for module, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{name}."):
                below = (node.module or "").removeprefix(name).strip(".").replace(".", "/")
                for alias in node.names:
                    inner = f"{below}/{alias.name}".strip("/")
                    target = next(
                        (m for m in (inner, below, f"{below}/__init__".strip("/")) if m in modules), ""
                    )
                    if target and target != module:
                        found.add((module, target))
    return found


def part(module: str) -> str:
    """The part of a room that a module is in: an inner room, or itself."""
    return module.split("/")[0]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("room")
    parser.add_argument("--tree", type=Path, default=Path(__file__).parent.parent)
    arguments = parser.parse_args()
    folder = arguments.tree / "radmine" / arguments.room
    found = {pair for pair in ties(folder) if not pair[0].endswith("__init__")}
    between = {(part(a), part(b)) for a, b in found if part(a) != part(b)}
    files = [p for p in folder.rglob("*.py") if p.name != "__init__.py"]
    parts = {part(p.relative_to(folder).with_suffix("").as_posix()) for p in files}
    print(
        f"{arguments.room}: {len(files)} modules, {len(found)} ties between them; {len(parts)} parts, {len(between)} ties between these"
    )


if __name__ == "__main__":
    main()
