extension PythonHostScript {
    /// What runs outside: starts sessions, passes on what they are told and what they say, and ends them.
    static let host = #"""
    class Session:
        def __init__(self, number):
            self.number = number
            self.pid, self.is_ready = None, False
            self.incoming, self.outgoing = b"", b""
            self.asked, self.seconds = None, 0
            self.deadline = None  # of its start, or of the call that runs
            # Of functions: the latest call's number, whether it has no answer yet, how many more there may be.
            self.function, self.is_waiting, self.calls_left = 0, False, 0
            self.bytes = 0
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
            message = {"failed": "%s: %s" % (type(error).__name__, error)}
            if isinstance(error, PreludeFailure):
                message = {"failed": str(error), "prelude": True}
            link.sendall(json.dumps(message).encode() + b"\n")
        finally:
            os._exit(1)


    class Host:
        def __init__(self):
            self.sessions = {}
            self.by_pid = {}
            self.busy = set()  # those that are asked
            self.deadlines = []  # a heap of (when, which of them, session); those that no longer hold are passed over
            self.deadline_count = 0
            self.selector = selectors.DefaultSelector()
            self.selector.register(0, selectors.EVENT_READ, None)
            self.incoming = b""
            self.statuses = {}
            self.next_look = 0
            self.own_bytes = private_bytes("self")

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
                    elif self.sessions.get(key.data.number) is key.data:
                        if events & selectors.EVENT_WRITE:
                            self.flush(key.data)
                        if events & selectors.EVENT_READ:
                            self.read_session(key.data)
                self.reap()
                now = time.monotonic()
                while self.deadlines and self.deadlines[0][0] <= now:
                    when, _, session = heapq.heappop(self.deadlines)
                    if session.deadline == when:
                        self.end_late(session)
                if now >= self.next_look and self.busy:
                    self.look_at_memory()
                    self.next_look = time.monotonic() + 0.25

        def wait(self):
            waits = [0.25] if self.busy else []
            if self.deadlines:
                waits.append(max(0, self.deadlines[0][0] - time.monotonic()))
            return min(waits, default=None)

        def set_deadline(self, session, seconds):
            if len(self.deadlines) > 2 * len(self.sessions) + 64:
                self.deadlines = [each for each in self.deadlines if each[2].deadline == each[0]]
                heapq.heapify(self.deadlines)
            session.deadline = time.monotonic() + seconds
            self.deadline_count += 1
            heapq.heappush(self.deadlines, (session.deadline, self.deadline_count, session))

        def end_late(self, session):
            if session.is_ready:
                self.end(session, "the call took longer than %g s" % session.seconds)
            else:
                self.fail(session, {"failed": "it was not ready after %g s" % START})

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
                    self.set_deadline(session, START)
                except OSError as error:
                    self.sessions.pop(number, None)
                    self.tell({"session": number, "failed": str(error)})
            elif session is None:
                pass  # It has ended, and that was told.
            elif "close" in request:
                self.end(session, None)
            elif "answer" in request:
                answer = {key: request[key] for key in ("value", "refused") if key in request}
                self.answer(session, request["answer"], answer)
            else:
                session.asked, session.seconds = request["id"], request["seconds"]
                session.calls_left, session.is_waiting = FUNCTION_CALLS, False
                self.busy.add(session)
                if session.is_ready:
                    self.set_deadline(session, session.seconds + GRACE)
                line = {key: request[key] for key in ("id", "code", "seconds", "functions")}
                self.send(session, line)

        def answer(self, session, number, answer):
            if session.is_waiting and session.function == number:
                session.is_waiting = False
                self.send(session, {"answer": number, **answer})

