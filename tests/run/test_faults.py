"""Errors of the system and of libraries become one line of ours; faults of ours do not."""

import errno
import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

import pyarrow as pa
import pytest

from radmine.errors import MachineError
from radmine.label import label_lines
from radmine.run.faults import fault_of, places

WORDS = "Small effusion of Jane Doe"
LIBRARIES = (
    "pyarrow", "pyarrow.lib", "pyarrow.parquet", "pandas", "pandas.errors", "numpy", "numpy.exceptions",
    "numpy.linalg", "torch", "torch.cuda", "safetensors", "safetensors.numpy", "transformers", "tokenizers",
    "huggingface_hub", "huggingface_hub.errors", "gensim", "pydicom", "pydicom.errors", "PIL", "PIL.Image",
    "faiss", "tantivy", "spacy", "spacy.errors", "thinc", "sklearn", "sklearn.exceptions", "scipy",
    "scipy.sparse", "scipy.linalg", "scipy.optimize", "tomllib", "json", "csv", "zlib", "gzip", "bz2",
    "lzma", "tarfile", "zipfile", "defusedxml", "defusedxml.common", "xml.etree.ElementTree",
    "xml.parsers.expat", "concurrent.futures", "concurrent.futures.process", "multiprocessing",
    "subprocess", "sqlite3", "pickle", "struct", "binascii", "socket", "ssl", "http.client", "urllib.error",
    "configparser", "queue", "monai", "ahocorasick", "shutil",
)  # fmt: skip
ENDS = (KeyboardInterrupt, SystemExit, GeneratorExit)


def classes() -> Iterator[type[BaseException]]:
    """Yield every class of errors in the modules of the libraries that are loaded, whatever its name."""
    for name in LIBRARIES:
        importlib.import_module(name)
    roots = {name.partition(".")[0] for name in LIBRARIES} | {"pyo3_runtime"}
    seen = set[type]()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in roots:
            continue
        for value in list(vars(module).values()):
            if inspect.isclass(value) and issubclass(value, BaseException) and value not in seen:
                seen.add(value)
                if value.__module__.partition(".")[0] in roots and not issubclass(value, ENDS):
                    yield value


def bare(made: type[BaseException]) -> BaseException:
    """Return an error without the words that its class wants; one of two builtin ones is made by the wider."""
    for kind in made.__mro__:
        with suppress(TypeError):
            return kind.__new__(made)
    raise AssertionError(made)


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def test_no_error_of_a_library_is_taken_for_one_of_ours() -> None:
    found = list(classes())
    assert len(found) > 300
    for made in found:
        error = bare(made)
        vars(BaseException)["args"].__set__(error, (WORDS,))
        fault = fault_of(raised(error))
        assert fault is not None, made
        assert WORDS not in str(fault), made
        assert "\n" not in str(fault), made
        assert fault.what, made
        assert fault.do, made


def test_a_panic_of_a_rust_library_is_one_too() -> None:
    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})
    fault = fault_of(raised(panic(WORDS)))
    assert fault is not None
    assert "pyo3_runtime" in fault.what
    assert "PanicException" in fault.what


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "x", "/data/part"), "disk is full"),
        (OSError(errno.EDQUOT, "x"), "quota"),
        (OSError(errno.EFBIG, "x"), "grow"),
        (PermissionError(errno.EACCES, "x", "/data/part"), "no right"),
        (OSError(errno.EROFS, "x", "/data/part"), "read-only"),
        (OSError(errno.EMFILE, "x"), "Too many files"),
        (OSError(errno.EIO, "x", "/data/part"), "Input/output error"),
        (OSError(errno.ENAMETOOLONG, "x", "/data/part"), "File name too long"),
        (OSError(WORDS), "refused"),
        (MemoryError(), "Memory"),
        (pa.lib.ArrowMemoryError(WORDS), "Memory"),
        (pa.lib.ArrowException(f"{WORDS}: No space left on device"), "disk is full"),
        (RuntimeError(f"{WORDS}: PytorchStreamWriter failed: No space left on device"), "disk is full"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes"), "Memory"),
        (RuntimeError("CUDA out of memory."), "Memory"),
        (RuntimeError("Error in faiss: could not open /x: Permission denied"), "no right"),
        (ValueError("An IO error: 'Storage full' (os error 28)"), "disk is full"),
        (ValueError("Failed to open file: Too many open files (os error 24)"), "Too many files"),
        (ImportError("libx.so: failed to map segment from shared object"), "Memory"),
        (ImportError("libx.so: cannot open", name="torch"), "cannot be loaded"),
        (ModuleNotFoundError("No module named 'gensim'", name="gensim"), "cannot be loaded"),
        (BrokenProcessPool(WORDS), "worker"),
        (RuntimeError(WORDS), "failed: RuntimeError"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_the_system_says_no_to(error: BaseException, says: str) -> None:
    fault = fault_of(raised(error))
    assert isinstance(fault, MachineError)
    assert says in fault.what
    assert fault.do
    assert WORDS not in str(fault)
    if getattr(error, "filename", None):
        assert fault.where == "/data/part"


def test_an_error_that_was_raised_from_one_of_the_system_is_that_one() -> None:
    error = ValueError(WORDS)
    error.__cause__ = OSError(errno.ENOSPC, "x", "/data/part")
    assert "disk is full" in str(fault_of(raised(error)))


@pytest.mark.parametrize(
    "error",
    [AssertionError(), KeyError(WORDS), TypeError(WORDS), IndexError(), AttributeError(WORDS), NameError(), ValueError(WORDS),
     ZeroDivisionError(), UnicodeDecodeError("utf-8", b"x", 0, 1, WORDS), ImportError(WORDS, name="radmine.nosuch")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_a_fault_of_ours_stays_one(error: BaseException) -> None:
    assert fault_of(raised(error)) is None


def test_what_a_library_raises_of_pythons_own_classes_is_the_librarys() -> None:
    with pytest.raises(TypeError) as caught:
        json.dumps(object())
    fault = fault_of(caught.value)
    assert fault is not None
    assert "json failed: TypeError" in fault.what


def test_it_names_the_place_in_our_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise pa.lib.ArrowInvalid(WORDS)

    monkeypatch.setattr("radmine.label.lines.check_parser", fail)
    with pytest.raises(pa.lib.ArrowInvalid) as caught:
        list(label_lines(["x"]))
    fault = fault_of(caught.value)
    assert fault is not None
    assert fault.where.startswith("radmine/label/lines.py:")
    assert fault.where.endswith(" in _labelled")
    assert places(caught.value)[-1].endswith(" in fail")
