"""Image networks learn from the labels, and are scored.

**Reads** `pixels`, `near_duplicates`, `splits`, `images`, `labels`, `links`, `image_topics`, of `topics` the words, of `reports` the texts' hashes and what was kept of columns, and
the folder `arrays`; where they are installed, weights that were learned elsewhere.
**Writes** `scores`, `predictions` (of the validation and the test part) and the folder `models/image` (weights, the network as ONNX, and all that is needed to use them right; beside it, for people, a card, the settings, the parts, the course and curves).

**Guarantees**: only the training part is learned from, only the validation part chooses the epoch and thresholds, only the test part is
scored; targets read from text are scored again without the test images whose text also occurs in training (`auc_new`), counted;
a killed training goes on after its last whole epoch with the same result; the same inputs, settings and seed give the
same weights within 1e-5 on one machine and thread count. `ablate` compares variants of a training beside all that: nothing of the corpus changes.
"""

from radmine.train.ablation import LEAST_FOLDS, Ablated, ablate
from radmine.train.bundle import write_bundle, write_onnx
from radmine.train.compare import compare_networks
from radmine.train.confounders import Confounded, Confounders, Told, find_confounders
from radmine.train.curves import COURSE, ROC, course_svgs, read_course
from radmine.train.evaluation import Classed, Evaluation, Found, Numbered, evaluate_network
from radmine.train.followers import follow, is_follower, leading
from radmine.train.grid import read_grid
from radmine.train.groups import SHOWN, Grouped, largest_gaps
from radmine.train.heatmaps import LEVELS, Box, Localisation, Seen, boxes_of, heatmap, locate, see
from radmine.train.measure import Estimate
from radmine.train.model import MODEL, ImageModel, ModelFacts, load_model
from radmine.train.noise import Suspect, Suspects, suspected
from radmine.train.queue import Waits
from radmine.train.settings import TrainSettings
from radmine.train.stage import STAGE
from radmine.train.targets import COLUMNS
from radmine.train.worklist import Worklist, make_worklist

__all__ = [
    "COLUMNS",
    "COURSE",
    "LEAST_FOLDS",
    "LEVELS",
    "MODEL",
    "ROC",
    "SHOWN",
    "STAGE",
    "Ablated",
    "Box",
    "Classed",
    "Confounded",
    "Confounders",
    "Estimate",
    "Evaluation",
    "Found",
    "Grouped",
    "ImageModel",
    "Localisation",
    "ModelFacts",
    "Numbered",
    "Seen",
    "Suspect",
    "Suspects",
    "Told",
    "TrainSettings",
    "Waits",
    "Worklist",
    "ablate",
    "boxes_of",
    "compare_networks",
    "course_svgs",
    "evaluate_network",
    "find_confounders",
    "follow",
    "heatmap",
    "is_follower",
    "largest_gaps",
    "leading",
    "load_model",
    "locate",
    "make_worklist",
    "read_course",
    "read_grid",
    "see",
    "suspected",
    "write_bundle",
    "write_onnx",
]
