import Testing

/// Code that tries to get out, and what whoever wrote it must be told.
///
/// Code says ESCAPED where it did what it must not be able to. That it did not is also seen from outside, by `Outside`.
struct EscapeAttempt: Sendable, CustomTestStringConvertible {
    enum Kind: String, CaseIterable {
        case network, files, secrets, processes, rights, memory, disk, time, interpreter, kernel
    }

    let kind: Kind
    let name: String
    let code: String
    /// What an interpreter's policy is told, among other words.
    let told: String
    /// What a program's result says, if not the same.
    let program: Program
    let limit: Duration

    enum Program: Sendable {
        case same
        case says(String)
        /// It tries something that only interpreters have.
        case none
    }

    init(
        _ kind: Kind, _ name: String, _ code: String, tells told: String, program: Program = .same,
        limit: Duration = .seconds(20)
    ) {
        self.kind = kind
        self.name = name
        self.code = code
        self.told = told
        self.program = program
        self.limit = limit
    }

    var testDescription: String { "\(kind): \(name)" }

    /// What all of them begin with. `call` makes a system call by its number, `attempt` calls a function; both give the
    /// name of the error. Names in capitals are `Outside`'s.
    static let helpers = """
        import ctypes, errno, os, platform, signal, socket, stat, subprocess, sys, threading, time
        libc = ctypes.CDLL(None, use_errno=True)
        IS_X86 = platform.machine() == "x86_64"
        def call(x86, arm, *arguments):
            words = [ctypes.c_long(a) if isinstance(a, int) else a for a in (x86 if IS_X86 else arm, *arguments)]
            result = libc.syscall(*words)
            return "ESCAPED" if result >= 0 else errno.errorcode[ctypes.get_errno()]
        def attempt(body, *arguments):
            try: return "ESCAPED %r" % (body(*arguments),)
            except OSError as error: return errno.errorcode.get(error.errno) or repr(error)

        """

    static let all = network + files + secrets + processes + rights + memory + disk + time + interpreter + kernel
}

// MARK: Network

extension EscapeAttempt {
    private static let network = [
        EscapeAttempt(
            .network, "a connection to the internet", "print(attempt(socket.create_connection, ('1.1.1.1', 80), 5))",
            tells: "ENETUNREACH"),
        EscapeAttempt(
            .network, "a connection to this machine",
            """
            for host in ("127.0.0.1", "::1", "0.0.0.0", "localhost"):
                print(attempt(socket.create_connection, (host, PORT), 5))
            """, tells: "ENETUNREACH", program: .says("ECONNREFUSED")),
        EscapeAttempt(
            .network, "a datagram to this machine",
            """
            def send():
                other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                other.connect(("127.0.0.1", PORT))
                other.send(b"x"); other.settimeout(1); return other.recv(1)
            print(attempt(send))
            """, tells: "ENETUNREACH", program: .says("ECONNREFUSED")),
        EscapeAttempt(
            .network, "a name looked up", "print(attempt(socket.getaddrinfo, 'example.com', 80))", tells: "gaierror"),
        EscapeAttempt(
            .network, "raw packets",
            """
            print(attempt(socket.socket, socket.AF_INET, socket.SOCK_RAW, 1))
            print(attempt(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, 3))
            """, tells: "ENETUNREACH\nENETUNREACH", program: .says("EPERM\nEAFNOSUPPORT")),
        EscapeAttempt(
            .network, "an abstract Unix socket",
            "print(attempt(lambda: socket.socket(socket.AF_UNIX).connect('\\0ABSTRACT')))", tells: "ENETUNREACH",
            program: .says("ECONNREFUSED")),
        EscapeAttempt(
            .network, "a Unix socket by its path",
            """
            for path in ("SOCKET", "/proc/1/root/SOCKET", "/run/docker.sock", "/run/dbus/system_bus_socket"):
                print(attempt(lambda: socket.socket(socket.AF_UNIX).connect(path)))
            """, tells: "ENETUNREACH", program: .says("ENOENT")),
        EscapeAttempt(
            .network, "the virtual machine's host", "print(attempt(lambda: socket.socket(40, 1).connect((2, 1024))))",
            tells: "ENETUNREACH", program: .says("EAFNOSUPPORT")),
        EscapeAttempt(
            .network, "sockets of every family",
            """
            opened = set()
            for family in range(48):
                for kind in (1, 2, 3, 5):
                    if "ESCAPED" in attempt(socket.socket, family, kind): opened.add(family)
            print("opened", sorted(opened))
            """, tells: "opened []", program: .says("opened [1, 2, 10, 16]")),
    ]
}

