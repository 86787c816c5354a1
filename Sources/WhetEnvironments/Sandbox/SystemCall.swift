/// Linux's system calls by their numbers on this machine's architecture.
///
/// Source: the kernel's `arch/x86/entry/syscalls/syscall_64.tbl` and `include/uapi/asm-generic/unistd.h`.
enum SystemCall {
    #if arch(x86_64)
        /// `AUDIT_ARCH_X86_64`
        static let architecture: UInt32 = 0xC000_003E
        /// From here on numbers are those of x32.
        static let foreignNumbers: UInt32 = 0x4000_0000
        private static func number(_ x86: UInt32?, _ generic: UInt32?) -> UInt32? { x86 }
    #else
        /// `AUDIT_ARCH_AARCH64`
        static let architecture: UInt32 = 0xC000_00B7
        static let foreignNumbers: UInt32 = 0x4000_0000
        private static func number(_ x86: UInt32?, _ generic: UInt32?) -> UInt32? { generic }
    #endif

    private static func both(_ x86: UInt32, _ generic: UInt32) -> UInt32 { number(x86, generic) ?? 0 }

    static let socket = both(41, 198)
    static let socketPair = both(53, 199)
    static let clone = both(56, 220)
    static let clone3 = both(435, 435)
    static let ioctl = both(16, 29)

    /// Mount, control group, host name, System V, user, process and network namespaces.
    static let namespaceFlags: UInt32 = 0x7E02_0000
    /// `TIOCSTI` and `TIOCLINUX`, which write to a terminal as if a person typed.
    static let terminalInput: [UInt32] = [0x5412, 0x541C]
    /// Unix, internet and the kernel's own (netlink), all of which namespaces divide.
    static let families: [UInt32] = [1, 2, 10, 16]

    /// What programs do without where the kernel lacks it.
    static let absent: [UInt32] = [
        number(425, 425), number(426, 426), number(427, 427),  // io_uring
        number(319, 279), number(447, 447),  // memfd_create, memfd_secret: memory that no limit counts
        number(323, 282),  // userfaultfd
    ].compactMap(\.self)

    /// What no program in the sandbox needs.
    static let refused: [UInt32] = [
        // Other processes: ptrace, process_vm_readv, process_vm_writev, kcmp, pidfd_getfd.
        number(101, 117), number(310, 270), number(311, 271), number(312, 272), number(438, 438),
        // Keys: add_key, request_key, keyctl.
        number(248, 217), number(249, 218), number(250, 219),
        // The kernel's inside: bpf, perf_event_open, syslog, kexec_load, kexec_file_load, init_module, finit_module,
        // delete_module, lookup_dcookie.
        number(321, 280), number(298, 241), number(103, 116), number(246, 104), number(320, 294), number(175, 105),
        number(313, 273), number(176, 106), number(212, 18),
        // Mounts: mount, umount2, pivot_root, chroot, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick,
        // mount_setattr, open_tree_attr.
        number(165, 40), number(166, 39), number(155, 41), number(161, 51), number(428, 428), number(429, 429),
        number(430, 430), number(431, 431), number(432, 432), number(433, 433), number(442, 442), number(467, 467),
        // Namespaces: unshare, setns.
        number(272, 97), number(308, 268),
        // Watching files, which has limits that all users share: inotify_init, inotify_init1, fanotify_init.
        number(253, nil), number(294, 26), number(300, 262),
        // Files by their handles: name_to_handle_at, open_by_handle_at.
        number(303, 264), number(304, 265),
        // The machine: acct, reboot, swapon, swapoff, quotactl, quotactl_fd, settimeofday, clock_settime, adjtimex,
        // clock_adjtime, sethostname, setdomainname, vhangup, iopl, ioperm, modify_ldt, personality.
        number(163, 89), number(169, 142), number(167, 224), number(168, 225), number(179, 60), number(443, 443),
        number(164, 170), number(227, 112), number(159, 171), number(305, 266), number(170, 161), number(171, 162),
        number(153, 58), number(172, nil), number(173, nil), number(154, nil), number(135, 92),
    ].compactMap(\.self)

    /// System V's and POSIX's memory and messages between processes: shmget, shmctl, shmat, semget, semctl, semtimedop,
    /// semop, msgget, msgctl, msgrcv, msgsnd, mq_open.
    static let shared: [UInt32] = [
        number(29, 194), number(31, 195), number(30, 196), number(64, 190), number(66, 191), number(220, 192),
        number(65, 193), number(68, 186), number(71, 187), number(70, 188), number(69, 189), number(240, 180),
    ].compactMap(\.self)
}
