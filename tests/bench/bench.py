#!/usr/bin/python3
"""Measures Cellar against Debian's `jupyter execute` (nbclient) and a bare WebSocket reader, on the
same cells, and prints a Markdown table. Whole processes; the two of a pair run alternately; medians
of the times and of the ratios within the pairs. `make bench` builds what this needs and calls it.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
WORK = ROOT / "build/bench"
# Debian's Python and Jupyter, whatever else is installed.
PATH = "/usr/bin:/bin"
MIB = 1024 * 1024

TRIVIAL = "x = 1"
# Hexadecimal digits at random: as dense as text can be, so that storing it is honest work.
MEGABYTE = "import random\nprint(random.randbytes(500_000).hex())"
HUNDRED = "import random\nfor _ in range(100): print(random.randbytes(500_000).hex())"
HUNDRED_IN_PIECES = HUNDRED.replace("hex())", "hex(), flush=True)")


class Failed(Exception):
    """A measured process that did not do what it should."""


class Run:
    """One finished process: its time in seconds, its peak memory in bytes, what it printed."""

    def __init__(self, arguments, environment, code=None):
        output = WORK / "output"
        with open(output, "w+b") as out, open(WORK / "code", "w+b") as source:
            source.write((code or "").encode())
            source.seek(0)
            start = time.perf_counter()
            process = subprocess.Popen(
                arguments, stdin=source, stdout=out, stderr=out, env=environment, cwd=WORK
            )
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            self.output = out.read().decode(errors="replace")
        self.peak = usage.ru_maxrss * 1024
        if process.returncode != 0:
            raise Failed(f"{arguments}: exit {process.returncode}\n{self.output[-2000:]}")


class Server:
    """A jupyter-server of our own: a loopback port, a random token, no configuration."""

    def __init__(self, rate_limits):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.token = secrets.token_hex(16)
        limits = [] if rate_limits else [
            "--ServerApp.iopub_data_rate_limit=0", "--ServerApp.iopub_msg_rate_limit=0"
        ]
        self.log = open(WORK / "server.log", "wb")
        self.process = subprocess.Popen(
            ["/usr/bin/jupyter-server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
             f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0",
             f"--ServerApp.root_dir={WORK}", *limits],
            env=plain_environment() | {"JUPYTER_TOKEN": self.token},
            stdout=self.log, stderr=self.log, cwd=WORK, start_new_session=True)

    def environment(self):
        return plain_environment() | {
            "CELLAR_GATEWAY": f"http://127.0.0.1:{self.port}", "CELLAR_TOKEN": self.token}

    def ask(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"Authorization": f"token {self.token}"})
        return json.load(connection.getresponse())

    def wait_until_ready(self):
        for _ in range(300):
            with contextlib.suppress(OSError):
                self.ask("/api")
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit(f"bench: jupyter-server did not start: see {self.log.name}")

    def wait_until_quiet(self):
        """Kernels whose DELETE was not waited for would slow down the next process."""
        for _ in range(300):
            if not self.ask("/api/kernels"):
                return
            time.sleep(0.05)
        sys.exit("bench: the server still has kernels 15 s after the process that used them")

    def __enter__(self):
        return self.wait_until_ready()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def plain_environment():
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "PATH": PATH, "JUPYTER_CONFIG_DIR": str(WORK / "config"),
        "JUPYTER_RUNTIME_DIR": str(WORK / "runtime"), "XDG_CONFIG_HOME": str(WORK / "config"),
        "IPYTHONDIR": str(WORK / "ipython"),  # its history is not the user's
        "CELLAR_STORE": str(WORK / "cellar.db")}


def write_notebook(name, sources):
    """The same file for both: a notebook is a job."""
    cells = [{"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "source": source,
              "outputs": [], "execution_count": None} for i, source in enumerate(sources)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = WORK / f"{name}.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {"kernelspec": kernel},
                                "nbformat": 4, "nbformat_minor": 5}))
    return path


def alternate(pairs, ours, theirs, settle=lambda: None):
    """`pairs` runs of each, after one of each that does not count. Who goes first alternates. The
    rival is given a second try: nbclient loses a kernel now and then when two start at once, as each
    chooses ports that are free and hopes that they stay so.
    """
    for path in WORK.glob("cellar.db*"):
        path.unlink()
    runs = []
    for i in range(pairs + 1):
        order = [ours, theirs] if i % 2 else [theirs, ours]
        done = {}
        for measure in order:
            try:
                done[measure] = measure()
            except Failed as failure:
                if measure is ours:
                    raise
                print(f"bench: once more: {failure}", file=sys.stderr)
                done[measure] = measure()
            settle()
        runs.append((done[ours], done[theirs]))
    return runs[1:]


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


class Table:
    """Each row is printed as it comes: what fails after it takes nothing away."""

    def __init__(self):
        print("| case | cellar | baseline | ratio | at most | |\n|---|---|---|---|---|---|", flush=True)

    def add(self, case, ours, theirs, ratio, bound, holds):
        verdict = "ok" if holds else "**short**"
        print(f"| {case} | {ours} | {theirs} | {ratio} | {bound} | {verdict} |", flush=True)

    def add_ratio(self, case, runs, bound, rival):
        ours = statistics.median(run.seconds for run, _ in runs)
        theirs = statistics.median(run.seconds for _, run in runs)
        ratio = statistics.median(our.seconds / their.seconds for our, their in runs)
        self.add(case, seconds(ours), f"{seconds(theirs)} {rival}", f"{ratio:.2f}", f"{bound:.2f}",
                 ratio <= bound)


def cellar(*arguments, environment):
    return Run([BUILD / "cellar", *arguments], environment)


def against_nbclient(table, case, notebook, pairs, bound, server=None):
    environment = server.environment() if server else plain_environment()
    runs = alternate(
        pairs,
        lambda: cellar("run", "-q", notebook, environment=environment),
        lambda: Run(["/usr/bin/jupyter-execute", notebook], plain_environment()),
        server.wait_until_quiet if server else lambda: None)
    table.add_ratio(case, runs, bound, "nbclient")


def against_bare_reader(table, case, code, pairs, server):
    notebook = write_notebook("hundred", [code])
    reader = [BUILD / "tests/bench/bare_reader", str(server.port)]
    runs = alternate(
        pairs,
        lambda: cellar("run", "-q", notebook, environment=server.environment()),
        lambda: Run(reader, server.environment(), code),
        server.wait_until_quiet)
    table.add_ratio(case, runs, 1.5, "bare reader")
    largest = max(int(theirs.output.split()[1]) for _, theirs in runs)
    peak = max(ours.peak for ours, _ in runs)
    bound = 64 * MIB + 3 * largest
    table.add(f"the same: peak memory, largest message {largest / MIB:.1f} MiB",
              f"{peak / MIB:.0f} MiB", "", "", f"{bound / MIB:.0f} MiB", peak <= bound)


def filled_store(name, program, *arguments):
    """Kept from one bench to the next: it takes minutes, though in memory, where an fsync is free."""
    store = WORK / name
    filler = BUILD / "tests/bench" / program
    if store.exists() and store.stat().st_mtime > filler.stat().st_mtime:
        return store
    print(f"bench: filling {name}", file=sys.stderr)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        Run([filler, f"{folder}/{name}", *map(str, arguments)], plain_environment())
        for path in pathlib.Path(folder).iterdir():
            if not path.name.endswith("-shm"):  # that one belongs to its process
                shutil.copyfile(path, WORK / path.name)
    return store


def answers(table, store, cases):
    """Medians of 20 calls each, after one that does not count."""
    environment = plain_environment() | {"CELLAR_STORE": str(store)}
    for case, bound, arguments in cases:
        times = [cellar(*arguments, environment=environment).seconds for _ in range(21)][1:]
        middle = statistics.median(times)
        table.add(case, seconds(middle), "", "", seconds(bound), middle <= bound)


def history(table, runs):
    answers(table, filled_store(f"runs-{runs}.db", "fill_store", runs, 200), (
        (f"`cellar runs` on {runs:,} runs", 0.050, ["runs"]),
        ("`cellar show` of a run with 200 cells", 0.050, ["show", "last"]),
        ("`cellar export --to html` of it", 0.100, ["export", "last", "--to", "html"]),
        ("`cellar export --to junit` of it", 0.100, ["export", "last", "--to", "junit"])))


def page(table, runs):
    """What the server needs for what a view of the page asks, one request after the other."""
    store = filled_store(f"runs-{runs}.db", "fill_store", runs, 200)
    process = subprocess.Popen(
        [BUILD / "cellar", "view", "--store", store, "--listen", "127.0.0.1:0"], cwd=WORK, text=True,
        stdout=subprocess.PIPE, env=plain_environment())
    port, session = re.search(r":(\d+)/#session=(\w+)", process.stdout.readline()).groups()
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)

    def ask(path):
        connection.request("GET", path, headers={"Authorization": f"Bearer {session}"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"bench: {path}: {answer.status} {body[:300]}")
        return body

    last = json.loads(ask("/api/v1/runs?limit=1"))["runs"][0]["id"]
    for case, paths in ((f"the page's first view of {runs:,} runs",
                         ["/", "/api/v1/info", "/api/v1/runs?limit=50", "/api/v1/jobs"]),
                        ("its view of a run with 200 cells", [f"/api/v1/runs/{last}"])):
        times = []
        for _ in range(21):
            start = time.perf_counter()
            for path in paths:
                ask(path)
            times.append(time.perf_counter() - start)
        middle = statistics.median(times[1:])
        table.add(case, seconds(middle), "", "", "100 ms", middle <= 0.100)
    process.terminate()
    process.wait()


def looking_back(table):
    answers(table, filled_store("job.db", "fill_history", 10_000, 5, 0), (
        ("`cellar stats` over 10,000 runs of 5 cells", 0.200, ["stats", "nightly"]),))
    answers(table, filled_store("outputs.db", "fill_history", 1000, 1, 1024), (
        ("`cellar search` of a rare text in 1 GB of outputs", 0.300, ["search", "57005 dead"]),
        ("the same of a common one", 0.300, ["search", "skipped warning"]),
        ("the same of one that is not there", 0.300, ["search", "no such text"]),
        ("the same of two letters that are not there", 0.300, ["search", "zq"]),
        ("the same of a rare text whose parts are common", 0.300,
         ["search", "skipped warning 9999"])))


class Worker:
    """`cellar work` on a store and a fake gateway of its own."""

    def __init__(self, name, warm=0):
        self.folder = WORK / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.store = self.folder / "cellar.db"
        self.gateway = subprocess.Popen(
            ["/usr/bin/python3", ROOT / "tests/bench/fake_gateway.py"], stdout=subprocess.PIPE,
            text=True, env=plain_environment())
        self.port = int(self.gateway.stdout.readline())
        keep = f"warm = {{ python3 = {warm} }}\n" if warm else ""
        (self.folder / "cellar.toml").write_text(
            f'default_gateway = "fake"\n[gateway.fake]\nurl = "http://127.0.0.1:{self.port}"\n{keep}')
        self.log = open(self.folder / "worker.log", "wb")
        self.process = subprocess.Popen(
            [BUILD / "cellar", "work", "--store", self.store], cwd=self.folder, stdout=self.log,
            stderr=self.log, env=plain_environment())

    def stats(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/stats")
        return json.load(connection.getresponse())

    def wait_for(self, what, condition):
        for _ in range(1200):
            stats = self.stats()
            if condition(stats):
                return stats
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit(f"bench: {what} never came: see {self.log.name}")

    def seconds_of_cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.process, self.gateway):
            process.terminate()
            process.wait()
        self.log.close()


def queue_times(*arguments):
    return Run([BUILD / "tests/bench/queue_times", *arguments], plain_environment()).output


def fresh_store(name):
    for path in WORK.glob(f"{name}*"):
        path.unlink()
    return WORK / name


def deep_queue(table):
    """10,000 runs: submitted, listed, claimed."""
    job = WORK / "swept.toml"
    job.write_text('kernel = "python3"\n[parameters]\na = 0\nb = 0\n[[cell]]\ncode = "a + b"\n')
    hundred = ",".join(str(i) for i in range(100))
    submits, lists = [], []
    for _ in range(3):
        environment = plain_environment() | {"CELLAR_STORE": str(fresh_store("deep.db"))}
        submits.append(cellar("submit", "-q", job, "--sweep", f"a={hundred}", "--sweep",
                              f"b={hundred}", environment=environment).seconds)
        lists += [cellar("runs", "--state", "queued", "--limit", "50",
                         environment=environment).seconds for _ in range(7)]
    middle = statistics.median(submits)
    table.add("submit 10,000 runs (a sweep)", seconds(middle), "", "", "2 s", middle <= 2)
    middle = statistics.median(lists)
    table.add("`runs --state queued --limit 50` after it", seconds(middle), "", "", "50 ms",
              middle <= 0.050)
    median, high = map(float, queue_times("claims", fresh_store("claims.db"), "10000").split())
    table.add("a claim at a depth of 10,000: median, 99 %", f"{median:.2f} ms, {high:.2f} ms", "",
              "", "5 ms (99 %)", high <= 5)


def warm_start(table, runs=200):
    """From the commit of a submission to its first execute_request: a worker that has nothing else
    to do, and a warm kernel."""
    with Worker("warm", warm=2) as worker:
        worker.wait_for("a warm kernel", lambda stats: stats["kernels"] == 2)
        time.sleep(1)
        lines = queue_times("single", worker.store, str(runs), "150").splitlines()
        stats = worker.wait_for("the last run", lambda stats: len(stats["arrivals"]) == runs)
    came = dict(map(tuple, stats["arrivals"]))
    times = sorted(came[code] - float(at) for code, at in (line.split("\t") for line in lines))
    median, high = statistics.median(times), times[int(len(times) * 0.99)]
    table.add("commit of a submission to its first execute_request, warm: median, 99 %",
              f"{seconds(median)}, {seconds(high)}", "", "", "60 ms, 120 ms",
              median <= 0.060 and high <= 0.120)


def many_kernels(table, kernels=500, cells=20):
    """One worker, so many kernels at once, a cell a second on each."""
    with Worker("many") as worker:
        queue_times("submit", worker.store, str(kernels), str(cells))
        worker.wait_for("all kernels", lambda stats: stats["running"] >= kernels * 0.95)
        before, cpu, at = worker.stats(), worker.seconds_of_cpu(), time.monotonic()
        time.sleep(8)
        share = (worker.seconds_of_cpu() - cpu) / (time.monotonic() - at)
        late = sorted(worker.stats()["lateness"][len(before["lateness"]):])
        peak = worker.peak()
    table.add(f"{kernels} kernels at once, a cell a second each: CPU, memory, latest cell",
              f"{share:.2f} cores, {peak / MIB:.0f} MiB, {seconds(late[-1])}", "", "",
              "1 core, 200 MiB, 100 ms", share < 1 and peak < 200 * MIB and late[-1] <= 0.1)


def forty_jobs(table, pairs, jobs=40):
    """A fresh kernel each: `cellar run` and `jupyter execute` under xargs, two at a time."""
    notebooks = [write_notebook(f"job-{i}", [TRIVIAL]) for i in range(jobs)]
    environment = plain_environment()
    runs = alternate(
        pairs,
        lambda: cellar("run", "-q", "--jobs", "3", *notebooks, environment=environment),
        lambda: Run(["xargs", "-P2", "-n1", "/usr/bin/jupyter-execute"], environment,
                    "\n".join(map(str, notebooks))))
    table.add_ratio(f"{jobs} jobs of one cell, fresh kernel each, 2 cores", runs, 0.5,
                    "nbclient, xargs -P2")


ONLY = {"back": looking_back, "page": lambda table: page(table, 100_000), "deep": deep_queue,
        "warm": warm_start, "many": many_kernels, "jobs": lambda table: forty_jobs(table, 1)}


def conditions():
    """What else one needs to know about the figures."""
    names = re.findall(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    versions = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}, ",
         "python3-nbclient", "jupyter-server", "python3-ipykernel"],
        stdout=subprocess.PIPE, text=True, check=True).stdout
    return (f"{os.cpu_count()} CPUs{f' ({names[0]})' if names else ''}, "
            f"load {os.getloadavg()[0]:.1f} before; {versions.rstrip(', ')}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7, help="runs of each that count")
    parser.add_argument("--only", choices=ONLY, help="one of the queue's rows")
    parser.add_argument("--runs", type=int, default=100_000, help="runs in the store")
    options = parser.parse_args()
    measured_on = conditions()
    for folder in (WORK, WORK / "config", WORK / "runtime"):
        folder.mkdir(parents=True, exist_ok=True)
    # Everything that comes is kept: the harder case.
    (WORK / "cellar.toml").write_text('[limits]\noutput_per_cell = "0"\n')
    trivial, many = write_notebook("trivial", [TRIVIAL]), write_notebook("many", [TRIVIAL] * 200)
    large = write_notebook("large", [MEGABYTE] * 50)
    table = Table()
    if options.only:
        ONLY[options.only](table)
        return
    with Server(rate_limits=True) as server:
        against_nbclient(table, "200 trivial cells, gateway running", many, options.pairs, 0.75,
                         server)
        against_nbclient(table, "1 trivial cell, gateway running", trivial, options.pairs, 0.45,
                         server)
    against_nbclient(table, "1 trivial cell, nothing running", trivial, options.pairs, 1.0)
    with Server(rate_limits=False) as server:
        against_nbclient(table, "50 cells of 1 MB stdout, gateway running", large, options.pairs,
                         0.9, server)
        against_bare_reader(table, "one cell, 100 MB of stdout", HUNDRED, options.pairs, server)
        against_bare_reader(table, "one cell, 100 MB flushed each MB", HUNDRED_IN_PIECES,
                            options.pairs, server)
    history(table, options.runs)
    page(table, options.runs)
    looking_back(table)
    forty_jobs(table, max(1, options.pairs // 3))
    deep_queue(table)
    warm_start(table)
    many_kernels(table)
    print(f"\nMedians of {options.pairs} pairs; {measured_on}.")


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit(f"bench: {failed}")
