// MARK: What is bounded: memory, disk, time

extension EscapeAttempt {
    static let memory = [
        EscapeAttempt(
            .memory, "one large block", "bytearray(1 << 40)", tells: "MemoryError"),
        EscapeAttempt(
            .memory, "many small blocks", "kept = []\nwhile True: kept.append(bytearray(b'x' * (1 << 20)))",
            tells: "MemoryError"),
        EscapeAttempt(
            .memory, "shared pages that no process calls its own",
            """
            import mmap
            for _ in range(12):
                if os.fork() == 0:
                    block = mmap.mmap(-1, 150 << 20)
                    for at in range(0, len(block), 4096): block[at] = 1
                    time.sleep(15)
                    os._exit(0)
            time.sleep(15)
            """, tells: "more memory than they may", program: .none),
        EscapeAttempt(
            .memory, "many processes that each keep to the limit",
            """
            for _ in range(12):
                if os.fork() == 0:
                    block = bytearray(b"x" * (150 << 20))
                    time.sleep(15)
                    os._exit(0)
            time.sleep(15)
            """, tells: "more memory than they may", program: .none),
        EscapeAttempt(
            .memory, "files in memory", "print(attempt(os.memfd_create, 'x'), call(447, 447, 0))",
            tells: "ENOSYS ENOSYS"),
        EscapeAttempt(
            .memory, "System V's shared memory and messages",
            """
            print(call(29, 194, 0, 1 << 30, 0o1777), call(68, 186, 0, 0o1777), call(64, 190, 0, 1, 0o1777))
            print(call(240, 180, b"x", 0o102, 0o600, 0))
            """, tells: "EPERM EPERM EPERM\nEPERM", program: .none),
        EscapeAttempt(
            .memory, "locked pages",
            """
            import mmap
            block = mmap.mmap(-1, 64 << 20)
            address = ctypes.addressof(ctypes.c_char.from_buffer(block))
            print(call(149, 228, address, 64 << 20), call(151, 230, 3))
            """, tells: "E"),
        EscapeAttempt(
            .memory, "a stack without end", "def f(n): return f(n + 1) + 1\nsys.setrecursionlimit(10 ** 9)\nf(0)",
            tells: "Error"),
        EscapeAttempt(
            .memory, "text that the parser cannot hold", "eval('(' * 1_000_000)", tells: "Error",
            program: .says("it wrote more than it may")),
    ]

    static let disk = [
        EscapeAttempt(
            .disk, "a file without end", "with open('/tmp/a', 'wb') as f:\n    while True: f.write(b'x' * (1 << 20))",
            tells: "OSError"),
        EscapeAttempt(
            .disk, "many files",
            """
            for n in range(10_000):
                with open("/tmp/%d" % n, "wb") as f: f.write(b"x" * (1 << 19))
            """, tells: "No space left on device"),
        EscapeAttempt(
            .disk, "the folder of shared memory",
            """
            for n in range(10_000):
                with open("/dev/shm/%d" % n, "wb") as f: f.write(b"x" * (1 << 19))
            """, tells: "No space left on device"),
        EscapeAttempt(
            .disk, "a file of holes",
            "f = open('/tmp/a', 'wb'); f.truncate(1 << 40)\nprint('ESCAPED')", tells: "File too large"),
        EscapeAttempt(
            .disk, "files of no bytes",
            "for n in range(1_000_000): os.close(os.open('/tmp/%d' % n, os.O_CREAT))",
            tells: "No space left on device", program: .none),
        EscapeAttempt(
            .disk, "output without end", "while True: print('y' * 10_000)", tells: "bytes are left out",
            program: .says("it wrote more than it may")),
    ]

    static let time = [
        EscapeAttempt(
            .time, "a loop", "while True: pass", tells: "OutOfTime: the call took longer than 0.4 s",
            program: .says("it took longer than it may"), limit: .milliseconds(400)),
        EscapeAttempt(
            .time, "sleep", "time.sleep(1000)", tells: "OutOfTime", program: .says("it took longer than it may"),
            limit: .milliseconds(400)),
        EscapeAttempt(
            .time, "a regular expression", "import re; re.match(r'(a+)+b', 'a' * 64)", tells: "OutOfTime",
            program: .says("it took longer than it may"), limit: .milliseconds(400)),
        EscapeAttempt(
            .time, "arithmetic that hears no signal", "x = 7 ** 7 ** 9",
            tells: "the call took longer than 0.4 s", program: .says("it took longer than it may"),
            limit: .milliseconds(400)),
        EscapeAttempt(
            .time, "catching everything",
            "while True:\n    try:\n        while True: time.sleep(0.01)\n    except BaseException: pass",
            tells: "The interpreter ended: the call took longer than 0.4 s",
            program: .says("it took longer than it may"), limit: .milliseconds(400)),
        EscapeAttempt(
            .time, "signals ignored and blocked",
            """
            for number in range(1, 65):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
            while True: pass
            """, tells: "The interpreter ended: the call took longer than 0.4 s",
            program: .says("it took longer than it may"), limit: .milliseconds(400)),
        EscapeAttempt(
            .time, "its alarm put off", "signal.setitimer(signal.ITIMER_REAL, 0); signal.alarm(0); time.sleep(1000)",
            tells: "The interpreter ended: the call took longer than 0.4 s",
            program: .says("it took longer than it may"), limit: .milliseconds(400)),
        EscapeAttempt(
            .time, "another time of day",
            """
            now = (ctypes.c_long * 2)(1, 0)
            print(call(227, 112, 0, now), call(164, 170, now, 0), call(305, 266, 0, ctypes.create_string_buffer(208)))
            print(attempt(time.clock_settime, 0, 1.0))
            """, tells: "EPERM EPERM EPERM\nEPERM"),
    ]
}
