#!/usr/bin/python3
"""The store: locked by a stranger, or on a disk that is full."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import time

import fault
from fault import quick, soak
from waiting import expect, expect_in, wait_until

MIB = 1 << 20
# Where LeakSanitizer and strace meet, the former fails: both want to trace the program.
UNTRACED = {"ASAN_OPTIONS": "detect_leaks=0"}


@contextlib.contextmanager
def locked(world):
    """Another program is writing."""
    with contextlib.closing(sqlite3.connect(world.store, isolation_level=None)) as stranger:
        # SQLite 3.40.1 and two that checkpoint: ARCHITECTURE.md, "Choices".
        stranger.execute("PRAGMA wal_autocheckpoint = 0")
        stranger.execute("BEGIN IMMEDIATE")
        yield
        stranger.execute("ROLLBACK")


@contextlib.contextmanager
def locked_amid_a_run(world):
    """From cell 1 on, which has ended; gives the worker."""
    world.gateway()
    world.submit(world.job("story", "print('a')", "gate('gate')\nprint('b')", "print('c')"))
    worker = world.start("work", "--drain")
    world.until_it_appends("story", "1 begin")
    with locked(world):
        world.open_gate()
        world.until_it_appends("story", "1 end")
        yield worker


def lock_amid_a_run(world, seconds):
    with locked_amid_a_run(world) as worker:
        end = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() > end or worker.process.poll() is not None, "the time",
                   seconds + 10)
    return worker


def is_waited_for(world, seconds):
    worker = lock_amid_a_run(world, seconds)
    expect(worker.end(), 0, worker.err)
    expect(world.story(), "succeeded, attempt 1: succeeded, succeeded, succeeded")
    expect(world.printed(), "a\nb\nc\n")


@quick
def a_store_that_is_locked_for_3_s_is_waited_for(world):
    is_waited_for(world, 3)


@quick
def a_store_that_is_locked_for_15_s_is_waited_for(world):
    is_waited_for(world, 15)


@soak
def a_store_that_is_locked_for_60_s_is_waited_for(world):
    is_waited_for(world, 60)


def expect_an_unknown_cell(world):
    """The kernel's reply came, could not be stored, and went with the worker."""
    world.run("work", "--drain", code=3)
    expect(world.story(),
           "failed interrupted, attempt 1: succeeded, unknown (resumed), not_run")


@quick
def a_signal_ends_the_waiting_for_a_locked_store(world):
    with locked_amid_a_run(world) as worker:
        time.sleep(1)  # it waits by now
        worker.signal(signal.SIGTERM)
        expect(worker.end(30), 4, worker.err)
    expect_in("another program has kept it locked", worker.err)
    expect_an_unknown_cell(world)


@soak
def a_store_that_stays_locked_ends_the_worker(world):
    worker = lock_amid_a_run(world, 300)
    expect(worker.end(30), 4, worker.err)
    expect_in("another program has kept it locked for 80s", worker.err)
    expect_an_unknown_cell(world)


class SmallDisk:
    """Has the store on it. Where mounts are forbidden strace says ENOSPC instead of a full one."""

    def __init__(self, world, size):
        self.folder = world.store.parent
        self.is_real = os.environ["FAULTS_MOUNTS"] == "own" and subprocess.run(
            ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={size}", "faults", self.folder],
            stderr=subprocess.DEVNULL).returncode == 0

    def fill(self, leave=0):
        """Until `leave` bytes are free."""
        with open(self.folder / "filler", "ab", buffering=0) as filler:
            with contextlib.suppress(OSError):
                while os.statvfs(self.folder).f_bavail * 4096 > leave:
                    filler.write(b"x" * 4096)

    def fill_under(self, cellar):
        """While it runs. strace: the ballast makes room after two tries."""
        if self.is_real:
            return self.fill(leave=2 * MIB)
        strace = subprocess.Popen(
            ["/usr/bin/strace", "-p", str(cellar.process.pid), "-e", "trace=pwrite64", "-e",
             "inject=pwrite64:error=ENOSPC:when=1..2"], stderr=subprocess.PIPE)
        expect_in("attached", strace.stderr.readline().decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.is_real:
            subprocess.run(["/usr/bin/umount", "--lazy", self.folder], check=True)


NOISE = """import random
for i in range(200): print(random.randbytes(50_000).hex(), flush=True)
"""


@quick
def a_disk_that_is_full_amid_outputs_ends_the_run_as_store_full(world):
    world.gateway()
    with SmallDisk(world, 24 * MIB) as disk:
        cellar = world.start("run", world.job("story", "gate('gate')", NOISE, "x = 1"), **UNTRACED)
        world.until_it_appends("story", "0 begin")
        disk.fill_under(cellar)
        world.open_gate()
        expect(cellar.end(), 4, cellar.err)
        expect_in("no space left", cellar.err)
        expect(world.story(),
               "failed store_full, attempt 1: succeeded, unknown (outputs_truncated), not_run")
        expect(world.faults(), [])
        (disk.folder / "filler").unlink(missing_ok=True)
        world.run("run", world.job("next", "x = 1"))
        expect(world.story(2), "succeeded, attempt 1: succeeded")
        expect(world.faults(), [])


@quick
def a_disk_that_is_full_before_the_start_is_said(world):
    world.gateway()
    with SmallDisk(world, 24 * MIB) as disk:
        world.run("run", world.job("first", "x = 1"))
        prefix = ()
        if disk.is_real:
            disk.fill()
            (disk.folder / "cellar.db.ballast").unlink(missing_ok=True)
            disk.fill()
        else:
            prefix = ("/usr/bin/strace", "-f", "-o", world.folder / "strace", "-e",
                      "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC")
        cellar = world.run("run", world.job("second", "x = 1"), code=4, prefix=prefix, **UNTRACED)
        expect_in("no space left", cellar.err)
        expect_in("free some on its disk", cellar.err)
        expect(world.rows("SELECT count(*) FROM runs"), [(1,)])
        expect(world.faults(), [])


if __name__ == "__main__":
    fault.main()