// MARK: Files

extension EscapeAttempt {
    private static let files = [
        EscapeAttempt(
            .files, "the system's secrets",
            """
            for path in ("/etc/shadow", "/etc/passwd", "/root", "/home", "/var/log", "/work", "/sys", "/run", "/boot"):
                print(attempt(os.stat, path))
            """, tells: "ENOENT"),
        EscapeAttempt(
            .files, "a file outside, read",
            "for p in ('SECRET', '/tmp/../SECRET', '//SECRET'): print(attempt(open, p))", tells: "ENOENT"),
        EscapeAttempt(
            .files, "a file outside, written", "print(attempt(open, 'SECRET', 'w'), attempt(os.unlink, 'SECRET'))",
            tells: "ENOENT ENOENT"),
        EscapeAttempt(
            .files, "the system, written",
            """
            for path in ("/x", "/usr/x", "/usr/bin/env", "/etc/x", "/dev/x", "/bin/x"):
                print(attempt(open, path, "w"))
            print(attempt(os.chmod, "/usr/bin/env", 0o777), attempt(os.utime, "/usr/bin/env"))
            """, tells: "EROFS"),
        EscapeAttempt(
            .files, "the kernel's settings, written",
            """
            for name in ("sys/kernel/core_pattern", "sys/vm/overcommit_memory", "sysrq-trigger", "sys/kernel/hostname"):
                print(attempt(open, "/proc/" + name, "w"))
            """, tells: "E"),
        EscapeAttempt(
            .files, "a symbolic link out of its folder",
            "os.symlink('SECRET', '/tmp/l'); print(attempt(open, '/tmp/l'), attempt(open, '/tmp/l', 'w'))",
            tells: "ENOENT ENOENT"),
        EscapeAttempt(
            .files, "a hard link to a file outside",
            "print(attempt(os.link, 'SECRET', '/tmp/h'), attempt(os.link, '/usr/bin/env', '/tmp/h'))",
            tells: "ENOENT EXDEV"),
        EscapeAttempt(
            .files, "roots and folders of processes",
            """
            for base in ("/proc/1/root", "/proc/1/cwd", "/proc/self/root", "/proc/thread-self/root", "/proc/PID/root"):
                print(attempt(open, base + "/SECRET"), attempt(os.listdir, base + "/work"))
            """, tells: "ENOENT"),
        EscapeAttempt(
            .files, "open files that were left to it",
            """
            for number in range(3, 256):
                answer = attempt(os.open, "../../../../SECRET", os.O_RDONLY, 0o777)
                if "ESCAPED" in attempt(os.listdir, number): print("ESCAPED: a folder at", number)
                try: kind = stat.S_IFMT(os.fstat(number).st_mode)
                except OSError: continue
                if stat.S_ISREG(kind) and os.readlink("/proc/self/fd/%d" % number).startswith("/work"): print("ESCAPED")
            print("looked")
            """, tells: "looked"),
        EscapeAttempt(
            .files, "a file by its handle",
            """
            handle = ctypes.create_string_buffer(b"\\x08\\0\\0\\0\\x01\\0\\0\\0\\x02" + b"\\0" * 7)
            print(call(304, 265, os.open("/tmp", os.O_RDONLY), handle, 0))
            """, tells: "EPERM"),
        EscapeAttempt(
            .files, "mounts",
            """
            for target in (b"/tmp", b"/usr", b"/proc"):
                print(call(165, 40, b"none", target, b"tmpfs", 0, 0), call(165, 40, b"/", target, 0, 4096, 0))
                print(call(165, 40, b"none", target, 0, 32, 0), call(166, 39, target, 2))
            print(call(430, 430, b"tmpfs", 0), call(428, 428, -100, b"/usr", 1), call(442, 442, -100, b"/usr", 0, 0, 0))
            """, tells: "EPERM EPERM"),
        EscapeAttempt(
            .files, "another root",
            "print(attempt(os.chroot, '/tmp'), call(155, 41, b'/tmp', b'/tmp'))", tells: "EPERM EPERM"),
        EscapeAttempt(
            .files, "device files",
            """
            print(attempt(os.mknod, "/tmp/d", stat.S_IFBLK | 0o666, os.makedev(8, 0)))
            print(attempt(os.mknod, "/tmp/m", stat.S_IFCHR | 0o666, os.makedev(1, 1)))
            for name in ("mem", "kmem", "port", "vda", "sda", "kvm", "vsock", "fuse", "net/tun"):
                print(attempt(os.open, "/dev/" + name, os.O_RDWR))
            """, tells: "EPERM\nEPERM"),
    ]

