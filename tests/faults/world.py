"""The world of one fault: a store, gateways, cellars and job files, and what must hold after it."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import tempfile

from gateway import PATH, Gateway, processes_with
from waiting import expect, wait_until

F_OFD_GETLK = 36  # fcntl(2), "Open file description locks"; Python 3.11 has no name for it

# What every cell can do. A line that is appended is appended by one write.
PREAMBLE = """import os, time
def append(word):
    with open({effects!r}, "a") as file: file.write(f"{{word}} {{os.getpid()}}\\n")
def gate(name):
    while not os.path.exists(os.path.join({folder!r}, name)): time.sleep(0.02)
"""


class Cellar:
    """A cellar under way. `out` and `err`: what it has said up to now."""

    def __init__(self, world, number, arguments, prefix, environment):
        self.arguments = arguments
        self.files = [world.folder / f"cellar-{number}.{name}" for name in ("out", "err")]
        with open(self.files[0], "wb") as out, open(self.files[1], "wb") as err:
            self.process = subprocess.Popen(
                [*prefix, world.program, *arguments], stdout=out, stderr=err,
                stdin=subprocess.DEVNULL, env=world.environment | environment, cwd=world.folder,
                start_new_session=True)

    @property
    def out(self):
        return self.files[0].read_text(errors="replace")

    @property
    def err(self):
        return self.files[1].read_text(errors="replace")

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """With -9, whatever it was just doing."""
        self.process.kill()
        self.process.wait()

    def until_it_says(self, text, seconds=120):
        wait_until(lambda: text in self.err, f"cellar says {text!r}", seconds)

    def until_it_heeds(self, number):
        """Until it has a handler for the signal: it has not only just been started."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        wait_until(lambda: int(re.search(r"SigCgt:\s*(\w+)", status.read_text())[1], 16)
                   >> (number - 1) & 1, f"cellar heeds signal {number}")

    def end(self, seconds=120):
        """Its exit code, once it has ended."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"cellar {self.arguments} has not ended in {seconds} s") from None


class World:
    def __init__(self, program):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cellar-fault-"))
        self.store = self.folder / "store" / "cellar.db"
        self.store.parent.mkdir()
        self.mark = f"FAULTS_WORLD={self.folder.name}"
        self.environment = {name: value for name, value in os.environ.items()
                            if name in ("LANG", "TMPDIR") or name.endswith("SAN_OPTIONS")}
        self.environment |= {
            "PATH": PATH, "HOME": str(self.folder), "CELLAR_STORE": str(self.store),
            "FAULTS_WORLD": self.folder.name}
        self.gateways = []
        self.cellars = []
        self.effects = {}  # the file that a job's cells append to, by the job's name

    # Gateways

    def gateway(self, name="lab", url=None, keys="", **options):
        """A gateway, configured by `name`; `url`: of the relay before it, once that is known."""
        folder = self.folder / name
        folder.mkdir()
        gateway = Gateway(folder, **options)
        self.gateways.append(gateway)
        self.configure(gateway, url, name, keys)
        return gateway

    def configure(self, gateway, url=None, name="lab", keys=""):
        """Writes cellar.toml anew: for one gateway."""
        token = self.folder / f"{name}.token"
        token.write_text(gateway.token)
        token.chmod(0o600)
        (self.folder / "cellar.toml").write_text(
            f'default_gateway = "{name}"\n[gateway.{name}]\nurl = "{url or gateway.url}"\n'
            f'token_file = "{token.name}"\n{keys}\n')

    # Jobs and runs

    def job(self, name, *cells, keys="", kernel="python3"):
        """A job file whose cells say `begin` and `end` in the job's side-effect file."""
        self.effects[name] = self.folder / f"{name}.effects"
        text = f'name = "{name}"\nkernel = "{kernel}"\n{keys}\n'
        for index, code in enumerate(cells):
            source = PREAMBLE.format(effects=str(self.effects[name]), folder=str(self.folder))
            source = (source if index == 0 else "") + f'append("{index} begin")\n{code}\n'
            text += f"[[cell]]\ncode = '''\n{source}append(\"{index} end\")\n'''\n"
        path = self.folder / f"{name}.toml"
        path.write_text(text)
        return path.name

    def open_gate(self, name="gate"):
        (self.folder / name).touch()

    def until_it_appends(self, job, word):
        """Until a cell of the job has appended `word`."""
        wait_until(lambda: any(line.startswith(word + " ") for line in self.lines(job)),
                   f"{job} appends {word!r}")

    def lines(self, job):
        path = self.effects[job]
        return path.read_text().splitlines() if path.exists() else []

    # Cellars

    def start(self, *arguments, prefix=(), **environment):
        cellar = Cellar(self, len(self.cellars), arguments, prefix, environment)
        self.cellars.append(cellar)
        return cellar

    def run(self, *arguments, code=0, seconds=120, **options):
        """To its end, which must be with `code`."""
        cellar = self.start(*arguments, **options)
        expect(cellar.end(seconds), code, f"the exit code of cellar {arguments}:\n{cellar.err}")
        return cellar

    def submit(self, *jobs):
        """The runs' numbers."""
        return [int(number) for number in re.findall(r"\d+", self.run("submit", "-q", *jobs).out)]

    # The store

    def rows(self, sql, *values):
        with contextlib.closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as store:
            return store.execute(sql, values).fetchall()

    def story(self, run=1):
        """ "succeeded, attempt 1: succeeded, succeeded (resumed), not_run" """
        state, reason, attempt = self.rows(
            "SELECT state, reason, attempt FROM runs WHERE run = ?", run)[0]
        cells = []
        for cell, events in self.rows("SELECT state, events FROM cells WHERE run = ? AND "
                                      "attempt = ? ORDER BY cell", run, attempt):
            kinds = sorted({event["kind"] for event in json.loads(events)})
            cells.append(cell + (f" ({', '.join(kinds)})" if kinds else ""))
        return f"{state}{f' {reason}' if reason else ''}, attempt {attempt}: {', '.join(cells)}"

    def message(self, run=1):
        return self.rows("SELECT message FROM runs WHERE run = ?", run)[0][0]

    def until_resumed(self, run=1):
        """Until a cell of it has its connection again. What a cell says just then a gateway may
        swallow (ARCHITECTURE.md, "Faults")."""
        wait_until(lambda: self.rows("SELECT 1 FROM cells WHERE run = ? AND events LIKE "
                                     "'%resumed%'", run), f"run {run} is taken up again")

    def printed(self, run=1):
        return self.run("logs", str(run)).out

    # What must hold

    def faults(self):
        faults = []
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not processes_with(self.mark), "no process is left", seconds=15)
        faults += [f"process {process} is left: {command}"
                   for process, command in processes_with(self.mark).items()]
        for gateway in self.gateways:
            faults += gateway.faults()
        return faults + (self.store_faults() if self.store.exists() else [])

    def store_faults(self):
        faults = [f"integrity_check: {row}" for row in self.rows("PRAGMA integrity_check")
                  if row != ("ok",)]
        faults += [f"foreign_key_check: {row}" for row in self.rows("PRAGMA foreign_key_check")]
        if not self.rows("SELECT 1 FROM sqlite_schema WHERE name = 'runs'"):
            return faults  # killed before it was made
        for run, worker in self.rows(
                "SELECT run_id, worker_id FROM attempt WHERE state = 'running'"):
            if not self.is_held(worker):
                faults.append(f"run {run} is running, and its worker {worker} is gone")
        for run, attempt, count, last in self.rows(
                "SELECT run, attempt, count(*), max(cell) FROM cells GROUP BY run, attempt"):
            if count != last + 1:
                faults.append(f"run {run}, attempt {attempt}: its cells are not contiguous")
        return faults + self.order_faults() + self.effect_faults()

    def is_held(self, byte):
        """Whether a worker lives: it holds its byte of the lock file."""
        with open(f"{self.store}.lock", "rb") as file:
            asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0)
            answer = fcntl.fcntl(file, F_OFD_GETLK, asked)
        return struct.unpack("hhqqi4x", answer)[0] != fcntl.F_UNLCK

    def order_faults(self):
        """No cell of a run that ended is open, none ran behind one that did not."""
        faults = []
        for run, attempt, cells in self.rows("""
                SELECT run, attempt, group_concat(state)
                FROM (SELECT run, attempt, state FROM cells ORDER BY run, attempt, cell)
                GROUP BY run, attempt"""):
            ended = self.rows("SELECT state FROM attempts WHERE run = ? AND attempt = ?",
                              run, attempt)[0][0] != "running"
            if ended and re.search("pending|running", cells):
                faults.append(f"run {run}, attempt {attempt} ended with open cells: {cells}")
            if re.search("(not_run|unknown|pending).*(succeeded|failed)", cells):
                faults.append(f"run {run}, attempt {attempt}: cells out of order: {cells}")
        return faults

    def effect_faults(self):
        """A cell that succeeded has appended its lines once; one of which nobody can say what
        became of it, at most once."""
        faults = []
        for job in self.effects:
            lines = self.lines(job)
            for line in sorted({line for line in lines if lines.count(line) > 1}):
                faults.append(f"{job}: {line!r} is there {lines.count(line)} times")
            words = [line.rsplit(" ", 1)[0] for line in lines]
            for cell, sure, unsure in self.rows("""
                    SELECT cell, sum(cells.state = 'succeeded'),
                           sum(cells.state IN ('failed', 'unknown', 'running'))
                    FROM cells JOIN runs USING (run) WHERE job = ? GROUP BY cell""", job):
                for word in ("begin", "end"):
                    times = words.count(f"{cell} {word}")
                    if not sure <= times <= sure + unsure:
                        faults.append(f"{job}: cell {cell} succeeded {sure} times, and its "
                                      f"{word!r} is there {times} times")
        return faults

    # The end

    def close(self):
        for gateway in self.gateways:
            gateway.end()
        for process in processes_with(self.mark):
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        for cellar in self.cellars:
            cellar.process.wait()
        if "FAULTS_KEEP" not in os.environ:
            shutil.rmtree(self.folder, ignore_errors=True)

    def account(self):
        """For who looks into a failure."""
        parts = [f"store and all: {self.folder}"]
        for cellar in self.cellars[-12:]:
            parts.append(f"cellar {' '.join(map(str, cellar.arguments))}: "
                         f"{cellar.process.poll()}\n{cellar.out[-1500:]}{cellar.err[-3000:]}")
        with contextlib.suppress(sqlite3.Error):
            for run, *_ in self.rows("SELECT run FROM runs ORDER BY run DESC LIMIT 12"):
                parts.append(f"run {run}: {self.story(run)}: {self.message(run)}")
        for gateway in self.gateways:
            parts.append(f"the gateway's log:\n{gateway.log.read_text()[-1500:]}")
        return "\n".join(parts)
