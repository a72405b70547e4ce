#!/bin/bash
# Runs a test with a loopback network of its own, where the machine lets root have one: no other
# test takes a port that jupyter_client has chosen for a kernel and the kernel binds only a second
# later.
if unshare --net true 2>/dev/null; then
  exec unshare --net /bin/sh -c 'ip link set lo up && exec "$@"' own_loopback "$@"
fi
exec "$@"
