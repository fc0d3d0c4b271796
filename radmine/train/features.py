"""What a network sees in images whose labels it has not learned, row by row: `unlearned`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.models import is_model
from radmine.pixels import open_pixels
from radmine.run import Progress, no_progress
from radmine.train.measure import Floats
from radmine.train.model import MODEL, fit, load_model
from radmine.train.targets import Cases, read_cases
from radmine.train.trunk_features import trunk_features

_AT_ONCE = 256  # images
_MOST = 128  # principal components; more tell little and cost much
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Images and their features."""

    cases: Cases
    features: NDArray[np.float32]  # (images, dimension)
    of: str  # what the features are, in words


def unlearned(corpus: Corpus, *, own: bool = False, progress: Progress = no_progress) -> LookedAt:
    """Return the features of images in which no label of these images is hidden.

    Those of a trunk that stayed as it was when the network was trained say nothing of labels: then all images are there. A network's
    own features were learned from the labels of the training part: then the images are those of validation and test.

    Parameters
    ----------
    own
        Take the network's own features also where its trunk stayed as it was.
    progress
        Told of images.

    Raises
    ------
    InputError
        There is no network, or no image.
    """
    folder = corpus.folder / MODEL
    if not is_model(folder):
        raise InputError(
            "There is no image network yet, so nobody has looked at the images.",
            where=corpus.name,
            do=f"Run `radmine run {corpus.name} --through train`.",
        )
    model = load_model(folder, device="cpu")
    store = open_pixels(corpus)
    cases = read_cases(corpus, store)
    frozen = model.facts.frozen and not own
    kept = np.arange(len(cases.image_ids)) if frozen else np.flatnonzero(np.array(cases.parts) != "train")
    if not len(kept):
        raise InputError(
            "No image is outside of the training part.", where=corpus.name, do="Ingest more patients."
        )
    cases = some_of(cases, kept)
    size, parts = model.facts.size, []
    compute = trunk_features(model.network.trunk, model.facts, model.device) if frozen else model.features
    for start in range(0, len(kept), _AT_ONCE):
        progress(start, len(kept), "images looked at")
        squares = model.stored(store, cases.image_ids[start : start + _AT_ONCE])
        parts.append(compute(fit(squares, size) if frozen else squares))
    what = "features of the trunk, which learned none of the labels" if frozen else "the network's features"
    return LookedAt(cases, np.concatenate(parts), what)


def some_of(cases: Cases, rows: NDArray[np.integer]) -> Cases:
    """Return these rows of cases."""
    at = [int(row) for row in rows]
    return Cases(
        tuple(cases.image_ids[row] for row in at),
        tuple(cases.patients[row] for row in at),
        tuple(cases.parts[row] for row in at),
        tuple(cases.texts[row] for row in at),
    )


def reduced(features: NDArray[np.floating], *, seed: int = 0) -> Floats:
    """Return features as at most 128 principal components, each with variance 1; no label has a part in it."""
    from sklearn.decomposition import PCA

    most = min(_MOST, *features.shape)
    pca = PCA(most, whiten=True, svd_solver="randomized", random_state=seed)
    return np.asarray(pca.fit_transform(np.asarray(features, np.float64)), np.float64)


def cross_predicted(
    features: Floats, truth: NDArray[np.int64], patients: list[str], *, strength: float, seed: int = 0
) -> Floats | None:
    """Return the probability of each class, shape (n, classes), of logistic regressions that learned from other patients alone.

    None where a class has fewer patients than there are folds (5): some fold may then learn nothing of it.

    Parameters
    ----------
    features
        Shape (n, dimension).
    truth
        The class of each row, from 0.
    patients
        Whose rows they are: all of one are in one fold (stratified by class, seeded).
    strength
        Inverse of the penalty, scikit-learn's C.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold

    names = np.array(patients, dtype=object)
    classes = int(truth.max()) + 1 if len(truth) else 0
    if classes < 2 or any(len(set(names[truth == c])) < _FOLDS for c in range(classes)):
        return None
    found = np.zeros((len(truth), classes))
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    for learned, left_out in folds.split(features, truth, names):
        own = np.unique(truth[learned])
        if len(own) < 2:
            return None
        model = LogisticRegression(C=strength, max_iter=1000).fit(features[learned], truth[learned])
        found[np.ix_(left_out, own)] = model.predict_proba(features[left_out])
    return found
