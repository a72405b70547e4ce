#!/usr/bin/python3
"""Signals to a `cellar run` and to a worker, at cells of all kinds."""

import signal
import time

import fault
from fault import quick
from waiting import expect, expect_in

IGNORES = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"


def stop_a_run(world, code, story):
    world.gateway()
    cellar = world.start("run", world.job("story", code, "x = 1"))
    world.until_it_appends("story", "0 begin")
    cellar.signal(signal.SIGTERM)
    expect(cellar.end(), 143, cellar.err)
    expect(world.story(), story)
    return cellar


@quick
def sigterm_at_a_long_cell_cancels_the_run(world):
    cellar = stop_a_run(world, "gate('never')", "cancelled by_user, attempt 1: failed, not_run")
    expect_in("run 1: cancelled (by_user)", cellar.err)


@quick
def sigterm_at_a_cell_that_ignores_sigint_ends_it_with_its_kernel(world):
    stop_a_run(world, IGNORES + "gate('never')", "cancelled by_user, attempt 1: unknown, not_run")


@quick
def sigterm_at_a_short_cell_loses_nothing_of_it(world):
    """Cells of a few milliseconds, one after the other: whichever it meets."""
    world.gateway()
    cellar = world.start("run", world.job("story", *["x = 1"] * 60))
    world.until_it_appends("story", "9 end")
    cellar.signal(signal.SIGTERM)
    expect(cellar.end(), 143, cellar.err)
    expect(world.story().split(",")[0], "cancelled by_user")


@quick
def a_second_signal_ends_it_at_once_and_the_next_cellar_ends_its_kernel(world):
    gateway = world.gateway()
    cellar = world.start("run", world.job("story", IGNORES + "gate('never')"))
    world.until_it_appends("story", "0 begin")
    cellar.signal(signal.SIGTERM)
    time.sleep(0.5)  # signals of one kind that wait are one
    cellar.signal(signal.SIGTERM)
    expect(cellar.end(3), 143, cellar.err)
    expect(len(gateway.kernels()), 1)
    expect_in("run 1: story: failed (interrupted)", world.run("work", "--drain").err)
    expect(world.story(), "failed interrupted, attempt 1: unknown")


@quick
def a_worker_leaves_its_cell_to_the_next_one(world):
    world.gateway()
    world.submit(world.job("story", "print('a')",
                           "print('b', flush=True)\ngate('gate')\nprint('c')", "print('d')"))
    worker = world.start("work")
    world.until_it_appends("story", "1 begin")
    worker.signal(signal.SIGTERM)
    expect(worker.end(10), 143, worker.err)
    world.open_gate()
    world.run("work", "--drain")
    expect(world.story(), "succeeded, attempt 1: succeeded, succeeded (resumed), succeeded")
    expect(world.printed(), "a\nb\nc\nd\n")


@quick
def a_worker_that_drains_on_stop_ends_its_run_and_takes_no_other(world):
    world.gateway(keys="max_kernels = 1")
    world.submit(world.job("first", "gate('gate')"), world.job("second", "x = 1"))
    worker = world.start("work", "--drain-on-stop")
    world.until_it_appends("first", "0 begin")
    worker.signal(signal.SIGTERM)
    world.open_gate()
    expect(worker.end(30), 143, worker.err)
    expect(world.story(1), "succeeded, attempt 1: succeeded")
    expect(world.story(2), "queued, attempt 0: ")


# Nobody reads


def piped(script):
    """A prefix: the command's exit code is the pipeline's."""
    return ("bash", "-c", f'set -o pipefail; "$0" "$@" {script}')


@quick
def nobody_reads_how_a_run_goes(world):
    """It goes on all the same, is done once, and its exit code is its own."""
    for number, ends in enumerate(("2>&1 | head -1", "2>/dev/full", "2>&-"), 1):
        job = world.job(f"story-{number}", "print('a')", "time.sleep(0.5)\nprint('b')",
                        keys="[retry]\nattempts = 3")
        world.run("run", job, prefix=piped(ends))
        expect(world.story(number), "succeeded, attempt 1: succeeded, succeeded")
    world.run("run", world.job("fails", "1 / 0"), code=1, prefix=piped("2>&1 | true"))
    world.run("run", "--json", world.job("fails-too", "1 / 0"), code=1, prefix=piped("| true"))
    world.run("wait", "4", code=1, prefix=piped("2>&1 | true"))
    world.run("diff", "1", "4", code=1, prefix=piped("| true"))
    world.run("check", "nosuch.toml", code=2, prefix=piped("2>&1 | true"))


if __name__ == "__main__":
    fault.main()
