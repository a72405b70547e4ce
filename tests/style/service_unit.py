#!/usr/bin/python3
"""Holds deploy/cellar.service to systemd's own reading of it, and to what `cellar serve` does."""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy" / "cellar.service"

# What a stop that hands running cells over depends on.
WANTED = {
    "Type": "notify",
    "KillMode": "mixed",
    "KillSignal": "SIGTERM",
    "SuccessExitStatus": "143",
    "ExecStart": "/usr/local/bin/cellar serve",
}


def settings(text):
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|min)", text).groups()
    return int(number) * (60 if unit == "min" else 1)


def verified(text):
    """What systemd-analyze says of the unit, with a program in it that is there."""
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "cellar.service"
        unit.write_text(text.replace("/usr/local/bin/cellar", "/bin/true"))
        verify = subprocess.run(["systemd-analyze", "verify", "--man=no", unit],
                                capture_output=True, text=True)
        security = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit],
            capture_output=True, text=True)
    said = [line for line in verify.stderr.splitlines() if "cellar.service" in line]
    if verify.returncode != 0 and not said:
        said = verify.stderr.splitlines()
    if security.returncode != 0:
        said.append("systemd-analyze security: its exposure is above 2.0")
    return said


def main():
    text = UNIT.read_text(encoding="utf-8")
    unit = settings(text)
    faults = [f"{name}={unit.get(name)}, not {value}"
              for name, value in WANTED.items() if unit.get(name) != value]
    grace = re.search(r'std::string grace = "(\w+)"',
                      (ROOT / "runner/cli/worker.h").read_text(encoding="utf-8")).group(1)
    if seconds(unit["TimeoutStopSec"]) <= seconds(grace):
        faults.append(f"TimeoutStopSec={unit['TimeoutStopSec']} is not more than --grace ({grace})")
    if seconds(unit["WatchdogSec"]) < 10:
        faults.append("WatchdogSec: a locked store is waited for 5 s")
    faults += verified(text)
    print("\n".join(f"deploy/cellar.service: {fault}" for fault in faults), file=sys.stderr,
          end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
