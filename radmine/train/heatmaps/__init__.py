"""Where in a picture a network sees a finding: heat maps, boxes from them, and how often they are right."""

from radmine.train.heatmaps.boxes import MOST, THRESHOLD, Box, boxes_of, hits, iobb, iou
from radmine.train.heatmaps.maps import METHODS, heatmap
from radmine.train.heatmaps.randomised import likeness, randomised, rank_correlation

__all__ = [
    "METHODS",
    "MOST",
    "THRESHOLD",
    "Box",
    "boxes_of",
    "heatmap",
    "hits",
    "iobb",
    "iou",
    "likeness",
    "randomised",
    "rank_correlation",
]
