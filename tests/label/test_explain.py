"""How reports got their labels."""

from radmine.label import explain, label_report


def test_an_explanation_has_every_mention_with_its_rule_and_why_it_was_left_out() -> None:
    text = "HISTORY: Splenomegaly.\nFINDINGS: No ascites. Her mother has scoliosis."
    explanation = explain(text)
    assert [text[slice(*h)].strip(": ") for h in explanation.headings] == ["HISTORY", "FINDINGS"]
    left_out = {m.mention.finding: m.left_out for m in explanation.mentions}
    assert left_out["splenomegaly"] == "the section history makes no label"
    assert left_out["ascites"] is None
    assert left_out["scoliosis"] is not None
    assert [s.section for s in explanation.sentences] == ["history", "findings", "findings"]
    assert explanation.labels == label_report(text)
