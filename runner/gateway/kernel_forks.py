# Kernels of Python without the second that it takes to import ipykernel: the fork server has it
# imported, and forks for each kernel, as multiprocessing's "forkserver" does for its workers. It
# has one thread, and nothing open but its channel to the gateway's server. A kernel from it is what
# a new interpreter would be, except that all of them have the same seed of hashes, no thread that
# looks every second whether the parent has ended, and ipykernel as it was when the fork server
# started: what is installed or removed since is noticed, what is edited in its place is not.
#
# Stands before embedded_gateway.py, in one program with it.
import os
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
OPEN_FILES = 4096  # as jupyter_server asks for
LONGEST_MESSAGE = 1 << 16
SECONDS_TO_ANSWER = 15  # for the fork server: to be ready, to fork


def prctl(option, value):
    import ctypes

    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")


def end_with(parent):
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before prctl was there
        os._exit(1)


def leave_owner():
    """stdin is the owner's socket until then."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def wake_when_children_end():
    """Both ends of a pipe that has something to read then."""
    wakes, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return wakes, woken


def ended_children():
    """Reaps them: process ids and statuses."""
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            yield pid, status
    except ChildProcessError:
        pass


def kill_group(pid):
    """A kernel leads a process group, in which are the processes that its cells have started."""
    for send in (os.killpg, os.kill):
        try:
            send(pid, signal.SIGKILL)
        except OSError:  # it has ended, or is another user's
            pass


def raise_open_files():
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < OPEN_FILES <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, hard))


# The fork server. A message on its channel is a JSON object. It says `{"ready": true}` once, for an
# order (argv, cwd, env: what is to be set beside its own) `{"pid": …}` or an `error`, and of each
# kernel `{"ended": pid, "code": …}`, the code as subprocess has it.


def start_fork_server():
    """Its process id, and our end of its channel. Returns in the gateway alone."""
    import socket

    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    parent = os.getpid()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    try:
        ours.close()
        end_with(parent)
        leave_owner()
        become_kernel(serve_forks(theirs))
    finally:
        os._exit(1)


def serve_forks(channel):
    """Returns in each kernel, with its order."""
    import json
    import select

    import_what_kernels_need()
    raise_open_files()
    wakes, woken = wake_when_children_end()
    tell(channel, {"ready": True})
    events = select.poll()
    for fd in (channel.fileno(), wakes):
        events.register(fd, select.POLLIN)
    while True:
        came = [fd for fd, _ in events.poll()]
        if channel.fileno() in came:
            message = channel.recv(LONGEST_MESSAGE)
            while not message:  # the guardian ends it, and first what its kernels have started
                signal.pause()
            if not fork_kernel(channel):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for fd in (channel.detach(), wakes, woken):
                    os.close(fd)
                return json.loads(message)
        if wakes in came:
            os.read(wakes, 4096)
            tell_ends(channel)


def import_what_kernels_need():
    import gc

    gc.disable()  # while so much is imported that stays
    import faulthandler  # noqa: F401 (a kernel imports these two when it starts)

    import IPython.core.completerlib  # noqa: F401
    from ipykernel import kernelapp  # noqa: F401

    gc.freeze()
    gc.enable()


def tell(channel, message):
    import json

    channel.sendall(json.dumps(message).encode())


def tell_ends(channel):
    for pid, status in ended_children():
        code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        if code < 0:  # else what goes on was left on purpose
            kill_group(pid)
        tell(channel, {"ended": pid, "code": code})


def fork_kernel(channel):
    """False in the kernel."""
    parent = os.getpid()
    try:
        pid = os.fork()
    except OSError as error:
        tell(channel, {"error": f"fork: {error.strerror}"})
        return True
    if pid:
        tell(channel, {"pid": pid})
        return True
    os.setsid()
    end_with(parent)
    os.environ["JPY_PARENT_PID"] = str(parent)
    return False


def become_kernel(order):
    """What `python -m ipykernel_launcher` is. It ends as an interpreter does, but flushes files and
    takes nothing down: that would copy every page that it shares with the fork server."""
    import atexit
    import importlib
    import runpy
    import threading
    import traceback
    import types

    code = 0
    try:
        os.environ.update(order["env"])
        os.chdir(order["cwd"])
        if not getattr(sys.flags, "safe_path", False):  # since Python 3.11
            sys.path.insert(0, os.getcwd())
        sys.argv, sys.orig_argv = order["argv"][2:], order["argv"]
        show_as(order["argv"])
        importlib.invalidate_caches()
        sys.modules["__main__"] = types.ModuleType("__main__")
        runpy._run_module_as_main("ipykernel_launcher")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()  # waits for those that are none of the background
    atexit._run_exitfuncs()
    flush_files()
    os._exit(code)


def flush_files():
    """Text first: it is flushed into a buffer."""
    import _io  # its classes ask no __subclasscheck__ of the many objects
    import gc

    files = [found for found in gc.get_objects() if issubclass(type(found), _io._IOBase)]
    files.sort(key=lambda file: not issubclass(type(file), _io._TextIOBase))
    for file in (sys.stdout, sys.stderr, *files):
        try:
            file.flush()
        except Exception:
            pass


def show_as(command):
    """For `ps`, as far as there is room in what the process was started with."""
    import ctypes

    try:
        with open("/proc/self/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        begin, end = int(fields[45]), int(fields[46])  # proc(5): arg_start, arg_end
        room = end - begin
        if begin and room > 0:
            words = os.fsencode("\0".join(command))[: room - 1]
            ctypes.memmove(begin, words.ljust(room, b"\0"), room)
    except (OSError, ValueError, IndexError):
        pass


# The side of the gateway's server


class ForkedKernel:
    """As much of subprocess.Popen as LocalProvisioner asks for."""

    stdin = stdout = stderr = None
    returncode = None

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        return self.returncode

    wait = poll  # which is asked for once poll() has told

    def send_signal(self, number):
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The fork server, as the event loop of the gateway's server sees it."""

    def __init__(self, channel, loop):
        import asyncio
        import collections

        self.channel = channel
        self.loop = loop
        self.environment = dict(os.environ)  # that of both processes
        self.folders = {folder: changed_at(folder) for folder in folders_of_modules()}
        self.is_settled = asyncio.Event()  # ready, or gone
        self.is_of_use = True  # not gone, and it answers
        self.kernels = {}  # by process id, those that live
        self.answers = collections.deque()  # futures, in the order of what they wait for
        channel.setblocking(False)
        loop.add_reader(channel, self.read)

    def read(self):
        import json

        try:
            message = self.channel.recv(LONGEST_MESSAGE)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if message:
            self.take(json.loads(message))
        else:
            self.give_up()

    def take(self, message):
        if "ready" in message:
            self.is_settled.set()
        elif "ended" in message:
            self.kernels.pop(message["ended"]).returncode = message["code"]
        else:
            self.answer(message)

    def answer(self, message):
        answer = self.answers.popleft()
        is_awaited = not answer.done()
        if "pid" in message:
            kernel = self.kernels[message["pid"]] = ForkedKernel(message["pid"])
            if is_awaited:
                answer.set_result(kernel)
            else:
                kernel.kill()
        elif is_awaited:
            answer.set_exception(OSError(message["error"]))

    def give_up(self):
        """It has ended, as where there is no ipykernel; and its kernels with it."""
        self.loop.remove_reader(self.channel)
        self.is_of_use = False
        self.is_settled.set()
        for kernel in self.kernels.values():
            kernel.returncode = -signal.SIGKILL
        for answer in self.answers:
            if not answer.done():
                answer.set_result(None)

    async def start(self, command, environment, folder):
        """A ForkedKernel. None: it is to be started the usual way. Throws OSError."""
        more = dict(environment.items() - self.environment.items())
        if not self.is_alike(command, environment, more) or not os.access(f"{folder}/.", os.X_OK):
            return None
        await self.in_time(self.is_settled.wait())
        if not self.is_of_use:
            return None
        try:
            tell(self.channel, {"argv": command, "cwd": folder, "env": more})
        except OSError:  # nothing of it has arrived
            return None
        answer = self.loop.create_future()
        self.answers.append(answer)
        if not await self.in_time(answer):  # this kernel may come yet: another one must not
            raise OSError("the fork server does not answer")
        return answer.result()

    def is_alike(self, command, environment, more):
        """A new interpreter would be as the fork server's: it reads the same when it starts."""
        path = environment.get("PYTHONPATH")
        return (
            command[1:3] == ["-m", "ipykernel_launcher"]
            and place_of(command[0]) == place_of(sys.executable)
            and self.environment.keys() <= environment.keys()
            and all(name.startswith(("JPY_", "KERNEL_")) for name in more)
            and (not path or all(map(os.path.isabs, path.split(":"))))  # else from its own folder
            and all(changed_at(folder) == then for folder, then in self.folders.items())
        )

    async def in_time(self, awaited):
        """False: it was not, and the fork server is asked for nothing more."""
        import asyncio

        try:
            await asyncio.wait_for(awaited, SECONDS_TO_ANSWER)
        except asyncio.TimeoutError:
            self.is_of_use = False
            self.is_settled.set()
            return False
        return True


def place_of(program):
    """Two names of one program in one folder are the same interpreter; a venv's link is not."""
    import shutil

    program = shutil.which(os.path.expanduser(program)) or program
    return os.path.realpath(os.path.dirname(program)), os.path.realpath(program)


def folders_of_modules():
    import site

    return [*sys.path, site.getusersitepackages()]


def changed_at(folder):
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return None