        def send(self, session, message):
            session.outgoing += json.dumps(message).encode() + b"\n"
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
                try:
                    self.take(session, json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    self.end(session, "it wrote where it must not")
                if self.sessions.get(session.number) is not session:
                    return
            if len(session.incoming) > LINE_LIMIT:
                self.end(session, "it wrote where it must not")

        def take(self, session, reply):
            """Takes a session's word, or throws: it may be anything."""
            if session.pid is None and "pid" in reply:
                session.pid = int(reply["pid"])
                self.by_pid[session.pid] = session
                self.flush(session)
            elif not session.is_ready and "ready" in reply:
                session.is_ready, session.deadline = True, None
                if session.asked is not None:
                    self.set_deadline(session, session.seconds + GRACE)
            elif not session.is_ready and "failed" in reply:
                self.fail(session, reply)
            elif session.asked is None:
                raise ValueError
            elif "function" in reply:
                self.take_function(session, reply)
            else:
                if reply["id"] != session.asked or type(reply["output"]) is not str:
                    raise ValueError
                answer = {"session": session.number, "id": session.asked, "output": clean(reply["output"]),
                          "error": reply["error"] is True}
                session.asked = session.deadline = None
                session.is_waiting = False
                self.busy.discard(session)
                self.tell(answer)

        def take_function(self, session, reply):
            """Passes on a call of a function, one at a time."""
            number, name, arguments = reply["function"], reply["name"], reply["arguments"]
            if type(number) is not int or type(name) is not str or type(arguments) is not str:
                raise TypeError
            if number != session.function + 1 or session.is_waiting or session.calls_left <= 0:
                raise ValueError
            if len(name) > NAME_LENGTH or len(arguments) > FUNCTION_BYTES:
                raise ValueError
            session.function, session.is_waiting = number, True
            session.calls_left -= 1
            if time.monotonic() > session.deadline - GRACE:
                self.answer(session, number, {"refused": "the call's time is over"})
            else:
                self.tell({"session": session.number, "id": session.asked, "function": number, "name": clean(name),
                           "arguments": clean(arguments)})

        def fail(self, session, reply):
            message = {"session": session.number, "failed": clean(str(reply["failed"])[:1000])}
            if reply.get("prelude") is True:
                message["prelude"] = True
            self.tell(message)
            self.end(session, None)

        def end(self, session, why):
            """Ends a session with all its processes. why: None tells nobody, "" looks how it ended."""
            self.selector.unregister(session.link)
            session.link.close()
            del self.sessions[session.number]
            self.busy.discard(session)
            session.deadline = None
            if session.pid is not None:
                del self.by_pid[session.pid]
                status = self.statuses.pop(session.pid, None)
                if status is None:
                    if why == "" and not is_ending(session.pid):
                        why = "it closed its link"
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
                why = why or "it ended"
                word = {"ended": why} if session.is_ready else {"failed": "before it was ready, %s" % why}
                self.tell({"session": session.number, **word})

        def reap(self):
            while True:
                try:
                    pid, status = os.waitpid(-1, os.WNOHANG)
                except ChildProcessError:
                    return
                if pid == 0:
                    return
                if pid in self.by_pid:
                    self.statuses[pid] = status

        def look_at_memory(self):
            """Where all sessions together use more than they may, ends the one that uses most."""
            for session in self.busy:
                if session.pid is not None:
                    # What it has in common with this process counts once, but for what it has likely written to.
                    own = max(0, private_bytes(session.pid) - self.own_bytes) + (2 << 20)
                    session.bytes = own + temporary_bytes(session.pid) + children_bytes(session.pid)
            if sum(session.bytes for session in self.sessions.values()) > settings["total_bytes"]:
                why = "all interpreters together used more memory than they may, and it most"
                self.end(max(self.sessions.values(), key=lambda session: session.bytes), why)


    def clean(text):
        """Without what JSON can write and no text can hold."""
        return text.encode("utf-8", "replace").decode()


    def is_ending(pid):
        try:
            with open("/proc/%d/stat" % pid) as file:
                return int(file.read().rpartition(")")[2].split()[6]) & 4 != 0
        except OSError:
            return True


    def children_bytes(session_pid):
        total, waiting = 0, [session_pid]
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
