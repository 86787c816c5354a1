extension PythonHostScript {
    /// What keeps a session in.
    static let walls = #"""
    def mount(source, target, kind, flags, data=None):
        checked(libc.mount(source, target, kind, ctypes.c_ulong(flags), data))


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
    """#
}
