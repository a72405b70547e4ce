"""A real jupyter-server on a free loopback port, with everything a fault needs to do to it."""

import contextlib
import http.client
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess

from waiting import wait_until

# Debian's Python and Jupyter, whatever else is installed.
PATH = "/usr/bin:/bin"


def processes_with(variable):
    """The processes that have it, as NAME=VALUE, in their environment, by their ids."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if variable.encode() in (entry / "environ").read_bytes().split(b"\0"):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                if command:  # one that has ended has none
                    found[int(entry.name)] = command
    return found


class Gateway:
    """Begins with a kernel that is not Cellar's: nobody may touch it."""

    def __init__(self, folder, arguments=(), has_stranger=True):
        self.folder = folder
        self.token = secrets.token_hex(16)
        self.arguments = arguments
        self.log = folder / "gateway.log"
        self.process = None
        self.stranger = None
        for _ in range(3):  # somebody else may take the port before the server does
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            with contextlib.suppress(OSError):
                self.start()
                break
        else:
            raise AssertionError(f"jupyter-server did not start:\n{self.log.read_text()[-2000:]}")
        if has_stranger:
            self.stranger = self.ask("POST", "/api/kernels", {"name": "python3"})["id"]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """On the same port, with the same token, without any kernel."""
        environment = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        environment |= {
            "PATH": PATH, "JUPYTER_TOKEN": self.token, "FAULTS_GATEWAY": self.token,
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"), "JUPYTER_PATH": str(self.folder),
            "IPYTHONDIR": str(self.folder / "ipython")}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", "-m", "jupyter_server", "--no-browser", "--allow-root",
                 "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.port}",
                 "--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.folder}",
                 "--ServerApp.iopub_data_rate_limit=0", "--ServerApp.iopub_msg_rate_limit=0",
                 *self.arguments],
                env=environment, stdout=log, stderr=log, cwd=self.folder, start_new_session=True)
        wait_until(lambda: self.process.poll() is not None or self.answers(),
                   "jupyter-server answers", seconds=120)
        if self.process.poll() is not None:
            raise OSError("jupyter-server ended")

    def answers(self):
        try:
            self.ask("GET", "/api")
            return True
        except OSError:
            return False

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Authorization": f"token {self.token}"})
            text = connection.getresponse().read()
        return json.loads(text) if text else None

    def kernels(self):
        """All but the stranger's, by id. While a kernel starts jupyter-server 1.23 may answer with
        500 and an object."""
        models = wait_until(
            lambda: isinstance(found := self.ask("GET", "/api/kernels"), list) and [found],
            "the gateway lists its kernels")[0]
        return [kernel["id"] for kernel in models if kernel["id"] != self.stranger]

    def kernel_process(self, kernel):
        for process, command in processes_with(f"FAULTS_GATEWAY={self.token}").items():
            if f"kernel-{kernel}.json" in command:
                return process
        return None

    def only_kernel(self):
        """The id of Cellar's only kernel."""
        wait_until(lambda: len(self.kernels()) == 1, "one kernel of ours lives")
        return self.kernels()[0]

    def add_kernelspec(self, name, script):
        """One that a shell starts: $1 is its connection file."""
        folder = self.folder / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps({
            "argv": ["/bin/sh", "-c", script, name, "{connection_file}"], "display_name": name,
            "language": "python"}))

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """With -9; its kernels notice within a second, and end."""
        self.process.kill()
        self.process.wait()
        self.stranger = None

    def restart(self):
        """In order, kernels and all, as an administrator does."""
        self.process.terminate()
        self.process.wait()
        self.stranger = None
        self.start()

    def end(self):
        for process in [self.process.pid, *processes_with(f"FAULTS_GATEWAY={self.token}")]:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()

    def faults(self):
        """What is there and should not be, or is gone and should be there."""
        if self.process.poll() is not None:
            return []
        self.signal(signal.SIGCONT)
        with contextlib.suppress(AssertionError):  # DELETE is not waited for by those who send it
            wait_until(lambda: not self.kernels(), "no kernel of ours is left", seconds=20)
        faults = [f"kernel {kernel} of ours is left on the gateway" for kernel in self.kernels()]
        if self.stranger and self.kernel_process(self.stranger) is None:
            faults.append("somebody else's kernel is gone")
        return faults
