#!/usr/bin/python3
"""Workers that are killed, stopped, and robbed of their claim, at every moment that matters."""

import contextlib
import os
import pathlib
import random
import re
import signal
import sqlite3
import time

import fault
from fault import quick, soak
from relay import Relay
from waiting import expect, expect_in, wait_until

# Where LeakSanitizer and strace meet, the former fails: both want to trace the program.
UNTRACED = {"ASAN_OPTIONS": "detect_leaks=0"}
CALLS = "fdatasync,pwrite64"


def until_in_cell_1(world):
    """A worker in the second of three cells; the cell ends when the gate is open."""
    world.submit(world.job("story", "print('a')",
                           "print('b', flush=True)\ngate('gate')\nprint('c')", "print('d')"))
    worker = world.start("work", "--drain")
    world.until_it_appends("story", "1 begin")
    # What has come is on disk soon; what is on its way while a worker dies, nobody has.
    wait_until(lambda: world.rows("SELECT 1 FROM outputs WHERE cell = 1"), "the output is stored")
    return worker


@quick
def killed_in_cell_1_and_the_next_worker_goes_on(world):
    world.gateway()
    until_in_cell_1(world).kill()
    worker = world.start("work", "--drain")
    worker.until_it_says("run 1: taken over from process")
    world.until_resumed()
    world.open_gate()
    expect(worker.end(), 0, worker.err)
    expect(world.story(), "succeeded, attempt 1: succeeded, succeeded (resumed), succeeded")
    expect(world.printed(), "a\nb\nc\nd\n")


@quick
def killed_in_cell_1_which_ends_before_the_next_worker_comes(world):
    """The gateway keeps what the cell says, its reply and all."""
    world.gateway()
    until_in_cell_1(world).kill()
    world.open_gate()
    world.until_it_appends("story", "1 end")
    world.run("work", "--drain")
    expect(world.story(), "succeeded, attempt 1: succeeded, succeeded (resumed), succeeded")
    expect(world.printed(), "a\nb\nc\nd\n")


@quick
def killed_in_cell_1_while_another_worker_waits(world):
    world.gateway()
    worker = until_in_cell_1(world)
    other = world.start("work")
    wait_until(lambda: len(world.rows("SELECT 1 FROM worker")) == 2, "another worker is there")
    start = time.monotonic()
    worker.kill()
    other.until_it_says("run 1: taken over from process")
    print(f"taken over after {time.monotonic() - start:.2f} s")
    world.until_resumed()
    world.open_gate()
    other.until_it_says("run 1: story: succeeded")
    other.signal(signal.SIGTERM)
    expect(other.end(), 143)
    expect(world.printed(), "a\nb\nc\nd\n")


def expect_a_lost_kernel_is_said(world):
    worker = world.run("work", "--drain", code=3)
    expect_in("run 1: story: failed (interrupted)", worker.err)
    expect_in("is gone", world.message())
    expect(world.story(), "failed interrupted, attempt 1: succeeded, unknown, not_run")


@quick
def a_service_that_is_killed_amid_ten_runs_loses_none(world):
    world.gateway()
    jobs = [f"story-{i}" for i in range(10)]
    runs = world.submit(*[world.job(job, "print('a', flush=True)\ngate('gate')\nprint('b')",
                                    "print('c')") for job in jobs])
    service = world.start("serve", "--no-page")
    wait_until(lambda: world.rows("SELECT count(*) FROM outputs") == [(10,)], "all ten are running")
    service.kill()
    service = world.start("serve", "--no-page")
    for run in runs:
        world.until_resumed(run)
    world.open_gate()
    for run in runs:
        wait_until(lambda: world.rows("SELECT 1 FROM runs WHERE run = ? AND finished_at", run),
                   f"run {run} has ended")
        expect(world.story(run), "succeeded, attempt 1: succeeded (resumed), succeeded")
        expect(world.printed(run), "a\nb\nc\n")
    service.signal(signal.SIGTERM)
    expect(service.end(), 143, service.err)


@quick
def killed_and_the_kernel_ended_before_the_next_worker_comes(world):
    gateway = world.gateway()
    until_in_cell_1(world).kill()
    gateway.ask("DELETE", f"/api/kernels/{gateway.only_kernel()}")
    expect_a_lost_kernel_is_said(world)


@soak
def killed_and_the_kernel_culled_before_the_next_worker_comes(world):
    gateway = world.gateway(has_stranger=False, arguments=(
        "--MappingKernelManager.cull_idle_timeout=20", "--MappingKernelManager.cull_interval=2",
        "--MappingKernelManager.cull_busy=True"))
    until_in_cell_1(world).kill()
    wait_until(lambda: not gateway.kernels(), "the gateway culls the kernel")
    expect_a_lost_kernel_is_said(world)


