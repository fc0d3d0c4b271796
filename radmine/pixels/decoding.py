"""Decodes compressed frames: run as a program by `radmine.pixels.apart`, one request after the other.

A damaged frame can end the process of a C or C++ decoder (GDCM, OpenJPEG), keep it for ever, make it print, or take
all memory: here that harms nobody. A request and an answer are a line of JSON, then as many bytes as it says.
"""

import json
import os
import sys
import warnings
from typing import Any, BinaryIO

_DCT = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")  # JPEG baseline, extended
# The decoder that is tried first, the fastest of each (`scripts/bench_pixels.py`); any that pydicom finds comes after it.
_FASTEST = {
    "1.2.840.10008.1.2.5": "pylibjpeg",  # RLE
    "1.2.840.10008.1.2.4.80": "pyjpegls",  # JPEG-LS
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",  # JPEG 2000
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
}
_MEMORY = 1_000_000_000  # bytes that a decoder may take


def answer(request: dict[str, Any], frame: bytes) -> tuple[dict[str, Any], bytes | memoryview]:
    """Return what is said of the values of a frame, and their bytes."""
    import numpy as np

    options = request["options"]
    if request["syntax"] in _DCT and options["bits_stored"] == 12:
        values, photometric = _twelve_bits(frame, options), options["photometric_interpretation"]
    else:
        values, photometric = _by_pydicom(frame, request["syntax"], options)
    axes = [int(axis) for axis in (-np.array(values.strides)).argsort(kind="stable")]  # as they lie in memory
    values = np.ascontiguousarray(values.transpose(axes))
    said = {"dtype": values.dtype.str, "shape": values.shape, "axes": axes, "length": values.nbytes}
    return {**said, "photometric": photometric}, values.reshape(-1).view(np.uint8).data


def _by_pydicom(frame: bytes, syntax: str, options: dict[str, Any]) -> tuple[Any, str]:
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    decoder, data = get_decoder(UID(syntax)), encapsulate([frame], has_bot=False)
    try:
        values, properties = decoder.as_array(
            data, index=0, raw=True, decoding_plugin=_FASTEST.get(syntax, ""), **options
        )
    except MemoryError:
        raise
    except Exception:  # another may be less strict, or be the one that is installed
        values, properties = decoder.as_array(data, index=0, raw=True, **options)
    return values, str(properties["photometric_interpretation"])


def _twelve_bits(frame: bytes, options: dict[str, Any]) -> Any:
    """Return the values of a JPEG of 12 bits: GDCM decodes it, but pydicom does not ask it to."""
    import gdcm
    import numpy as np

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    rows, columns, samples = (options[name] for name in ("rows", "columns", "samples_per_pixel"))
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2" if samples == 1 else "RGB")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(_DCT[1])))
    image.SetPixelFormat(gdcm.PixelFormat(samples, 16, 12, 11, 0))
    data = image.GetBuffer().encode("utf-8", "surrogateescape")  # it returns its bytes as text
    values = np.frombuffer(data, "<u2").reshape((rows, columns, samples)[: 2 + (samples > 1)])
    if options["pixel_representation"]:  # bit 11 is the sign
        values = (values << 4).view("<i2") >> 4
    return values


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
