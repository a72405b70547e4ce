#!/usr/bin/python3
"""Kernels and gateways that die, stand still, refuse, or are full."""

import os
import signal
import time

import fault
from fault import quick, soak
from relay import Relay
from waiting import expect, expect_in, wait_until


def run_until_in_cell_1(world, keys=""):
    """A `cellar run` in the second of three cells, which ends when the gate is open."""
    cellar = world.start("run", world.job("story", "print('a')", "gate('gate')\nprint('b')",
                                          "print('c')", keys=keys))
    world.until_it_appends("story", "1 begin")
    return cellar


@quick
def a_killed_kernel_fails_the_run(world):
    gateway = world.gateway()
    cellar = run_until_in_cell_1(world)
    os.kill(gateway.kernel_process(gateway.only_kernel()), signal.SIGKILL)
    expect(cellar.end(), 3, cellar.err)
    expect(world.story(), "failed kernel_died, attempt 1: succeeded, failed, not_run")
    expect_in("died", world.message())


@quick
def a_killed_kernel_is_no_end_where_retry_says_so(world):
    gateway = world.gateway()
    cellar = run_until_in_cell_1(world, keys="[retry]\nattempts = 2\ndelay = '100ms'")
    os.kill(gateway.kernel_process(gateway.only_kernel()), signal.SIGKILL)
    world.open_gate()
    expect(cellar.end(), 0, cellar.err)
    expect_in("trying again", cellar.err)
    expect(world.story(), "succeeded, attempt 2: succeeded, succeeded, succeeded")


def run_on_stillborn_kernels(world, count):
    """A `cellar run` on a kernelspec whose first kernels end at once, `count` of them."""
    gateway = world.gateway(arguments=["--AsyncIOLoopKernelRestarter.restart_limit=0"])
    births = world.folder / "births"
    gateway.add_kernelspec("late", f"""
        echo birth >> '{births}'
        [ $(wc -l < '{births}') -gt {count} ] && exec python3 -m ipykernel_launcher -f "$1"
        exit 1
    """)
    cellar = world.start("run", world.job("story", "print('a')", kernel="late"))
    code = cellar.end()
    return code, cellar, births.read_text().count("birth")


@quick
def kernels_that_die_before_their_first_answer_are_replaced(world):
    code, cellar, births = run_on_stillborn_kernels(world, 2)
    expect(code, 0, cellar.err)
    expect(births, 3)
    expect(cellar.err.count("before its first answer: another is started"), 2, cellar.err)
    expect(world.story(), "succeeded, attempt 1: succeeded")
    expect(world.printed(), "a\n")


@quick
def a_kernelspec_that_never_starts_is_given_up(world):
    code, cellar, births = run_on_stillborn_kernels(world, 1000)
    expect(code, 3, cellar.err)
    expect(births, 3)
    expect(world.story(), "failed kernel_unavailable, attempt 1: not_run")
    expect_in("as 2 before it: does 'late' start at all?", world.message())


@quick
def a_gateway_that_is_killed_and_started_again_has_lost_the_kernel(world):
    gateway = world.gateway()
    cellar = run_until_in_cell_1(world)
    gateway.kill()
    gateway.start()
    expect(cellar.end(), 3, cellar.err)
    expect(world.story(), "failed kernel_died, attempt 1: succeeded, failed, not_run")
    expect_in("is gone: the gateway answers 404", world.message())


@soak
def a_gateway_that_is_killed_for_good_is_waited_for_a_minute(world):
    gateway = world.gateway()
    cellar = run_until_in_cell_1(world)
    gateway.kill()
    expect(cellar.end(150), 3, cellar.err)
    expect(world.story(), "failed gateway_lost, attempt 1: succeeded, unknown, not_run")
    expect_in("out of reach for 60 s", world.message())


def stand_still(world, seconds):
    gateway = world.gateway()
    cellar = run_until_in_cell_1(world)
    gateway.signal(signal.SIGSTOP)
    world.open_gate()
    time.sleep(seconds)
    gateway.signal(signal.SIGCONT)
    expect(cellar.end(), 0, cellar.err)
    expect(world.printed(), "a\nb\nc\n")


@quick
def a_gateway_that_stands_still_for_8_s_loses_nothing(world):
    stand_still(world, 8)


@soak
def a_gateway_that_stands_still_for_30_s_loses_nothing(world):
    stand_still(world, 30)


@soak
def a_gateway_that_stands_still_for_good_is_given_up(world):
    gateway = world.gateway()
    cellar = run_until_in_cell_1(world)
    gateway.signal(signal.SIGSTOP)
    expect(cellar.end(400), 3, cellar.err)
    expect(world.story(), "failed gateway_lost, attempt 1: succeeded, unknown, not_run")
    gateway.signal(signal.SIGCONT)
    world.run("work", "--drain")  # which ends the kernel that was left


