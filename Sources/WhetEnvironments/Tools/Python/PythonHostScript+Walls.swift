extension PythonHostScript {
    /// What keeps a session in: bubblewrap's walls stand already round all sessions together, and these round each.
    static let walls = #"""
    # User, process and mount namespaces. Network and System V's memory are not divided: the filter refuses them.
    NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x00020000
    LAST_CAPABILITY = int(read("/proc/sys/kernel/cap_last_cap"))
    FILTER = bytes.fromhex(settings["filter"])


    class FilterProgram(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


    def mount(target, kind, flags, data=None):
        # No set-uid programs, no devices.
        checked(libc.mount(b"none", target, kind, ctypes.c_ulong(flags | 0x2 | 0x4), data))


    def wall_in():
        """Makes what only this process sees, then gives up all rights, and for good."""
        user, group = os.getuid(), os.getgid()
        write("/proc/self/oom_score_adj", "1000")  # The kernel, where it lacks memory, ends these first.
        write("/proc/self/setgroups", "deny")
        write("/proc/self/uid_map", "%d %d 1" % (user, user))
        write("/proc/self/gid_map", "%d %d 1" % (group, group))
        # A file costs memory even where it is empty.
        mount(b"/tmp", b"tmpfs", 0, b"size=%d,nr_inodes=16384" % settings["temporary_bytes"])
        mount(b"/dev/shm", b"tmpfs", 0, b"size=1m,nr_inodes=1024")
        mount(b"/proc", b"proc", 0x8)  # Nor programs.
        write("/proc/sys/user/max_user_namespaces", "0")
        for capability in range(LAST_CAPABILITY + 1):
            checked(libc.prctl(24, capability, 0, 0, 0))  # out of the bounding set
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        checked(libc.capset(header, (ctypes.c_uint32 * 6)()))
        for name, value in (
            ("AS", settings["memory_bytes"]), ("NPROC", settings["processes"]), ("NOFILE", settings["open_files"]),
            ("FSIZE", settings["temporary_bytes"]), ("CORE", 0),
        ):
            limit = getattr(resource, "RLIMIT_" + name)
            resource.setrlimit(limit, (value, value))
        checked(libc.prctl(38, 1, 0, 0, 0))  # no new privileges


    def refuse_system_calls():
        """The last wall: what it refuses, nothing needs from here on."""
        program = FilterProgram(len(FILTER) // 8, FILTER)
        checked(libc.prctl(22, 2, ctypes.byref(program), 0, 0))


    def serve_births(channel):
        """The process that sessions are forked from: it never holds a word of theirs, so none finds another's.

        It is asked with a link, and answers with the process number; the new process is its parent's child.
        """
        os.setsid()  # Processor time is shared between this and the host, not between the host and each session.
        while True:
            try:
                _, links, _, _ = socket.recv_fds(channel, 64, 1)
            except OSError:
                links = []
            if not links:
                os._exit(0)  # The host is gone.
            pythonapi.PyOS_BeforeFork()
            # CLONE_PARENT, SIGCHLD
            pid = pythonapi.syscall(settings["clone"], ctypes.c_ulong(NEW_NAMESPACES | 0x8000 | 17), 0, 0, 0, 0)
            if pid == 0:
                pythonapi.PyOS_AfterFork_Child()
                run_session(links[0])
            code = ctypes.get_errno()
            pythonapi.PyOS_AfterFork_Parent()
            os.close(links[0])
            channel.send(b"%d" % (pid if pid > 0 else -code))


    def run_session(number):
        link = socket.socket(fileno=number)
        try:
            link.set_inheritable(False)
            os.setpgid(0, 0)  # or what signals its group would reach the others
            os.closerange(3, number)
            os.closerange(number + 1, 65536)
            wall_in()
            serve_session(link)
        except BaseException as error:
            # Once the session is ready, this counts as its own doing.
            message = {"failed": "%s: %s" % (type(error).__name__, error)}
            if isinstance(error, PreludeFailure):
                message = {"failed": str(error), "prelude": True}
            link.sendall(json.dumps(message).encode() + b"\n")
        finally:
            os._exit(1)
    """#
}
