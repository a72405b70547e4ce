# The processes of the embedded gateway (embedded_gateway.h). Their owner sends this text and then a
# line with the token over the socket that is their stdin: `owner`, which the launcher has opened.
#
# The first process, the guardian, only watches. Its child is the server: jupyter_server's own
# handlers and managers for kernels, sessions and kernelspecs, without what costs start-up time or
# leaves files (contents, terminals, extensions, the user's configuration, a list of servers).
# It answers `ready PORT` or `missing WHAT` on the socket. When the socket ends, so does all else.
# Kernels of Python come from a third process, the fork server (kernel_forks.py).
import gc
import select

SECONDS_TO_NOTICE_A_DEAD_KERNEL = 0.5
SECONDS_TO_END = 1  # less than its owner gives it


def main():
    sys.path[:] = [folder for folder in sys.path if folder]  # `-c` put the current folder there
    guardian = os.getpid()
    forks, channel = start_fork_server()  # before the token is here: kernels are what it was
    token = owner.readline().decode()
    if not token.endswith("\n"):
        return
    folder = (os.environ.get("TMPDIR") or "/tmp") + f"/cellar-gateway-{os.urandom(8).hex()}"
    os.mkdir(folder, 0o700)
    server_lives, held_by_server = os.pipe()
    server = os.fork()
    if server:
        os.close(held_by_server)
        channel.close()
        guard(server, forks, server_lives, folder)
        return
    end_with(guardian)
    serve(token.strip(), folder, channel)


# The guardian


def guard(server, forks, server_lives, folder):
    import shutil

    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_PDEATHSIG, 0)  # from here on the end of the socket says it, and leaves time
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    wakes, _ = wake_when_children_end()
    ends = select.poll()
    for fd in (owner.fileno(), server_lives, wakes):
        ends.register(fd, select.POLLIN)
    parents = [server, forks]
    while True:
        for pid, _ in ended_children():  # orphans of kernels come to the guardian, a subreaper
            parents = [parent for parent in parents if parent != pid]
        if [fd for fd, _ in ends.poll()] != [wakes]:
            break
        os.read(wakes, 4096)
    end(parents)
    shutil.rmtree(folder, ignore_errors=True)


def end(parents):
    """Ends them and the kernels, which are their children, at once, stopped ones too; then what is
    left of kernels and comes to the guardian as an orphan. All are gone on return, but for those of
    another user."""
    import time

    living = [pid for pid in parents if stop(pid)]
    kernels = [kernel for pid in living for kernel in children_of(pid)]
    for pid in kernels + living:
        kill_group(pid)
    until = time.monotonic() + SECONDS_TO_END
    while has_children() and time.monotonic() < until:
        for pid in children_of(os.getpid()):
            kill_group(pid)
        time.sleep(0.002)


