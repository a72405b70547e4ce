"""Faults by their names. A file of faults ends with `fault.main()`; it is run as
    FILE.py --cellar PROGRAM [NAME…]     those faults, or all of `make test`
    FILE.py --cellar PROGRAM --soak      all of `make soak`, with their times
"""

import argparse
import os
import subprocess
import sys
import time
import traceback

from world import World

QUICK = {}
SOAK = {}


def quick(function):
    """Part of `make test`: tests/faults/CMakeLists.txt finds it by this word."""
    QUICK[function.__name__] = function
    return function


def soak(function):
    SOAK[function.__name__] = function
    return function


def try_one(function, program):
    """True when the fault did no harm."""
    start = time.monotonic()
    world = World(program)
    try:
        function(world)
        faults = world.faults()
        if faults:
            raise AssertionError("afterwards:\n  " + "\n  ".join(faults))
        verdict = "ok"
    except Exception:
        verdict = "FAILED"
        print(traceback.format_exc(), world.account(), sep="\n", file=sys.stderr)
    finally:
        world.close()
    print(f"{function.__name__:<60} {time.monotonic() - start:6.1f} s  {verdict}", flush=True)
    return verdict == "ok"


def take_mounts_of_our_own():
    """So that a fault may mount a small disk, which ends with us. FAULTS_MOUNTS=none: as on a
    machine that forbids it."""
    if "FAULTS_MOUNTS" in os.environ:
        return
    own = ["/usr/bin/unshare", "--mount"] + ([] if os.getuid() == 0 else ["--map-root-user"])
    allowed = subprocess.run([*own, "true"], stderr=subprocess.DEVNULL).returncode == 0
    os.environ["FAULTS_MOUNTS"] = "own" if allowed else "none"
    if allowed:
        os.execv(own[0], [*own, sys.executable, "-B", *sys.argv])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cellar", required=True, help="the program")
    parser.add_argument("--soak", action="store_true", help="the long ones")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    take_mounts_of_our_own()
    known = QUICK | SOAK
    for name in options.names:
        if name not in known:
            parser.error(f"no fault {name}; there are: {', '.join(known)}")
    chosen = [known[name] for name in options.names]
    chosen = chosen or list((SOAK if options.soak else QUICK).values())
    start = time.monotonic()
    results = [try_one(function, options.cellar) for function in chosen]
    if len(results) > 1:
        print(f"{len(results)} faults, {results.count(False)} of them did harm, "
              f"{time.monotonic() - start:.0f} s")
    sys.exit(0 if all(results) else 1)
