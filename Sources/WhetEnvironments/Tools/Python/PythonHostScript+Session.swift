extension PythonHostScript {
    /// What runs inside a session, in one process with the policy's code.
    ///
    /// That code can do with it what it likes: write to the link what it likes, or change these very functions. So
    /// nothing here guards anybody but an honest call; what holds a hostile one is the host's, which takes from a link
    /// one session's words only, and the kernel's.
    static let session = #"""
    class OutOfTime(BaseException):
        pass


    class Timer:
        """Stops a call that takes too long, but never in the middle of a line on the link."""

        def __init__(self):
            self.is_running = self.is_over = self.is_held = self.is_due = False

        def start(self, seconds):
            self.is_over = self.is_held = self.is_due = False
            self.is_running = True
            signal.setitimer(signal.ITIMER_REAL, seconds)

        def stop(self):
            self.is_running = False
            signal.setitimer(signal.ITIMER_REAL, 0)

        def ring(self, *_):
            if self.is_running:
                self.is_over = True
                if self.is_held:
                    self.is_due = True
                else:
                    raise OutOfTime()

        def release(self):
            self.is_held = False
            if self.is_due:
                self.is_due = False
                raise OutOfTime()


    class Link:
        """The way to the host, in lines of JSON."""

        def __init__(self, socket, timer):
            self.socket, self.timer, self.unread = socket, timer, b""

        def write(self, message):
            data = json.dumps(message).encode() + b"\n"
            self.timer.is_held = True
            try:
                self.socket.sendall(data)
            finally:
                self.timer.release()

        def read(self):
            while b"\n" not in self.unread:
                self.socket.recv(1, socket.MSG_PEEK)  # Waits; time may run out here, and nothing is lost.
                self.timer.is_held = True
                try:
                    data = self.socket.recv(1 << 16)
                    if not data:
                        os._exit(0)
                    self.unread += data
                finally:
                    self.timer.release()
            line, _, self.unread = self.unread.partition(b"\n")
            return json.loads(line)


    class Functions:
        """Calls of whet's functions, one at a time, in a running call of the session."""

        def __init__(self, link, timer):
            self.link, self.timer, self.thread = link, timer, _thread.get_ident()
            self.number, self.count = 0, 0  # of all, and of those in this call

        def call(self, name, arguments):
            if os.getpid() != 1 or _thread.get_ident() != self.thread:
                raise RuntimeError("whet_call works in the interpreter's own process and its main thread only")
            if self.timer.is_over:
                raise OutOfTime()
            if not self.timer.is_running:
                raise RuntimeError("whet_call works during a call only")
            if type(name) is not str or len(name) > NAME_LENGTH:
                raise TypeError("whet_call: the name is no text of at most %d characters" % NAME_LENGTH)
            if type(arguments) is not dict:
                raise TypeError("whet_call: the arguments are no dict but of type %s" % type(arguments).__name__)
            try:
                text = json.dumps(arguments, allow_nan=False)
            except (TypeError, ValueError, RecursionError) as error:
                raise TypeError("whet_call: the arguments cannot be written as JSON: %s" % error) from None
            if len(text) > FUNCTION_BYTES:
                sizes = (name, len(text), FUNCTION_BYTES)
                raise RuntimeError("the arguments of %s are too large: %d bytes of JSON, at most %d" % sizes)
            if self.count >= FUNCTION_CALLS:
                raise RuntimeError("a call may use whet_call at most %d times" % FUNCTION_CALLS)
            self.number, self.count = self.number + 1, self.count + 1
            self.link.write({"function": self.number, "name": name, "arguments": text})
            while True:
                answer = self.link.read()
                if answer.get("answer") == self.number:  # else it is one that a call whose time was over has left
                    break
            if "refused" in answer:
                raise RuntimeError(answer["refused"])
            return json.loads(answer["value"])


    def serve_session(socket):
        os.setsid()
        keep = socket.fileno()
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
        timer = Timer()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGALRM, timer.ring)
        sys.argv = [""]
        link = Link(socket, timer)
        functions = Functions(link, timer)

        def whet_call(name, arguments={}):
            """Calls a function of whet. Gives its value, or raises RuntimeError with what whet says against it."""
            return functions.call(name, arguments)

        scope = {"__name__": "__main__", "__builtins__": __builtins__, "whet_call": whet_call}
        if PRELUDE is not None:
            run_prelude(scope, capture)
        link.write({"ready": True})
        count = 0
        while True:
            request = link.read()
            if "code" not in request:
                continue  # An answer to a call whose time was over.
            count += 1
            if count == 1 and not request["functions"] and scope.get("whet_call") is whet_call:
                del scope["whet_call"]
            functions.count = 0
            failed = run_cell(request["code"], request["seconds"], count, scope, timer)
            if os.getpid() != 1:
                os._exit(0)  # The code forked; its other halves end here.
            end_others()
            link.write({"id": request["id"], "output": take_output(capture), "error": failed})


    class PreludeFailure(Exception):
        pass


    def run_prelude(scope, capture):
        open_streams()
        try:
            exec(PRELUDE, scope)
        except BaseException as error:
            frames = traceback.extract_tb(error.__traceback__)
            lines = [frame.lineno for frame in frames if frame.filename == "<prelude>"]
            text = "".join(traceback.format_exception_only(type(error), error)).strip()
            raise PreludeFailure("line %s: %s" % (lines[-1] if lines else "?", text)) from None
        end_others()
        sys.stdout.flush()
        take_output(capture)


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


    def open_streams():
        sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)


    def run_cell(code, seconds, count, scope, timer):
        """Returns whether it failed; all that there is to say is written to the outputs."""
        open_streams()
        name = "<call %d>" % count
        linecache.cache[name] = (len(code), None, code.splitlines(True), name)
        failed = False
        try:
            try:
                timer.start(seconds)
                tree = ast.parse(code, name)
                last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
                exec(compile(tree, name, "exec"), scope)
                if last is not None:
                    value = eval(compile(ast.Expression(last.value), name, "eval"), scope)
                    if value is not None:
                        print(repr(value))
                sys.stdout.flush()
            finally:
                timer.stop()
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
                text = traceback_text(error)
        except BaseException:
            text = "an error that cannot be shown\n"
        try:
            os.write(2, text.encode("utf-8", "backslashreplace"))
        except OSError:
            # The output is as large as it may be; the error counts for more than its end.
            os.ftruncate(2, max(0, os.fstat(2).st_size - len(text) - 1024))
            os.write(2, text.encode("utf-8", "backslashreplace"))


    def traceback_text(error):
        """Without the frames that are ours."""
        whole = traceback.TracebackException.from_exception(error)
        waiting = [whole]
        while waiting:
            part = waiting.pop()
            part.stack[:] = [frame for frame in part.stack if frame.filename != "<whet>"]
            waiting += [other for other in (part.__cause__, part.__context__) if other is not None]
        return "".join(whole.format())


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
    """#
}