    private static let secrets = [
        EscapeAttempt(
            .secrets, "the environment",
            """
            own = open("/proc/self/environ").read() + open("/proc/1/environ").read()
            names = {line.split("=")[0] for line in own.split("\\0") if line} | set(os.environ)
            print(sorted(names - {"PWD", "LC_CTYPE"}))
            """, tells: "['HOME', 'LANG', 'PATH']"),
        EscapeAttempt(
            .secrets, "what another session said, in its own memory",
            """
            def found(head):
                with open("/proc/self/mem", "rb", 0) as memory:
                    for line in open("/proc/self/maps"):
                        start, end = (int(n, 16) for n in line.split()[0].split("-"))
                        try:
                            memory.seek(start)
                            data = memory.read(end - start) if " rw" in line else b""
                        except (OSError, ValueError, OverflowError): continue
                        at = data.find(head)
                        while at >= 0:
                            if data[at + len(head):][:4][::-1] == b"drow": return True
                            at = data.find(head, at + 1)
                return False
            own = b"own-kept-" + b"drow"[::-1]
            print(found(b"own-kept-"), found(b"neighbor-kept-"))
            """, tells: "True False", program: .none),
        EscapeAttempt(
            .secrets, "the kernel's keys",
            """
            name = b"whet"
            print(call(250, 219, 0, -3, 1), call(250, 219, 6, -3, 0, 0), call(248, 217, b"user", name, name, 4, -3))
            print(call(249, 218, b"user", name, 0, -3))
            """, tells: "EPERM EPERM EPERM\nEPERM"),
        EscapeAttempt(
            .secrets, "the kernel's log",
            """
            print(call(103, 116, 3, ctypes.create_string_buffer(4096), 4096))
            for path in ("/dev/kmsg", "/proc/kmsg", "/proc/kcore", "/sys/kernel/debug"):
                print(attempt(os.open, path, 0))
            """, tells: "EPERM\n"),
    ]
}

// MARK: Processes and rights

extension EscapeAttempt {
    private static let processes = [
        EscapeAttempt(
            .processes, "signals to others",
            """
            for target in (PID, -PID, -1, 1, os.getppid() or 1):
                try: os.kill(target, signal.SIGKILL)
                except OSError: pass
            print(attempt(os.pidfd_open, PID), "still here")
            """, tells: "ESRCH still here"),
        EscapeAttempt(
            .processes, "a signal to its group", "os.kill(0, signal.SIGKILL); print('still here')",
            tells: "still here", program: .says("signal 9")),
        EscapeAttempt(
            .processes, "debugging others",
            "for target in (PID, 1): print(call(101, 117, 16, target, 0, 0), call(101, 117, 0x4206, target, 0, 0))",
            tells: "EPERM EPERM"),
        EscapeAttempt(
            .processes, "others' memory",
            """
            buffer = ctypes.create_string_buffer(16)
            print(call(310, 270, PID, buffer, 1, buffer, 1, 0), call(311, 271, 1, buffer, 1, buffer, 1, 0))
            print(attempt(open, "/proc/PID/mem", "r+b"), call(438, 438, 3, 0, 0), call(312, 272, 1, PID, 0, 0, 0))
            """, tells: "EPERM EPERM\nENOENT EPERM EPERM"),
        EscapeAttempt(
            .processes, "a list of others", "print([name for name in os.listdir('/proc') if name.isdigit()])",
            tells: "['1']", program: .says("['1', '2']")),
        EscapeAttempt(
            .processes, "more of the processor",
            """
            print(attempt(os.nice, -5), attempt(os.setpriority, os.PRIO_PROCESS, PID, 0))
            print(attempt(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(50)))
            print(attempt(os.sched_setaffinity, PID, {0}))
            print(attempt(lambda: os.write(os.open("/proc/self/autogroup", os.O_WRONLY), b"-20")))
            """, tells: "ESRCH\nEPERM\nESRCH"),
        EscapeAttempt(
            .processes, "a fork bomb",
            """
            while True:
                try: os.fork()
                except OSError as error:
                    print(errno.errorcode[error.errno], flush=True)
                    time.sleep(0.5)
                    break
            """, tells: "EAGAIN"),
        EscapeAttempt(
            .processes, "a bomb of threads",
            """
            try:
                for _ in range(10_000): threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()
                print("ESCAPED")
            except RuntimeError as error: print(error)
            """, tells: "can't start new thread"),
        EscapeAttempt(
            .processes, "programs that outlive the call",
            """
            subprocess.Popen(["setsid", "sleep", "UNIQUE"])
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0: os.execvp("sleep", ["sleep", "UNIQUE"])
                os._exit(0)
            print("begun")
            """, tells: "begun"),
    ]