def has_children():
    """After it has reaped those that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    except ChildProcessError:
        return False


def stop(pid):
    """So that it starts no other kernel meanwhile. False: it has ended already."""
    os.kill(pid, signal.SIGSTOP)
    return os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])


def children_of(pid):
    """Nobody where the system does not tell: then PR_SET_PDEATHSIG alone ends the kernels."""
    children = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as listed:
                children += [int(child) for child in listed.read().split()]
    except OSError:
        pass
    return children


# The server


def serve(token, folder, channel):
    gc.disable()  # while so much is imported that stays
    try:
        from tornado import ioloop

        forks = ForkServer(channel, ioloop.IOLoop.current().asyncio_loop)
        application, kernelspecs = make_application(token, folder, forks)
    except ImportError as error:
        tell_owner(f"missing {error}")
        return
    gc.freeze()
    gc.enable()
    if not kernelspecs.find_kernel_specs():
        tell_owner("missing there is no kernelspec")
        return
    raise_open_files()

    from tornado import httpserver, netutil

    (listener,) = netutil.bind_sockets(0, "127.0.0.1")
    httpserver.HTTPServer(application).add_sockets([listener])
    tell_owner(f"ready {listener.getsockname()[1]}")
    leave_owner()
    ioloop.IOLoop.current().start()


def tell_owner(line):
    os.write(owner.fileno(), f"{line}\n".encode())


def make_application(token, folder, forks):
    import ssl

    ssl.SSLContext.load_default_certs = lambda *_: None  # tornado loads all CAs; no TLS here

    import jupyter_server
    from jupyter_client import localinterfaces

    if jupyter_server.version_info[0] != 1:
        raise ImportError(f"jupyter_server {jupyter_server.__version__} is not known here, 1.x is")
    from jupyter_server.auth.authorizer import AllowAllAuthorizer
    from jupyter_server.auth.login import LoginHandler
    from jupyter_server.base.handlers import APIVersionHandler
    from jupyter_server.log import log_request
    from jupyter_server.services.kernels import handlers as kernels
    from jupyter_server.services.kernelspecs import handlers as kernelspecs
    from jupyter_server.services.sessions import handlers as sessions
    from tornado import web

    # 127.0.0.1, without running `ip addr` or asking the DNS for this host.
    localinterfaces._load_ips = localinterfaces._load_ips_dumb

    own_handlers = {kernels.ZMQChannelsHandler: make_channels_class()}
    managers = make_managers(folder, forks)
    application = web.Application(
        [(r"/api", APIVersionHandler)]
        + [(path, own_handlers.get(name, name)) for path, name in kernels.default_handlers]
        + kernelspecs.default_handlers
        + sessions.default_handlers,
        base_url="/",
        token=token,
        login_handler_class=LoginHandler,
        authorizer=AllowAllAuthorizer(),
        cookie_secret=os.urandom(32),
        xsrf_cookies=True,
        limit_rate=False,
        log_function=log_request,
        **managers,
    )
    return application, managers["kernel_spec_manager"]


def make_channels_class():
    from jupyter_server.base.handlers import APIHandler
    from jupyter_server.services.kernels.handlers import ZMQChannelsHandler
    from tornado import web

    class Channels(ZMQChannelsHandler):
        write_error = APIHandler.write_error  # the original needs templates

        def request_kernel_info(self):
            """A kernel that ends before it answers is gone then, not a minute later."""

            def give_up():
                if not self._kernel_info_future.done():
                    gone = web.HTTPError(404, "The kernel ended before it was ready")
                    self._kernel_info_future.set_exception(gone)

            self.kernel_manager.add_restart_callback(self.kernel_id, give_up, "dead")
            return super().request_kernel_info()

    return Channels


def make_managers(folder, forks):
    import zmq
    from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
    from jupyter_server.services.sessions.sessionmanager import SessionManager
    from traitlets.config import Config

    class Folders:
        def get_kernel_path(self, path):
            """As FileContentsManager has it: the folder that is meant, or that of the file."""
            return path if os.path.isdir("/" + path) else path.rpartition("/")[0]

    class Sessions(SessionManager):
        contents_manager = Folders()

    class Kernels(AsyncMappingKernelManager):
        def _create_kernel_manager_factory(self):
            return lambda **named: kernel_class(context=self.context, **named)

        def _handle_kernel_died(self, kernel_id):
            self.stop_watching_activity(kernel_id)
            super()._handle_kernel_died(kernel_id)

    kernel_class = make_kernel_class(forks)
    config = Config()
    config.KernelRestarter.time_to_dead = SECONDS_TO_NOTICE_A_DEAD_KERNEL
    config.KernelRestarter.restart_limit = 0  # no run goes on with a new process
    context = zmq.Context()
    context.reconnect_ivl = 5  # ms, not 100: a kernel is found as soon as it is there
    kernel_spec_manager = make_kernelspecs()
    kernel_manager = Kernels(
        config=config,
        context=context,
        root_dir="/",
        connection_dir=folder,
        kernel_spec_manager=kernel_spec_manager,
    )
    return {
        "config": config,
        "kernel_manager": kernel_manager,
        "kernel_spec_manager": kernel_spec_manager,
        "session_manager": Sessions(kernel_manager=kernel_manager),
    }


def make_kernelspecs():
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_core.paths import jupyter_path

    class Kernelspecs(KernelSpecManager):
        def _kernel_dirs_default(self):
            """The usual folders. The original imports IPython (0.2 s) to know the last one."""
            ipython = os.environ.get("IPYTHONDIR") or "~/.ipython"
            return jupyter_path("kernels") + [os.path.expanduser(ipython + "/kernels")]

        def _get_kernel_spec_by_name(self, kernel_name, resource_dir):
            """The original imports ipykernel (0.3 s) for any python3, in case that it is the one
            of an ipykernel without a kernel.json."""
            if not os.path.exists(os.path.join(resource_dir, "kernel.json")):
                return super()._get_kernel_spec_by_name(kernel_name, resource_dir)
            return self.kernel_spec_class.from_resource_dir(resource_dir)

    return Kernelspecs()


def make_kernel_class(forks):
    import shutil

    from jupyter_client.ioloop import AsyncIOLoopKernelManager
    from jupyter_client.provisioning import LocalProvisioner

    setpriv = shutil.which("setpriv")

    class Kernel(AsyncIOLoopKernelManager):
        async def _launch_kernel(self, kernel_cmd, **named):
            """A kernel ends with the server, in any language. ipykernel's own watch of its parent
            does not end a stopped one."""
            program = os.path.expanduser(kernel_cmd[0])
            if not shutil.which(program, path=named["env"].get("PATH")):
                raise FileNotFoundError(f"there is no {program} to start the kernel with")
            if "ipykernel_launcher" in kernel_cmd:  # as nbclient: not into the user's history
                kernel_cmd = [*kernel_cmd, "--HistoryManager.hist_file=:memory:"]
            if type(self.provisioner) is LocalProvisioner:
                if await self._fork(kernel_cmd, named):
                    return
                if setpriv:
                    kernel_cmd = [setpriv, "--pdeathsig", "KILL", "--", *kernel_cmd]
            await super()._launch_kernel(kernel_cmd, **named)

        async def _fork(self, kernel_cmd, named):
            """As LocalProvisioner.launch_kernel. False: it is to be started the usual way."""
            process = await forks.start(kernel_cmd, named["env"], named["cwd"])
            if process:
                self.provisioner.process = process
                self.provisioner.pid = self.provisioner.pgid = process.pid
                self._reconcile_connection_info(self.provisioner.connection_info)
            return process is not None

    return Kernel


main()
os._exit(1)
