#!/usr/bin/python3
"""A wall clock that jumps by a day while runs are under way."""

import pathlib

import fault
from fault import quick
from waiting import expect

DAY = 86_400


def set_clock(world, shift):
    (world.folder / "clock").write_text(str(shift))


def with_a_clock_of_our_own(world):
    """Of Cellar alone."""
    set_clock(world, 0)
    world.environment |= {
        "LD_PRELOAD": str(pathlib.Path(world.program).parent / "tests/faults/shifted_clock.so"),
        "SHIFTED_CLOCK": str(world.folder / "clock"),
        # Its runtime is not the first library now.
        "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}


def expect_true_durations(world):
    durations = world.rows("""SELECT duration_ms FROM cells UNION ALL
        SELECT duration_ms FROM attempts UNION ALL SELECT queue_ms FROM attempts""")
    expect([one for (one,) in durations if not 0 <= one < 120_000], [], "durations")


@quick
def a_clock_that_jumps_during_cells_passes_no_timeout(world):
    world.gateway()
    with_a_clock_of_our_own(world)
    cellar = world.start("run", world.job(
        "story", "gate('forward')", "gate('back')", "print('c')",
        keys="timeout = '10m'\ncell_timeout = '5m'\nstall_timeout = '5m'"))
    for index, (gate, shift) in enumerate((("forward", DAY), ("back", -DAY))):
        world.until_it_appends("story", f"{index} begin")
        set_clock(world, shift)
        world.open_gate(gate)
    expect(cellar.end(), 0, cellar.err)
    expect(world.story(), "succeeded, attempt 1: succeeded, succeeded, succeeded")
    expect_true_durations(world)


def jump_between_workers(world, shift):
    world.gateway()
    with_a_clock_of_our_own(world)
    world.submit(world.job("story", "print('a')", "gate('gate')\nprint('b')", "print('c')"))
    worker = world.start("work", "--drain")
    world.until_it_appends("story", "1 begin")
    worker.kill()
    set_clock(world, shift)
    worker = world.start("work", "--drain")
    world.until_resumed()
    world.open_gate()
    expect(worker.end(), 0, worker.err)
    expect(world.story(), "succeeded, attempt 1: succeeded, succeeded (resumed), succeeded")
    expect(world.printed(), "a\nb\nc\n")


@quick
def a_clock_that_is_put_forward_between_workers_costs_no_run(world):
    jump_between_workers(world, DAY)


@quick
def a_clock_that_is_put_back_between_workers_costs_no_run(world):
    jump_between_workers(world, -DAY)


if __name__ == "__main__":
    fault.main()
