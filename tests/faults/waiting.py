"""Waiting for what other processes do."""

import time


def wait_until(condition, what, seconds=120):
    """Returns what `condition` returns once that is true. The bound is for what never comes."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def expect(actual, wanted, what=""):
    if actual != wanted:
        raise AssertionError(f"{what}\n  is:     {actual!r}\n  wanted: {wanted!r}")


def expect_in(part, text):
    if part not in text:
        raise AssertionError(f"not said: {part!r}, but:\n{text}")