@quick
def killed_between_the_creation_of_the_kernel_and_its_record(world):
    gateway = world.gateway()
    relay = Relay(gateway.port)
    world.configure(gateway, relay.url)
    world.submit(world.job("story", "print('a')"))
    relay.silenced = True
    worker = world.start("work", "--drain")
    lost = gateway.only_kernel()
    worker.kill()
    expect(world.rows("SELECT state, kernel_id FROM kernel"), [("intended", "")])
    relay.restore()
    world.run("work", "--drain")
    expect(world.story(), "succeeded, attempt 1: succeeded")
    wait_until(lambda: lost not in gateway.kernels(), "the lost kernel is ended")


@quick
def a_killed_run_is_ended_by_the_next_cellar(world):
    gateway = world.gateway()
    cellar = world.start("run", world.job("story", "print('a')", "gate('never')"))
    world.until_it_appends("story", "1 begin")
    cellar.kill()
    expect(len(gateway.kernels()), 1)
    expect_in("run 1: story: failed (interrupted)", world.run("work", "--drain").err)
    expect(world.story(), "failed interrupted, attempt 1: succeeded, unknown")


@quick
def killed_with_the_embedded_gateway_leaves_no_process(world):
    world.submit(world.job("story", "print('a')", "gate('never')"))
    worker = world.start("work", "--drain")
    world.until_it_appends("story", "1 begin")
    worker.kill()
    world.run("work", "--drain", code=3)
    expect(world.story(), "failed interrupted, attempt 1: succeeded, unknown")


@quick
def a_worker_that_lost_its_claim_changes_nothing_and_says_so(world):
    """It stands still; what is its own is made another's, as that one does when it goes on with
    the runs of the dead."""
    gateway = world.gateway()
    slow = until_in_cell_1(world)
    slow.signal(signal.SIGSTOP)
    other = world.start("work")
    (_, former), (_, new) = wait_until(
        lambda: (found := world.rows("SELECT 1, id FROM worker ORDER BY id"))[1:] and found,
        "another worker is there")
    with contextlib.closing(sqlite3.connect(world.store)) as store, store:
        store.execute("PRAGMA wal_autocheckpoint = 0")
        for table in ("attempt", "kernel"):
            store.execute(f"UPDATE {table} SET worker_id = ? WHERE worker_id = ?", (new, former))
    slow.signal(signal.SIGCONT)
    world.open_gate()
    expect(slow.end(), 4, slow.err)
    expect_in("attempt 1 of run 1 is no longer this Cellar's", slow.err)
    expect(world.story(), "running, attempt 1: succeeded, running, pending")
    expect(len(gateway.kernels()), 1)
    other.kill()
    world.start("work", "--drain").end()
    # Whether it had taken the cell's reply from the gateway is a matter of milliseconds.
    expect_in(re.sub(r" \(resumed\)", "", world.story()), """
        succeeded, attempt 1: succeeded, succeeded, succeeded
        failed interrupted, attempt 1: succeeded, unknown, not_run""")


@quick
def workers_whose_lock_file_was_removed_do_not_rob_each_other(world):
    """To the second one the first, which stands still, seems dead; to the first all others do."""
    world.gateway()
    slow = until_in_cell_1(world)
    slow.signal(signal.SIGSTOP)
    pathlib.Path(f"{world.store}.lock").unlink()
    other = world.start("work", "--drain")
    other.until_it_says("run 1: taken over from process")
    slow.signal(signal.SIGCONT)
    expect(slow.end(), 4, slow.err)
    expect_in("was removed or replaced", slow.err)
    world.until_resumed()
    world.open_gate()
    expect(other.end(), 0, other.err)
    expect(world.story(), "succeeded, attempt 1: succeeded, succeeded (resumed), succeeded")
    expect(world.printed(), "a\nb\nc\nd\n")


# Killed at a system call


def strace(world, *options):
    return ["/usr/bin/strace", "-f", "-qq", "-o", world.folder / "strace", "-e", f"trace={CALLS}",
            *options]


def calls_of(world, command):
    """What a whole run of it calls, in order: ("pwrite64", 3) is its third of that name."""
    world.run(*command, prefix=strace(world), **UNTRACED)
    counts, calls = {}, []
    for name in re.findall(r"(fdatasync|pwrite64)\(", (world.folder / "strace").read_text()):
        counts[name] = counts.get(name, 0) + 1
        calls.append((name, counts[name]))
    return calls


def kill_at(world, call, command):
    name, number = call
    prefix = strace(world, "-e", f"inject={name}:signal=KILL:when={number}")
    killed = world.start(*command, prefix=prefix, **UNTRACED)
    expect(killed.end(), -signal.SIGKILL, f"killed at {call}: {killed.err}")
    return killed


