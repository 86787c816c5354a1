// MARK: The interpreter itself, and the kernel

extension EscapeAttempt {
    static let interpreter = [
        EscapeAttempt(.interpreter, "leaving", "print('left'); sys.exit(3)", tells: "left"),
        EscapeAttempt(
            .interpreter, "leaving at once", "os._exit(3)", tells: "it ended itself with exit status 3",
            program: .says("it ended with exit status 3")),
        EscapeAttempt(.interpreter, "a crash", "ctypes.string_at(0)", tells: "it was ended by signal 11"),
        EscapeAttempt(.interpreter, "giving up", "os.abort()", tells: "it was ended by signal"),
        EscapeAttempt(
            .interpreter, "closing all its files", "os.closerange(0, 256); time.sleep(10)", tells: "it closed its link",
            program: .none),
        EscapeAttempt(
            .interpreter, "writing where its answers go",
            """
            for number in range(3, 256):
                try: os.write(number, b'{"session": 1, "id": 1, "output": "ESCAPED", "error": false}\\n')
                except OSError: pass
            time.sleep(10)
            """, tells: "it wrote where it must not", program: .none),
        EscapeAttempt(
            .interpreter, "another program in its place", "os.execv('/bin/sleep', ['sleep', '10'])",
            tells: "it closed its link", program: .none),
        EscapeAttempt(
            .interpreter, "modules that work no longer",
            """
            import builtins, json
            json.dumps = json.loads = os.write = os.kill = os.waitpid = None
            builtins.print = builtins.open = builtins.len = None
            """, tells: "The interpreter ended", program: .none),
        EscapeAttempt(
            .interpreter, "stopping itself", "os.kill(os.getpid(), signal.SIGSTOP); print('went on')",
            tells: "went on", program: .none),
    ]

    static let kernel = [
        EscapeAttempt(
            .kernel, "io_uring",
            "print(call(425, 425, 8, ctypes.create_string_buffer(256)), call(427, 427, 3, 0, 0, 0))",
            tells: "ENOSYS ENOSYS"),
        EscapeAttempt(
            .kernel, "userfaultfd", "print(call(323, 282, 1), attempt(open, '/dev/userfaultfd'))",
            tells: "ENOSYS ENOENT"),
        EscapeAttempt(
            .kernel, "bpf", "print(call(321, 280, 5, ctypes.create_string_buffer(128), 128))", tells: "EPERM"),
        EscapeAttempt(
            .kernel, "perf events", "print(call(298, 241, ctypes.create_string_buffer(128), 0, -1, -1, 0))",
            tells: "EPERM"),
        EscapeAttempt(
            .kernel, "watching files", "print(call(294, 26, 0), call(300, 262, 0, 0))", tells: "EPERM EPERM"),
        EscapeAttempt(
            .kernel, "typing for a person",
            """
            import fcntl
            print(attempt(fcntl.ioctl, 0, 0x5412, b"x"), attempt(fcntl.ioctl, 1, 0x541C, b"x"))
            print(attempt(open, "/dev/tty"))
            """, tells: "EPERM EPERM\nENXIO"),
        EscapeAttempt(
            .kernel, "terminals, which sessions would share", "print(attempt(os.openpty), os.listdir('/dev/pts'))",
            tells: "ENOENT []", program: .none),
        EscapeAttempt(
            .kernel, "modules, another kernel, a restart",
            """
            print(call(175, 105, 0, 0, b""), call(313, 273, 0, b"", 0), call(246, 104, 0, 0, 0, 0))
            print(call(169, 142, 0xfee1dead, 672274793, 0x1234567, 0), call(167, 224, b"/tmp/x", 0), call(163, 89, 0))
            """, tells: "EPERM EPERM EPERM\nEPERM EPERM EPERM"),
        EscapeAttempt(
            .kernel, "another name for the machine", "print(attempt(socket.sethostname, 'x'), call(171, 162, b'x', 1))",
            tells: "EPERM EPERM"),
        EscapeAttempt(
            .kernel, "numbers of another architecture", "print(call(0x40000000 + 39, 0x40000000 + 172))",
            tells: "ENOSYS"),
        EscapeAttempt(
            .kernel, "taking the filter off",
            "print(call(157, 167, 22, 0, 0, 0, 0), open('/proc/self/status').read().split('Seccomp:\\t')[1][0])",
            tells: "EINVAL 2"),
    ]
}
