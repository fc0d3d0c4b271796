"""Writes the real words that look like slips of our own: `radmine/parse/data/real_words.toml`.

    python scripts/make_real_words.py WORDS...

`WORDS` are files with a word of English a line, of any origin. A word is kept where `near_word` would take it for one of the
vocabulary's; words of the vocabulary itself are none. To be run again when the vocabulary has grown much. Words that stand
there stay.
"""

import argparse
import textwrap
from pathlib import Path

from radmine.findings import load_phrases
from radmine.parse.data_files import DATA, load_data
from radmine.parse.names import known_words
from radmine.parse.spelling import Spellings, near_word
from radmine.parse.unknown import vocabulary

HEAD = """# Real words that a slip of the pen would turn into a word of the vocabulary: they stay what they are.
# Made by scripts/make_real_words.py of lists of English words.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", type=Path, nargs="+", metavar="WORDS", help="a word a line")
    args = parser.parse_args()
    ours = vocabulary()
    known, spellings = known_words() | ours, Spellings(ours, load_phrases())
    words = {w.strip().lower() for path in args.words for w in path.read_text("utf-8").splitlines()}
    real = {word for word in words - known if near_word(word, spellings) is not None}
    real |= set(load_data("real_words")["words"].split())
    lines = textwrap.fill(" ".join(sorted(real)), 160, break_long_words=False)
    (DATA / "real_words.toml").write_text(f'{HEAD}words = """\n{lines}\n"""\n', "utf-8")
    print(f"{len(real)} words")


if __name__ == "__main__":
    main()