def kill_at_calls(world, numbers):
    """A job of three cells, and its worker killed at those of its calls, each time with a new
    run; the next worker ends every one of them truly."""
    world.gateway()
    job = world.job("story", "print('a')", "print('b')", "print('c')")
    world.submit(job)
    work = ("work", "--drain")
    calls = calls_of(world, work)
    outcomes = {}
    for number in numbers:
        run = world.submit(job)[0]
        kill_at(world, calls[min(number, len(calls) - 1)], work)
        world.start(*work).end()
        story = world.story(run)
        outcomes[story] = outcomes.get(story, 0) + 1
        if story.startswith("succeeded"):
            expect(re.sub(r" \(resumed\)", "", story),
                   "succeeded, attempt 1: succeeded, succeeded, succeeded")
            expect(world.printed(run), "a\nb\nc\n", f"killed at call {number}")
        else:  # sent or not: nobody can say
            expect(story.split(":")[0], "failed interrupted, attempt 1", f"killed at call {number}")
            expect(story.count("unknown"), 1, story)
        expect(world.store_faults(), [], f"killed at call {number}")
    print(f"{len(calls)} calls; " + "; ".join(f"{n} times {s}" for s, n in outcomes.items()))


@quick
def killed_at_some_of_the_first_writes(world):
    kill_at_calls(world, [2, 7, 13, 20])


@soak
def killed_at_each_of_the_first_60_writes(world):
    kill_at_calls(world, range(60))


def kill_the_making_of_a_store_at(world, numbers):
    """`cellar run` where there is no store yet: what was printed is there afterwards."""
    world.gateway()
    job = world.job("story", "print('a')")
    calls = calls_of(world, ("run", job))
    for number in numbers:
        for path in world.store.parent.iterdir():
            path.unlink()
        world.effects["story"].unlink(missing_ok=True)
        killed = kill_at(world, calls[min(number, len(calls) - 1)], ("run", job))
        world.run("work", "--drain")
        ends = [state for (state,) in world.rows("SELECT state FROM runs ORDER BY run")]
        expect(len(ends) >= killed.err.count("run 1: story"), True, "what was printed is kept")
        expect(set(ends) <= {"succeeded", "failed"}, True, f"killed at call {number}: {ends}")
        expect(world.store_faults(), [], f"killed at call {number}")


@quick
def killed_at_some_writes_of_a_new_store(world):
    kill_the_making_of_a_store_at(world, [0, 4, 9])


@soak
def killed_at_each_of_the_first_60_writes_of_a_new_store(world):
    kill_the_making_of_a_store_at(world, range(60))


def kill_submissions_at(world, step):
    """Of a new store, and of one that is there: a run whose number was printed is kept."""
    job = world.job("story", "print('a')")
    command = ("submit", "-q", job)
    for is_new in (True, False):
        calls = calls_of(world, command)
        for number in range(0, len(calls), step):
            if is_new:
                for path in world.store.parent.iterdir():
                    path.unlink()
            killed = kill_at(world, calls[number], command)
            world.run(*command)  # which goes on with a half-made store
            promised = {int(word) for word in killed.out.split()}
            there = {run for (run,) in world.rows("SELECT run FROM runs")}
            expect(promised <= there, True, f"killed at {calls[number]}: {killed.out}")
            expect(world.store_faults(), [], f"killed at {calls[number]}")


@quick
def killed_at_some_writes_of_a_submission(world):
    kill_submissions_at(world, 5)


@soak
def killed_at_each_write_of_a_submission(world):
    kill_submissions_at(world, 1)


# Side by side


def count_those_inside(world, seconds):
    """A cell that takes so long, and prints how many of its kind run on all kernels meanwhile."""
    return f"""
import os, pathlib
me = pathlib.Path("{world.folder}", "inside", str(os.getpid()))
me.parent.mkdir(exist_ok=True)
me.touch()
time.sleep({seconds})
print(len(list(me.parent.iterdir())))
me.unlink()
"""


@quick
def a_gateways_limit_holds_for_all_workers_together(world):
    """Two workers and two that run in the foreground; each cell counts those that run with it."""
    world.gateway(keys="max_kernels = 2")
    jobs = [world.job(f"story-{i}", count_those_inside(world, 0.5)) for i in range(10)]
    world.submit(*jobs[2:])
    cellars = [world.start("work", "--drain"), world.start("run", "-q", jobs[0]),
               world.start("work", "--drain"), world.start("run", "-q", jobs[1])]
    for cellar in cellars:
        expect(cellar.end(), 0, cellar.err)
    counts = {int(world.printed(run)) for run in range(1, len(jobs) + 1)}
    expect(counts <= {1, 2}, True, counts)


@quick
def a_deep_queue_starts_not_all_of_its_embedded_kernels(world):
    most = max(4, 2 * os.cpu_count())
    jobs = [world.job(f"story-{i}", count_those_inside(world, 2)) for i in range(2 * most)]
    world.submit(*jobs)
    world.run("work", "--drain")
    counts = [int(world.printed(run)) for run in range(1, len(jobs) + 1)]
    expect(max(counts) <= most, True, counts)


