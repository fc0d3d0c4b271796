"""The most memory that a process held, told by itself: what it inherits of who started it is not counted."""

# Code that prints the kilobytes of this process, or of one of its children where that held more. What the system counts
# as `ru_maxrss` begins with the memory of whoever started the process.
PRINT_PEAK = """
import glob, re
_pids = ["self", *" ".join(open(f).read() for f in glob.glob("/proc/self/task/*/children")).split()]
_held = [re.search(r"VmHWM:\\s+(\\d+)", open(f"/proc/{pid}/status").read()) for pid in _pids]
print(max(int(found[1]) for found in _held if found))
"""
