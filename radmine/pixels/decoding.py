"""Decodes compressed frames: run as a program by `radmine.pixels.apart`, one request after the other.

A damaged frame can end the process of a C or C++ decoder (GDCM, OpenJPEG), keep it for ever, make it print, or take
all memory: here that harms nobody. A request and an answer are a line of JSON, then as many bytes as it says.
"""

import json
import os
import sys
import warnings
from typing import Any, BinaryIO

_MEMORY = 1_000_000_000  # bytes that a decoder may take


def answer(request: dict[str, Any], frame: bytes) -> tuple[dict[str, Any], bytes | memoryview]:
    """Return what is said of the values of a frame, and their bytes."""
    import numpy as np
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    values, properties = get_decoder(UID(request["syntax"])).as_array(
        encapsulate([frame], has_bot=False), index=0, raw=True, **request["options"]
    )
    axes = [int(axis) for axis in (-np.array(values.strides)).argsort(kind="stable")]  # as they lie in memory
    values = values.transpose(axes)
    said = {"dtype": values.dtype.str, "shape": values.shape, "axes": axes, "length": values.nbytes}
    return {**said, "photometric": str(properties["photometric_interpretation"])}, values.tobytes()


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there are no more requests."""
    while line := requests.readline():
        request = json.loads(line)
        frame = requests.read(request["length"])
        data: bytes | memoryview
        try:
            said, data = answer(request, frame)
        except BaseException as error:  # panics of pyo3 modules are no Exceptions
            said, data = {"error": type(error).__name__, "length": 0}, b""
        answers.write(json.dumps(said).encode() + b"\n")
        answers.write(data)
        answers.flush()


def main() -> None:
    """Answer on standard output what is asked on standard input; nothing that a decoder prints gets between."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
