"""Where in a picture a network sees a finding: heat maps, boxes from them, and how often they are right."""

from radmine.train.heatmaps.boxes import MOST, THRESHOLD, Box, boxes_of, hits, iobb, iou
from radmine.train.heatmaps.located import LEVELS, Localisation, Located, locate
from radmine.train.heatmaps.maps import METHODS, heatmap
from radmine.train.heatmaps.randomised import likeness, randomised, rank_correlation
from radmine.train.heatmaps.seen import Seen, see
from radmine.train.heatmaps.true_boxes import TrueBox, read_boxes

__all__ = [
    "LEVELS",
    "METHODS",
    "MOST",
    "THRESHOLD",
    "Box",
    "Localisation",
    "Located",
    "Seen",
    "TrueBox",
    "boxes_of",
    "heatmap",
    "hits",
    "iobb",
    "iou",
    "likeness",
    "locate",
    "randomised",
    "rank_correlation",
    "read_boxes",
    "see",
]
