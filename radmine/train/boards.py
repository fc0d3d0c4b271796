"""The course of a training as TensorBoard reads it: `write_events`."""

from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from radmine.files import write_whole
from radmine.train.curves import COURSE_COLUMNS, Course

EVENTS = "events.out.tfevents.radmine"  # TensorBoard finds files by the third word


def write_events(folder: Path, course: Course) -> bool:
    """Return whether the course of a training was written for TensorBoard, whose package (extra `boards`) writes it.

    The same course gives the same bytes: the time of an epoch is its number, in seconds, and no name of a machine is in it, both
    of which `SummaryWriter` would have.
    """
    if find_spec("tensorboard") is None:
        return False
    from tensorboard.summary.writer.record_writer import RecordWriter

    stream = BytesIO()
    records = RecordWriter(stream)
    for event in _events(course):
        records.write(event.SerializeToString())
    write_whole(folder / EVENTS, stream.getvalue())
    return True


def _events(course: Course) -> Iterator[Any]:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    yield Event(wall_time=0.0, file_version="brain.Event:2")
    for epoch, *values in course:
        known = {n: v for n, v in zip(COURSE_COLUMNS[1:], values, strict=True) if v is not None}
        each = [Summary.Value(tag=name, simple_value=value) for name, value in known.items()]
        yield Event(wall_time=float(epoch), step=epoch, summary=Summary(value=each))
