"""How a training went: `facts_of_training` in words, `course_plots` as curves."""

from radmine.corpus import Corpus
from radmine.train import COURSE, MODEL, course_svgs, read_course


def facts_of_training(corpus: Corpus) -> str:
    """Return what came of a training, its best epoch, why it ended and where it ran."""
    manifest = corpus.manifest("train")
    notes = manifest.notes if manifest else {}
    facts = [str(notes.get("outcome", "")), f"best epoch {notes.get('best_epoch', '?')}"]
    facts += [str(notes.get("stopped", "")), str(notes.get("device", ""))]
    return "; ".join(filter(None, facts))


def course_plots(corpus: Corpus) -> str:
    """Return loss and AUC by epoch as SVG."""
    path = corpus.folder / MODEL / COURSE
    return "".join(course_svgs(read_course(path))) if path.exists() else ""
