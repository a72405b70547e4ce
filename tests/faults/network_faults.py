#!/usr/bin/python3
"""The network between Cellar and its gateway: a relay of ours that harms it."""

import time

import fault
from fault import quick, soak
from relay import Relay
from waiting import expect, expect_in, wait_until

# Two halves of output, flushed line by line, with a gate between them.
TWO_HALVES = """for i in range(300): print(i, flush=True)
append('half')
gate('gate')
for i in range(300, 600): print(i, flush=True)"""


def behind_a_relay(world):
    gateway = world.gateway()
    relay = Relay(gateway.port)
    world.configure(gateway, relay.url)
    return relay


def expect_no_silent_gap(world):
    """What came before the cut may end early, for what was on its way is lost with the connection;
    nothing comes twice, and the second half is whole."""
    numbers = [int(line) for line in world.printed().split()]
    expect(sorted(set(numbers)), numbers, "in order, and once each")
    expect(numbers[-300:], list(range(300, 600)))
    return numbers


@quick
def a_connection_that_is_reset_amid_output_is_taken_up_again(world):
    relay = behind_a_relay(world)
    relay.limit = 60_000
    cellar = world.start("run", world.job("story", TWO_HALVES, "x = 1"))
    world.until_it_appends("story", "half")
    wait_until(lambda: relay.resets == 1 and relay.connections, "it is connected again")
    world.open_gate()
    expect(cellar.end(), 0, cellar.err)
    expect(world.story(), "succeeded, attempt 1: succeeded (resumed), succeeded")
    expect_no_silent_gap(world)


@quick
def a_connection_that_is_reset_again_and_again_loses_no_reply(world):
    relay = behind_a_relay(world)
    cellar = world.start("run", world.job("story", *["gate('gate')\nprint(1)"] * 4))
    world.until_it_appends("story", "0 begin")
    for resets in range(1, 4):
        wait_until(lambda: relay.connections, "it is connected")
        time.sleep(0.3)  # in whatever state that finds it
        relay.reset()
    world.open_gate()
    expect(cellar.end(), 0, cellar.err)
    expect(world.printed(), "1\n1\n1\n1\n")


def drop(world, direction, seconds):
    relay = behind_a_relay(world)
    cellar = world.start("run", world.job("story", TWO_HALVES, "x = 1"))
    world.until_it_appends("story", "half")
    relay.drop(direction)
    time.sleep(seconds)
    relay.restore()
    time.sleep(1)
    world.open_gate()
    expect(cellar.end(180), 0, cellar.err)
    expect(world.story().replace(" (resumed)", ""), "succeeded, attempt 1: succeeded, succeeded")
    expect_no_silent_gap(world)


@quick
def nothing_passes_to_the_client_for_5_s(world):
    drop(world, "to client", 5)


@quick
def nothing_passes_to_the_gateway_for_5_s(world):
    drop(world, "to gateway", 5)


@soak
def nothing_passes_to_the_client_for_90_s(world):
    drop(world, "to client", 90)


@soak
def nothing_passes_to_the_gateway_for_90_s(world):
    drop(world, "to gateway", 90)


if __name__ == "__main__":
    fault.main()