@quick
def a_gateway_that_is_restarted_between_runs_is_used_again(world):
    gateway = world.gateway()
    worker = world.start("work")
    world.submit(world.job("first", "print('a')"))
    worker.until_it_says("run 1: first: succeeded")
    gateway.restart()
    world.submit(world.job("second", "print('b')"))
    worker.until_it_says("run 2: second: succeeded")
    worker.signal(signal.SIGTERM)
    expect(worker.end(), 143)
    expect(world.printed(2), "b\n")


def refuse(world, *answers, keys=""):
    """Two runs for a gateway that answers so, and then is fine again; returns their worker, and for
    how many seconds it was refused."""
    gateway = world.gateway()
    relay = Relay(gateway.port)
    world.configure(gateway, relay.url)
    world.submit(world.job("first", "print('a')", keys=keys),
                 world.job("second", "print('b')", keys=keys))
    relay.refuse(*answers)
    worker = world.run("work", "--drain")
    expect(len(relay.refused), len(answers))
    return worker, relay.refused[-1] - relay.refused[0]


def expect_that_runs_waited(world):
    for run in (1, 2):
        expect(world.story(run), "succeeded, attempt 1: succeeded")


@quick
def an_embedded_gateway_that_does_not_start_is_waited_for(world):
    broken = world.folder / "broken" / "jupyter_server"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('broken')")
    world.submit(world.job("story", "print('a')"))
    worker = world.start("work", PYTHONPATH=str(broken.parent))
    worker.until_it_says("broken")
    worker.until_it_says("its runs wait")
    worker.signal(signal.SIGTERM)
    expect(worker.end(), 143, worker.err)
    world.run("work", "--drain")
    expect(world.story(), "succeeded, attempt 1: succeeded")


@quick
def a_gateway_that_answers_502_and_503_is_waited_for(world):
    worker, _ = refuse(world, "502 Bad Gateway", "503 Service Unavailable", "502 Bad Gateway")
    expect_that_runs_waited(world)
    expect(worker.err.count("its runs wait"), 1, worker.err)
    expect(worker.err.count("gateway lab answers again"), 1, worker.err)


@quick
def a_gateway_that_answers_500_is_tried_again_as_retry_says(world):
    """500 is the answer to a kernel that did not start: it may never do."""
    refuse(world, *["500 Internal Server Error"] * 3, keys="[retry]\nattempts = 4\ndelay = '100ms'")
    for run in (1, 2):
        expect(world.story(run).endswith(": succeeded"), True, world.story(run))
    expect(world.rows("SELECT count(*) FROM attempts WHERE reason = 'kernel_unavailable'"), [(3,)])


@quick
def a_gateway_that_asks_for_patience_gets_it(world):
    worker, seconds = refuse(world, *["429 Too Many Requests\r\nRetry-After: 4"] * 3)
    expect_that_runs_waited(world)
    expect(seconds >= 4, True, f"refused for {seconds} s")  # the two at once, then one again
    expect(worker.err.count("lab"), 0, worker.err)


@quick
def a_run_of_its_own_waits_for_a_busy_gateway_too(world):
    gateway = world.gateway()
    relay = Relay(gateway.port)
    world.configure(gateway, relay.url)
    relay.refuse(*["429 Too Many Requests\r\nRetry-After: 2"] * 2)
    cellar = world.run("run", world.job("story", "print('a')"))
    expect(relay.refused[1] - relay.refused[0] >= 2, True, "it is left alone for as long as it asks")
    expect_in("waiting for a kernel", cellar.err)
    expect(world.story(), "succeeded, attempt 1: succeeded")


@quick
def a_wrong_token_is_said_with_the_place_it_comes_from(world):
    world.gateway()
    (world.folder / "lab.token").write_text("wrong")
    cellar = world.run("run", world.job("story", "x = 1"), code=3)
    expect_in("is the token in", cellar.err)
    expect_in("lab.token right?", cellar.err)
    expect(world.story(), "failed gateway_unreachable, attempt 1: not_run")


@quick
def five_runs_on_one_kernel_wait_for_each_other(world):
    gateway = world.gateway(keys="max_kernels = 1")
    world.submit(*[world.job(f"story-{i}", "append('x')") for i in range(5)])
    worker = world.start("work", "--drain")
    most = 0
    while worker.process.poll() is None:
        most = max(most, len(gateway.kernels()))
        time.sleep(0.05)
    expect(worker.end(), 0, worker.err)
    for run in range(1, 6):
        expect(world.story(run), "succeeded, attempt 1: succeeded")
    # One whose end was asked for may still be there when the next one begins.
    expect(most <= 2, True, f"{most} kernels at once")


if __name__ == "__main__":
    fault.main()