@quick
def killed_in_the_foreground_and_its_place_is_taken(world):
    """By a worker that lives, and by one that waits in the foreground itself."""
    world.gateway(keys="max_kernels = 1")
    killed = world.start("run", world.job("killed", "print('a', flush=True)\ngate('never')"))
    world.until_it_appends("killed", "0 begin")
    waits = world.start("run", world.job("waits", "print('b')"))
    waits.until_it_says("run 2 waits: gateway lab has max_kernels = 1, and other Cellars' runs")
    worker = world.start("work", "--drain")
    world.submit(world.job("queued", "print('c')"))
    killed.kill()
    expect(waits.end(), 0, waits.err)
    expect(worker.end(), 0, worker.err)
    expect(world.story(1), "failed interrupted, attempt 1: unknown")
    expect([world.printed(run) for run in (2, 3)], ["b\n", "c\n"])


@quick
def stopped_while_it_waits_for_a_place(world):
    world.gateway(keys="max_kernels = 1")
    first = world.start("run", world.job("first", "gate('gate')"))
    world.until_it_appends("first", "0 begin")
    waits = world.start("run", world.job("waits", "print('b')"))
    waits.until_it_says("run 2 waits: gateway lab")
    waits.signal(signal.SIGINT)
    expect(waits.end(), 130, waits.err)
    cancelled = world.start("run", world.job("cancelled", "print('c')"))
    cancelled.until_it_says("run 3 waits: gateway lab")
    world.run("cancel", "3")
    expect(cancelled.end(), 1, cancelled.err)
    world.open_gate()
    expect(first.end(), 0, first.err)
    expect([world.story(run) for run in (2, 3)], ["cancelled by_user, attempt 0: "] * 2)


# Killed at random


def kill_at_random(world, runs, seconds):
    """Two workers, one of them killed each 2 s, or when it may be, and started again, until all
    runs have ended."""
    gateway = world.gateway(keys="max_kernels = 4")
    jobs = [world.job(f"story-{i}", "print('a')", "time.sleep(0.3)\nprint('b')", "print('c')",
                      keys="[retry]\nattempts = 20\ndelay = '100ms'") for i in range(runs)]
    numbers = world.submit(*jobs)
    expect(len(numbers), runs)
    workers = [world.start("work"), world.start("work")]
    end = time.monotonic() + seconds
    kills = most = 0

    def are_open():
        return world.rows("SELECT count(*) FROM runs WHERE state IN ('queued', 'running')")[0][0]

    def may_lose_a_worker():
        """No open run has had two deaths, nor has one not been noticed: a third one would stop its
        retries, as it should."""
        return not world.rows("""SELECT run FROM attempts JOIN runs USING (run)
            WHERE runs.state IN ('queued', 'running') GROUP BY run HAVING sum(takeovers) > 1
            """) and all(world.is_held(worker) for (worker,) in world.rows(
                "SELECT worker_id FROM attempt WHERE state = 'running'"))

    while time.monotonic() < end and are_open():
        time.sleep(2)
        most = max(most, len(gateway.kernels()))
        # One that waits for its retry is behind all that were due before it.
        wait_until(may_lose_a_worker, "the runs of killed workers go on, or end",
                   seconds=120 + 5 * runs)
        one = random.randrange(2)
        workers[one].kill()
        kills += 1
        workers[one] = world.start("work")
    wait_until(lambda: not are_open(), "all runs have ended", seconds=60 + 5 * runs)
    wait_until(lambda: not gateway.kernels(), "the kernels of killed workers are ended")
    for worker in workers:
        worker.until_it_heeds(signal.SIGTERM)
        worker.signal(signal.SIGTERM)
    for worker in workers:
        expect(worker.end(), 143, worker.err)
    for run in numbers:
        expect(world.rows("SELECT state FROM attempts WHERE run = ? AND state = 'succeeded'", run),
               [("succeeded",)], f"run {run}: {world.story(run)}: {world.message(run)}")
        expect(world.rows("SELECT state FROM runs WHERE run = ?", run), [("succeeded",)])
    attempts = world.rows("SELECT count(*), sum(takeovers) FROM attempts")[0]
    print(f"{kills} workers killed; {runs} runs, {attempts[0]} attempts, {attempts[1]} takeovers, "
          f"at most {most} kernels")


@quick
def two_workers_and_one_killed_every_2_s(world):
    kill_at_random(world, runs=12, seconds=20)


@soak
def two_workers_and_one_killed_every_2_s_for_five_minutes(world):
    kill_at_random(world, runs=200, seconds=300)


if __name__ == "__main__":
    fault.main()
