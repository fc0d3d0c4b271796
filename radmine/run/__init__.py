"""How stages run: skipped when nothing changed, resumed when killed, nothing lost.

A `Stage` names all that it reads and writes, tables and model folders; the plan follows from that. Its function gets a
`Job`: it reads tables through `job.corpus` and hands rows to `job.map_shards` (one output shard for each input shard:
resumes and extends shard by shard), `job.write_shards` (pieces of work of its own) or `job.write` (a whole table at once),
and what it cannot use to `job.reject`. `run_stage` writes the manifest when the function returns. What changes no row -
processes, device, progress - is the `Execution`, and no part of a fingerprint.
"""

from radmine.run.course import Place, Underway, counted, goes_on, place_of
from radmine.run.described import comments, type_words
from radmine.run.device import Device, choose_device
from radmine.run.execution import MOST_WORKERS, Execution
from radmine.run.executors import map_in_order, uncollected
from radmine.run.guard import TRY_AGAIN, Guard, TookTooLong, reason_of, still_working, stops, to_list
from radmine.run.hub import hub_is_there, quiet_hub
from radmine.run.job import Job, Piece, Read
from radmine.run.kept import PATHS, check_paths, to_toml, toml_value, with_absolute_paths
from radmine.run.limits import MEGABYTE, Limits, TooLargeError, check_size, uses
from radmine.run.optional import require
from radmine.run.plan import (
    StageStatus,
    check_inputs,
    check_together,
    idle_stages,
    needed_for,
    plan,
    require_run,
    stage_inputs,
    why_out_of_date,
)
from radmine.run.reasons import REASONS, Group, Reason, groups_of, reason_named
from radmine.run.run import run_stage
from radmine.run.settings import (
    keys_of,
    of_setting,
    read_settings,
    read_toml,
    require_choice,
    require_form,
    require_several,
    require_within,
    settings_in,
)
from radmine.run.stage import NotApplicable, Outcome, Progress, Rows, Stage, Work, no_progress

__all__ = [
    "Device",
    "Execution",
    "Group",
    "Guard",
    "Job",
    "Limits",
    "MEGABYTE",
    "MOST_WORKERS",
    "NotApplicable",
    "Outcome",
    "PATHS",
    "Piece",
    "Place",
    "Progress",
    "REASONS",
    "Read",
    "Reason",
    "Rows",
    "Stage",
    "StageStatus",
    "TRY_AGAIN",
    "TooLargeError",
    "TookTooLong",
    "Underway",
    "Work",
    "check_inputs",
    "check_paths",
    "check_size",
    "check_together",
    "choose_device",
    "comments",
    "counted",
    "goes_on",
    "groups_of",
    "hub_is_there",
    "idle_stages",
    "keys_of",
    "map_in_order",
    "of_setting",
    "needed_for",
    "no_progress",
    "place_of",
    "plan",
    "quiet_hub",
    "read_settings",
    "read_toml",
    "reason_of",
    "reason_named",
    "require",
    "require_choice",
    "require_run",
    "require_form",
    "require_several",
    "require_within",
    "run_stage",
    "settings_in",
    "stage_inputs",
    "still_working",
    "stops",
    "to_list",
    "to_toml",
    "toml_value",
    "type_words",
    "uncollected",
    "uses",
    "why_out_of_date",
    "with_absolute_paths",
]
