"""Whether two models differ in AUC on the same images: `delong`.

DeLong et al., Biometrics 44, 1988, in the fast form of Sun and Xu, IEEE Signal Process. Lett. 21, 2014.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.train.measure.auc import auc
from radmine.train.measure.bootstrap import Estimate, estimate


@dataclass(frozen=True, slots=True)
class Compared:
    """The AUCs of two models on the same images."""

    one: float
    other: float
    variance: tuple[tuple[float, float], tuple[float, float]]  # and covariance of the two AUCs
    z: float  # NaN where the two order all images alike
    p: float  # two-sided, as if images were independent: too small where patients have several
    difference: Estimate  # one - other, its interval by a bootstrap over patients


def delong(
    one: NDArray[np.floating],
    other: NDArray[np.floating],
    truth: NDArray[np.bool_],
    patients: list[str],
    *,
    seed: int = 0,
) -> Compared | None:
    """Return how two models' AUCs compare on the same images, None where one of the two kinds has fewer than two images.

    DeLong's test takes images as independent; the difference comes with an interval that knows of patients.
    """
    m, n = int(truth.sum()), int((~truth).sum())
    if min(m, n) < 2:
        return None
    from scipy.stats import norm, rankdata

    of_positive, of_negative = [], []
    for scores in (one, other):
        together = rankdata(np.r_[scores[truth], scores[~truth]])
        of_positive.append((together[:m] - rankdata(scores[truth])) / n)
        of_negative.append(1 - (together[m:] - rankdata(scores[~truth])) / m)
    areas = [float(v.mean()) for v in of_positive]
    cover = np.cov(np.array(of_positive)) / m + np.cov(np.array(of_negative)) / n
    spread = float(cover[0, 0] + cover[1, 1] - 2 * cover[0, 1])
    z = (areas[0] - areas[1]) / math.sqrt(spread) if spread > 1e-15 else math.nan
    p = 1.0 if math.isnan(z) else float(2 * norm.sf(abs(z)))
    difference = estimate(lambda w: auc(one, truth, w) - auc(other, truth, w), patients, seed=seed)
    rows = (float(cover[0, 0]), float(cover[0, 1])), (float(cover[1, 0]), float(cover[1, 1]))
    return Compared(areas[0], areas[1], rows, z, p, difference)