    private static let rights = [
        EscapeAttempt(
            .rights, "another user",
            """
            print(attempt(os.setuid, 0), attempt(os.seteuid, 0), attempt(os.setgid, 0), attempt(os.setgroups, [0]))
            print(attempt(os.setresuid, 1, 1, 1), attempt(os.chown, "/tmp", 0, 0))
            """, tells: "E"),
        EscapeAttempt(
            .rights, "set-uid programs",
            """
            import shutil
            shutil.copy("/usr/bin/id", "/tmp/id"); os.chmod("/tmp/id", 0o6755)
            print(subprocess.run(["/tmp/id", "-u"], capture_output=True, text=True).stdout)
            for program in (["su", "-c", "id -u"], ["passwd", "-S", "root"], ["mount", "-t", "tmpfs", "x", "/tmp"]):
                result = subprocess.run(program, capture_output=True, text=True, stdin=subprocess.DEVNULL)
                if result.returncode == 0: print("ESCAPED", result.stdout)
            """, tells: "65534"),
        EscapeAttempt(
            .rights, "capabilities",
            """
            header = (ctypes.c_uint32 * 2)(0x20080522, 0)
            print(call(126, 91, header, (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)))
            print(call(157, 167, 38, 0, 0, 0, 0), call(157, 167, 47, 2, 21, 0, 0))
            print([line for line in open("/proc/self/status") if line.startswith(("CapEff", "CapBnd", "NoNewPrivs"))])
            """,
            tells: "['CapEff:\\t0000000000000000\\n', 'CapBnd:\\t0000000000000000\\n', 'NoNewPrivs:\\t1\\n']"),
        EscapeAttempt(
            .rights, "namespaces",
            """
            for flag in (0x10000000, 0x20000000, 0x00020000, 0x40000000, 0x08000000, 0x04000000, 0x02000000, 0x80):
                print(call(272, 97, flag), end=" ")
            print(call(56, 220, 0x10000000 | 17, 0, 0, 0, 0), call(435, 435, ctypes.create_string_buffer(88), 88))
            print(call(308, 268, os.open("/proc/self/ns/mnt", os.O_RDONLY), 0))
            print(subprocess.run(["unshare", "-Ur", "true"]).returncode)
            """, tells: "EPERM ENOSYS\nEPERM\n1\n"),
        EscapeAttempt(
            .rights, "higher limits",
            """
            import resource
            for name in ("AS", "NPROC", "NOFILE", "FSIZE", "CORE", "MEMLOCK", "RTPRIO", "NICE", "MSGQUEUE"):
                kind = getattr(resource, "RLIMIT_" + name)
                hard = resource.getrlimit(kind)[1]
                try:
                    resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                    if hard != resource.RLIM_INFINITY: print("ESCAPED", name)
                except (ValueError, OSError) as error: print(name, error)
            """, tells: "AS not allowed to raise maximum limit"),
        EscapeAttempt(
            .rights, "a shell without what holds the interpreter",
            "os.execv('/bin/sh', ['sh', '-c', 'cat SECRET; kill -9 PID; sleep 1'])",
            tells: "it closed its link", program: .says("No such file")),
    ]
}
