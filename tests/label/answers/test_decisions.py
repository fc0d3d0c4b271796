"""The file of decisions: it holds what was added, damage is seen, and a killed writer takes nothing with it."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from radmine.errors import CorpusError
from radmine.label import DECISIONS, Decision, add_decisions, holding, read_decisions


def decision(finding: str, answer: str = "absent", by: str = "ann", item: str = "R1") -> Decision:
    return Decision(item, None, finding, answer, by, "skin\nfold, ü", "2026-01-31T12:00:00Z", "correct")


def add(folder: Path, *decisions: Decision) -> None:
    add_decisions(folder, lambda _: decisions)


def test_the_last_decision_on_a_finding_holds_until_it_is_withdrawn(tmp_path: Path) -> None:
    assert read_decisions(tmp_path) == []
    made = [decision("ascites"), decision("gallstone"), decision("ascites", "present", "bob")]
    add(tmp_path, *made[:2])
    add(tmp_path, made[2])
    assert read_decisions(tmp_path) == made
    assert list(holding(made).values()) == [made[2], made[1]]
    add(tmp_path, decision("ascites", "withdrawn", "eve"))
    assert list(holding(read_decisions(tmp_path)).values()) == [made[1]]


def states(folder: Path) -> Iterator[bytes]:
    """The file with each byte changed in two ways."""
    whole = (folder / DECISIONS).read_bytes()
    for at, byte in enumerate(whole):
        for other in {byte ^ 1, ord("\n")} - {byte}:
            yield whole[:at] + bytes([other]) + whole[at + 1 :]


def test_a_changed_byte_is_seen(tmp_path: Path) -> None:
    add(tmp_path, decision("ascites"), decision("hernia"))
    for state in states(tmp_path):
        (tmp_path / DECISIONS).write_bytes(state)
        with pytest.raises(CorpusError, match="damaged in line"):
            read_decisions(tmp_path)
        assert (tmp_path / DECISIONS).read_bytes() == state


def test_a_lost_or_moved_line_is_seen_and_nothing_is_added_to_it(tmp_path: Path) -> None:
    add(tmp_path, decision("ascites"), decision("gallstone"), decision("hernia"))
    path = tmp_path / DECISIONS
    first, second, third = path.read_bytes().splitlines(keepends=True)
    for state in (second + third, first + third, second + first + third, first + second + second + third):
        path.write_bytes(state)
        with pytest.raises(CorpusError, match="backup"):
            add(tmp_path, decision("pneumothorax"))
        assert path.read_bytes() == state


def test_killed_within_a_write_it_keeps_what_was_whole_and_goes_on(tmp_path: Path) -> None:
    made = [decision(finding) for finding in ("ascites", "gallstone", "hernia")]
    add(tmp_path, *made)
    path = tmp_path / DECISIONS
    whole = path.read_bytes()
    ends = [0, *(at + 1 for at, byte in enumerate(whole) if byte == ord("\n"))]
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        left = sum(end - 1 <= length for end in ends[1:])  # a line is whole without its end too
        assert read_decisions(tmp_path) == made[:left]
        if length % 40 == 0 or length + 1 in ends:
            add(tmp_path, decision("pneumothorax"))
            assert read_decisions(tmp_path) == [*made[:left], decision("pneumothorax")]


ADD = """
import sys
from pathlib import Path
from radmine.label.answers.decisions import Decision, add_decisions
for n in range(20):
    made = Decision("R1", None, f"finding_{n}", "absent", sys.argv[2], "", "2026-01-31T12:00:00Z", "correct")
    add_decisions(Path(sys.argv[1]), lambda _: [made])
"""


def test_two_who_add_at_once_both_find_their_decisions(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    started = [
        subprocess.Popen([sys.executable, "-c", ADD, str(tmp_path), by], cwd=root) for by in ("ann", "bob")
    ]
    assert [process.wait(timeout=120) for process in started] == [0, 0]
    made: Sequence[Decision] = read_decisions(tmp_path)
    for by in ("ann", "bob"):
        assert [d.finding for d in made if d.by == by] == [f"finding_{n}" for n in range(20)]


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / DECISIONS).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="link"):
        add(tmp_path, decision("ascites"))
    assert (tmp_path / "elsewhere").read_text() == ""
