"""The self-test passes on the rules as they are, and fails loudly on rules that are broken."""

import pytest

from radmine.errors import RadmineError
from radmine.parse import assertion, data_files, rules, selftest, vocabulary
from radmine.parse.reader import read_sentence
from radmine.parse.selftest import check_parser

CACHES = (check_parser, rules.load_triggers, vocabulary._vocabulary, assertion.section_means, read_sentence)


def forget():
    for cached in CACHES:
        cached.cache_clear()


@pytest.fixture
def broken():
    """A function that changes the rules as they are loaded, which is what all go by, compiled or not."""

    def breaks(change):
        change(data_files.load_data("assertion"))
        forget()

    data_files.load_data.cache_clear()
    yield breaks
    data_files.load_data.cache_clear()
    forget()


def test_the_reader_works_and_is_checked_once_on_one_sentence_a_rule(monkeypatch):
    read = []

    def note(text, *rest):
        read.append(text)
        return assertion.assert_spans(text, *rest)

    monkeypatch.setattr(selftest, "assert_spans", note)
    check_parser.cache_clear()
    check_parser()
    assert len(read) == len(data_files.load_data("assertion")["rule"])
    assert max(map(len, read)) < 200  # some milliseconds in all
    check_parser()
    assert check_parser.cache_info()[:2] == (1, 1)


def test_rules_that_no_longer_match_are_named(broken):
    def change(data):
        for rule in data["rule"]:
            if rule["name"] in {"denies", "possible"}:
                rule["phrases"] = ["zzz"]

    broken(change)
    with pytest.raises(RadmineError, match=r"negation \(denies\).*uncertainty \(possible\).*findings"):
        check_parser()


def test_rules_of_the_wrong_side_are_named(broken):
    def change(data):
        for rule in data["rule"]:
            if rule["name"] == "not_seen":
                rule["direction"] = "forward"

    broken(change)
    with pytest.raises(RadmineError, match=r"negation \(not_seen"):
        check_parser()


def test_a_missing_kind_is_named(broken):
    def change(data):
        data["rule"] = [rule for rule in data["rule"] if rule["kind"] != "uncertainty"]

    broken(change)
    with pytest.raises(RadmineError, match=r"uncertainty \(no rule\)"):
        check_parser()


def test_rules_that_stand_but_are_not_looked_up_are_all_named(broken):
    broken(lambda data: [rule.update(phrases=["zzz"]) for rule in data["rule"]])
    with pytest.raises(RadmineError, match=r"negation \(no, without.*uncertainty.*hypothetical.*historical"):
        check_parser()


def test_a_file_that_cannot_be_read_is_an_error_of_ours(broken):
    broken(lambda data: data.pop("rule"))
    with pytest.raises(RadmineError, match="cannot be loaded"):
        check_parser()


def test_no_text_is_in_the_message(broken):
    broken(lambda data: data["rule"][0].update(phrases=["zzz"]))
    with pytest.raises(RadmineError) as caught:
        check_parser()
    assert "airspace" not in str(caught.value)
