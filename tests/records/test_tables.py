"""Records become rows of tables, and rows records."""

from radmine.parse import parse_report
from radmine.records import TABLES, Section, Sentence, by_report, from_table, report_table, to_table

SECTIONS = {"a": [Section(0, 9, "findings", None), Section(20, 30, "impression", (9, 20))], "b": []}


def test_a_table_by_report_has_the_rows_of_its_records() -> None:
    table = report_table(TABLES["sections"], list(SECTIONS), list(SECTIONS.values()))
    rows = [("a", 0, *SECTIONS["a"][0]), ("a", 1, *SECTIONS["a"][1])]
    assert table.equals(to_table(TABLES["sections"], rows))
    assert by_report(TABLES["sections"], table) == {"a": SECTIONS["a"]}


def test_a_table_of_no_records_has_no_rows() -> None:
    for records in ([], [[]]):
        table = report_table(TABLES["sentences"], ["a"] * len(records), records)
        assert table.schema == TABLES["sentences"].schema
        assert from_table(TABLES["sentences"], table) == []


def test_lists_of_records_are_lists_of_structures() -> None:
    read = parse_report(
        "FINDINGS: Effusion.\n4 x 3 mm nodule in the left lung. Large right pneumothorax, larger."
    ).mentions
    assert [len(mention.described) for mention in read] == [0, 2, 3]
    table = report_table(TABLES["mentions"], ["a", "b", "c"], [read, [], read[1:]])
    assert by_report(TABLES["mentions"], table) == {"a": read, "c": read[1:]}
    assert table.equals(
        to_table(
            TABLES["mentions"],
            [("a", i, *m) for i, m in enumerate(read)] + [("c", i, *m) for i, m in enumerate(read[1:])],
        )
    )
    assert table["described"][1].as_py()[0] == {"kind": "size", "value": "4 x 3", "start": 20, "end": 28}


def test_the_index_begins_anew_with_each_report() -> None:
    sentences = [[Sentence(0, 5, 0)], [], [Sentence(1, 2, 0), Sentence(3, 4, 1)]]
    table = report_table(TABLES["sentences"], ["a", "b", "c"], sentences)
    keys = [(name, index) for name, index, _ in from_table(TABLES["sentences"], table)]
    assert keys == [("a", 0), ("c", 0), ("c", 1)]
