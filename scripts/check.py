"""The one check: formats, lints, types and tests.

python scripts/check.py              format, lint, types, tests
python scripts/check.py --no-tests   without the tests (CI runs those through scripts/test.sh)
python scripts/check.py --ci         the same, but a file that is not formatted is an error, not mended
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> int:
    ci = "--ci" in sys.argv
    steps = [
        ["ruff", "format", *(["--check"] if ci else []), "."],
        ["ruff", "check", *([] if ci else ["--fix"]), "."],
        ["mypy"],
    ]
    if "--no-tests" not in sys.argv:
        steps.append(["pytest"])
    for step in steps:
        print("==", *step, flush=True)
        result = subprocess.run([sys.executable, "-m", *step], cwd=ROOT)
        if result.returncode:
            print(f"== failed: {' '.join(step)}")
            return result.returncode
    print("== all is well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
