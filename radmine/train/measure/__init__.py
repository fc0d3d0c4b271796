"""How good predictions are: of several yes/no, of classes, of numbers, of times and of places, with 95 % intervals by patient."""

from radmine.train.measure.auc import Floats, Statistic, accuracy, auc, macro_auc, mean_of_known, micro_auc
from radmine.train.measure.bootstrap import Estimate, Patients, estimate, interval
from radmine.train.measure.calibration import (
    brier,
    calibration_error,
    equal_bins,
    temperature,
    tempered,
)
from radmine.train.measure.classes import confusion, kappa, measure_classes
from radmine.train.measure.delong import Compared, delong
from radmine.train.measure.findings import FEWEST, MEASURES, measure_finding
from radmine.train.measure.numbers import concordance, measure_numbers, measure_times, weighted_concordance
from radmine.train.measure.places import Froc, Mark, dice, froc, iou
from radmine.train.measure.thresholds import by_site, choose_threshold

__all__ = [
    "FEWEST",
    "MEASURES",
    "Compared",
    "Estimate",
    "Floats",
    "Froc",
    "Mark",
    "Patients",
    "Statistic",
    "accuracy",
    "auc",
    "brier",
    "by_site",
    "calibration_error",
    "choose_threshold",
    "concordance",
    "confusion",
    "delong",
    "dice",
    "equal_bins",
    "estimate",
    "froc",
    "interval",
    "iou",
    "kappa",
    "macro_auc",
    "mean_of_known",
    "measure_classes",
    "measure_finding",
    "measure_numbers",
    "measure_times",
    "micro_auc",
    "temperature",
    "tempered",
    "weighted_concordance",
]
