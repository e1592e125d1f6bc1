"""What the cases say: a line each, and whether all of them hold."""

import sys
import time


class Failure(Exception):
    """Something is not as promised, in one line."""


def expect(condition, complaint):
    """Fails a case with a complaint unless the condition holds."""
    if not condition:
        raise Failure(complaint)


class Report:
    """Plays cases and counts."""

    def __init__(self):
        self.failed = []

    def play(self, promise, case, *arguments):
        """Plays a case, which returns what it measured, for the line."""
        began = time.monotonic()
        try:
            detail = case(*arguments)
        except Exception as problem:  # A case must not keep the others from being played.
            kind = "" if isinstance(problem, Failure) else f"{type(problem).__name__}: "
            self.failed.append(promise)
            print(f"FAIL  {promise}\n      {kind}{problem}")
        else:
            print(f"ok    {promise}" + (f" ({detail})" if detail else ""))
        print(f"      {time.monotonic() - began:.1f} s", file=sys.stderr)
        sys.stdout.flush()
