/// The Python program that runs sessions: one process that forks one for each, in namespaces of its own.
///
/// Keeps: a session sees no other's processes, files or memory; it has no rights in its namespaces and makes no more of
/// them; what it writes to its link is checked before it is passed on. bubblewrap's walls stand round all of them.
enum PythonHostScript {
    static let text = #"""
    """Runs Python for many sessions, each a process of its own in namespaces of its own, forked from this one.

    Reads a request a line: {"session": n, "open": true} | {"session": n, "id": n, "code": text, "seconds": s} |
    {"session": n, "close": true}. Writes a reply a line: {"session": n, "id": n, "output": text, "error": bool} |
    {"session": n, "ended": why} | {"session": n, "failed": why}.
    """
    import ast, ctypes, fcntl, gc, io, json, linecache, os, resource, selectors, signal, socket, sys, time, traceback

    settings = json.loads(sys.argv[1])
    libc = ctypes.CDLL(None, use_errno=True)
    NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x00020000 | 0x08000000  # user, process, mount, IPC
    GRACE = settings["grace_seconds"]
    # JSON may write a character in six.
    LINE_LIMIT = settings["output_bytes"] * 6 + 4096


    def checked(result):
        if result != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))


    def mount(source, target, kind, flags, data=None):
        checked(libc.mount(source, target, kind, ctypes.c_ulong(flags), data))


    # What runs inside a session.

    class OutOfTime(BaseException):
        pass


    def wall_in():
        """The rest of the walls: bubblewrap's stand already round all sessions together."""
        mount(b"none", b"/", None, 0x4000 | 0x40000)  # recursively private
        size = ("size=%d" % settings["temporary_bytes"]).encode()
        mount(b"tmpfs", b"/tmp", b"tmpfs", 0x2 | 0x4, size)  # no set-uid programs, no devices
        mount(b"tmpfs", b"/dev/shm", b"tmpfs", 0x2 | 0x4, b"size=1m")
        mount(b"proc", b"/proc", b"proc", 0x2 | 0x4 | 0x8)
        with open("/proc/sys/user/max_user_namespaces", "w") as file:
            file.write("0")
        for capability in range(64):
            if libc.prctl(24, capability, 0, 0, 0) != 0:  # out of the bounding set
                break
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        checked(libc.capset(header, (ctypes.c_uint32 * 6)()))
        checked(libc.prctl(38, 1, 0, 0, 0))  # no new privileges
        for name, value in (
            ("AS", settings["memory_bytes"]), ("NPROC", settings["processes"]), ("NOFILE", settings["open_files"]),
            ("FSIZE", settings["temporary_bytes"]), ("CORE", 0),
        ):
            limit = getattr(resource, "RLIMIT_" + name)
            resource.setrlimit(limit, (value, value))


    def serve_session(link):
        os.setsid()
        keep = link.fileno()
        os.closerange(3, keep)
        os.closerange(keep + 1, 65536)
        wall_in()
        os.chdir("/tmp")
        null = os.open("/dev/null", os.O_RDONLY)
        capture = os.memfd_create("output")
        fcntl.fcntl(capture, fcntl.F_SETFL, os.O_APPEND)
        os.dup2(null, 0)
        os.dup2(capture, 1)
        os.dup2(capture, 2)
        os.close(null)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGALRM, out_of_time)
        sys.argv = [""]
        scope = {"__name__": "__main__", "__builtins__": __builtins__}
        requests = link.makefile("rb")
        link.sendall(b'{"ready": true}\n')
        for count, line in enumerate(iter(requests.readline, b""), 1):
            request = json.loads(line)
            failed = run_cell(request["code"], request["seconds"], count, scope)
            if os.getpid() != 1:
                os._exit(0)  # The code forked; its other halves end here.
            end_others()
            reply = {"id": request["id"], "output": take_output(capture), "error": failed}
            link.sendall(json.dumps(reply).encode() + b"\n")


    def end_others():
        """What a call started ends with it."""
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        try:
            while True:
                os.waitpid(-1, 0)
        except ChildProcessError:
            pass


    def out_of_time(*_):
        raise OutOfTime()


    def run_cell(code, seconds, count, scope):
        """Returns whether it failed; all that there is to say is written to the outputs."""
        sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)
        name = "<call %d>" % count
        linecache.cache[name] = (len(code), None, code.splitlines(True), name)
        failed = False
        try:
            try:
                signal.setitimer(signal.ITIMER_REAL, seconds)
                tree = ast.parse(code, name)
                last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
                exec(compile(tree, name, "exec"), scope)
                if last is not None:
                    value = eval(compile(ast.Expression(last.value), name, "eval"), scope)
                    if value is not None:
                        print(repr(value))
                sys.stdout.flush()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except SystemExit:
            pass
        except BaseException as error:
            failed = True
            tell_failure(error, seconds)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass
        return failed


    def tell_failure(error, seconds):
        try:
            sys.stdout.flush()
        except BaseException:
            pass
        try:
            if isinstance(error, OutOfTime):
                text = "OutOfTime: the call took longer than %g s and was stopped\n" % seconds
            elif isinstance(error, SyntaxError):
                text = "".join(traceback.format_exception_only(type(error), error))
            else:
                # Without the frame that is ours.
                text = "".join(traceback.format_exception(type(error), error, error.__traceback__.tb_next))
        except BaseException:
            text = "an error that cannot be shown\n"
        try:
            os.write(2, text.encode("utf-8", "backslashreplace"))
        except OSError:
            # The output is as large as it may be; the error counts for more than its end.
            os.ftruncate(2, max(0, os.fstat(2).st_size - len(text) - 1024))
            os.write(2, text.encode("utf-8", "backslashreplace"))


    def take_output(capture):
        limit, size = settings["output_bytes"], os.fstat(capture).st_size
        if size <= limit:
            data = os.pread(capture, size, 0)
        else:
            head, tail = limit - limit // 4, limit // 4
            data = os.pread(capture, head, 0) + b"\n... %d bytes are left out ...\n" % (size - limit)
            data += os.pread(capture, tail, size - tail)
        os.ftruncate(capture, 0)
        return data.decode("utf-8", "replace")


    # What runs outside.

    class Session:
        def __init__(self, number):
            self.number = number
            self.pid, self.is_ready = None, False
            self.incoming, self.outgoing = b"", b""
            self.asked, self.deadline, self.seconds = None, None, 0
            self.link, theirs = socket.socketpair()
            self.link.setblocking(False)
            # Told apart by the process that makes the namespaces and is gone then.
            maker = os.fork()
            if maker == 0:
                make_session(theirs)
            theirs.close()


    def make_session(link):
        """In a process of its own: makes the namespaces, and in them the process of the session."""
        try:
            user, group = os.getuid(), os.getgid()
            checked(libc.unshare(NEW_NAMESPACES))
            for name, text in (
                ("setgroups", "deny"), ("uid_map", "%d %d 1" % (user, user)), ("gid_map", "%d %d 1" % (group, group)),
            ):
                with open("/proc/self/" + name, "w") as file:
                    file.write(text)
            child = os.fork()
            if child:
                link.sendall(b'{"pid": %d}\n' % child)
                os._exit(0)
            serve_session(link)
            os._exit(0)
        except BaseException as error:
            # Once the session is ready, this counts as its own doing.
            link.sendall(json.dumps({"failed": "%s: %s" % (type(error).__name__, error)}).encode() + b"\n")
        finally:
            os._exit(1)


    class Host:
        def __init__(self):
            self.sessions = {}
            self.selector = selectors.DefaultSelector()
            self.selector.register(0, selectors.EVENT_READ, None)
            self.incoming = b""
            self.statuses = {}
            self.next_look = 0
            self.own_bytes = private_bytes("self") or 0

        def tell(self, message):
            data = json.dumps(message).encode() + b"\n"
            while data:
                data = data[os.write(1, data):]

        def run(self):
            while True:
                for key, events in self.selector.select(self.wait()):
                    if key.data is None:
                        if not self.read_requests():
                            return
                    elif key.data.number in self.sessions and self.sessions[key.data.number] is key.data:
                        if events & selectors.EVENT_WRITE:
                            self.flush(key.data)
                        if events & selectors.EVENT_READ:
                            self.read_session(key.data)
                self.reap()
                now = time.monotonic()
                for session in [s for s in self.sessions.values() if s.deadline is not None and s.deadline <= now]:
                    self.end(session, "the call took longer than %g s" % session.seconds)
                if now >= self.next_look and any(s.asked is not None for s in self.sessions.values()):
                    self.look_at_memory()
                    self.next_look = time.monotonic() + 0.25

        def wait(self):
            deadlines = [s.deadline for s in self.sessions.values() if s.deadline is not None]
            if not deadlines:
                return None if not any(s.asked is not None for s in self.sessions.values()) else 0.25
            return max(0, min(min(deadlines) - time.monotonic(), 0.25))

        def read_requests(self):
            data = os.read(0, 1 << 16)
            if not data:
                return False
            *lines, self.incoming = (self.incoming + data).split(b"\n")
            for line in lines:
                self.handle(json.loads(line))
            return True

        def handle(self, request):
            number = request["session"]
            session = self.sessions.get(number)
            if "open" in request:
                try:
                    session = self.sessions[number] = Session(number)
                    self.selector.register(session.link, selectors.EVENT_READ, session)
                except OSError as error:
                    self.sessions.pop(number, None)
                    self.tell({"session": number, "failed": str(error)})
            elif session is None:
                pass  # It has ended, and that was told.
            elif "close" in request:
                self.end(session, None)
            else:
                session.asked, session.seconds = request["id"], request["seconds"]
                if session.pid:
                    session.deadline = time.monotonic() + session.seconds + GRACE
                line = {"id": request["id"], "code": request["code"], "seconds": request["seconds"]}
                session.outgoing += json.dumps(line).encode() + b"\n"
                self.flush(session)

        def flush(self, session):
            if session.pid is None:
                return  # Its code runs only once nothing that it writes can be taken for its maker's word.
            try:
                while session.outgoing:
                    session.outgoing = session.outgoing[session.link.send(session.outgoing):]
            except BlockingIOError:
                pass
            except OSError:
                session.outgoing = b""  # Its end is seen by reading.
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if session.outgoing else 0)
            self.selector.modify(session.link, events, session)

        def read_session(self, session):
            try:
                data = session.link.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                return self.end(session, "")
            session.incoming += data
            while b"\n" in session.incoming:
                line, session.incoming = session.incoming.split(b"\n", 1)
                if not self.take(session, line):
                    return
            if len(session.incoming) > LINE_LIMIT:
                self.end(session, "it wrote where it must not")

        def take(self, session, line):
            try:
                reply = json.loads(line)
                if session.pid is None and "pid" in reply:
                    session.pid = int(reply["pid"])
                    if session.asked is not None:
                        session.deadline = time.monotonic() + session.seconds + GRACE
                    self.flush(session)
                    return True
                if not session.is_ready and "ready" in reply:
                    session.is_ready = True
                    return True
                if "failed" in reply and not session.is_ready:
                    self.tell({"session": session.number, "failed": str(reply["failed"])[:1000]})
                    session.asked = None
                    self.end(session, None)
                    return False
                if session.asked is None or reply["id"] != session.asked or type(reply["output"]) is not str:
                    raise ValueError
                answer = {"session": session.number, "id": session.asked, "output": reply["output"],
                          "error": reply["error"] is True}
            except (ValueError, KeyError, TypeError, RecursionError):
                self.end(session, "it wrote where it must not")
                return False
            session.asked = session.deadline = None
            self.tell(answer)
            return True

        def end(self, session, why):
            """Ends a session with all its processes. why: None tells nobody, "" looks how it ended."""
            self.selector.unregister(session.link)
            session.link.close()
            del self.sessions[session.number]
            if session.pid is not None:
                status = self.statuses.pop(session.pid, None)
                if status is None:
                    try:
                        os.kill(session.pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                    if why == "":
                        try:
                            status = os.waitpid(session.pid, 0)[1]
                        except ChildProcessError:
                            pass
                if why == "" and status is not None:
                    code = os.waitstatus_to_exitcode(status)
                    why = "it ended itself with exit status %d" % code
                    if code < 0:
                        why = "it was ended by signal %d" % -code
            if why is not None:
                self.tell({"session": session.number, "ended": why or "it ended"})

        def reap(self):
            known = {s.pid for s in self.sessions.values()}
            while True:
                try:
                    pid, status = os.waitpid(-1, os.WNOHANG)
                except ChildProcessError:
                    return
                if pid == 0:
                    return
                if pid in known:
                    self.statuses[pid] = status

        def look_at_memory(self):
            """Where all sessions together use more than they may, ends the one that uses most."""
            used = {}
            for session in self.sessions.values():
                if session.pid is None:
                    continue
                if session.asked is not None or not hasattr(session, "bytes"):
                    # What it has in common with this process counts once, but for what it has likely written to.
                    own = max(0, private_bytes(session.pid) - self.own_bytes) + (2 << 20)
                    session.bytes = own + temporary_bytes(session.pid) + self.children_bytes(session)
                used[session] = session.bytes
            if used and sum(used.values()) > settings["total_bytes"]:
                why = "all interpreters together used more memory than they may, and it most"
                self.end(max(used, key=used.get), why)

        def children_bytes(self, session):
            total, waiting = 0, [session.pid]
            while waiting:
                pid = waiting.pop()
                try:
                    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
                        children = [int(word) for word in file.read().split()]
                except OSError:
                    continue
                total += sum(private_bytes(child) for child in children)
                waiting += children
            return total


    def private_bytes(pid):
        try:
            with open("/proc/%s/statm" % pid) as file:
                words = file.read().split()
        except OSError:
            return 0
        return max(0, int(words[1]) - int(words[2])) * resource.getpagesize()


    def temporary_bytes(pid):
        try:
            space = os.statvfs("/proc/%d/root/tmp" % pid)
        except OSError:
            return 0
        used = (space.f_blocks - space.f_bfree) * space.f_frsize
        try:
            return used + os.stat("/proc/%d/fd/1" % pid).st_size  # what it has printed
        except OSError:
            return used


    checked(libc.prctl(36, 1, 0, 0, 0))  # Sessions whose makers are gone are children of this process.
    for module in settings["imports"]:
        __import__(module)
    gc.collect()
    gc.freeze()
    os.write(1, b'{"ready": true}\n')
    Host().run()
    """#
}
