"""How stages run: skipped when nothing changed, resumed when killed, nothing lost.

A stage is a function that gets a `Job`. It reads tables through `job.corpus` and hands rows to `job.map_shards` (one
output shard for each input shard: resumes and extends shard by shard) or to `job.write` (a whole table at once), and
what it cannot use to `job.reject`. `run_stage` writes the manifest when the function returns.
"""

from radmine.run.device import Device, choose_device
from radmine.run.execution import Execution
from radmine.run.executors import map_in_order, uncollected
from radmine.run.job import Item, Job
from radmine.run.optional import require
from radmine.run.plan import stage_inputs, why_out_of_date
from radmine.run.run import run_stage
from radmine.run.settings import read_settings, require_at_least
from radmine.run.stage import Outcome, Progress, Rows, Stage, Work, no_progress

__all__ = [
    "Device",
    "Execution",
    "Item",
    "Job",
    "Outcome",
    "Progress",
    "Rows",
    "Stage",
    "Work",
    "choose_device",
    "map_in_order",
    "no_progress",
    "read_settings",
    "require",
    "require_at_least",
    "run_stage",
    "stage_inputs",
    "uncollected",
    "why_out_of_date",
]
