/// Which system calls programs in the sandbox are refused: a program for the kernel (seccomp, classic BPF).
///
/// Keeps: what is refused returns an error and ends nobody; a call of another architecture's is refused, so that no
/// number means anything else than here.
///
/// Namespaces and missing rights hold already what most of these calls could do. The filter refuses them all the same,
/// because the kernel's mistakes are found in calls like these, and refuses what namespaces do not divide: virtual
/// machines' sockets, keys, and memory that no limit counts.
struct SystemCallFilter: Hashable, Sendable {
    /// Instructions as the kernel reads them, 8 bytes each.
    let bytes: [UInt8]

    /// For a program that has namespaces of its own and a network of nobody else in it.
    static let program = SystemCallFilter(refusesSockets: false)
    /// For one that shares the namespaces of network and of System V's memory with others: it gets neither.
    static let session = SystemCallFilter(refusesSockets: true)

    private init(refusesSockets: Bool) {
        var code = BPFProgram()
        code.load(BPFProgram.architecture)
        code.unlessEqual(SystemCall.architecture, fail: SystemErrorNumber.noSuchCall)
        code.load(BPFProgram.number)
        code.ifAtLeast(SystemCall.foreignNumbers, fail: SystemErrorNumber.noSuchCall)
        // A library that is told so uses `clone`, whose flags can be looked at.
        for call in [SystemCall.clone3] + SystemCall.absent {
            code.ifEqual(call, fail: SystemErrorNumber.noSuchCall)
        }
        for call in SystemCall.refused { code.ifEqual(call, fail: SystemErrorNumber.notPermitted) }
        if refusesSockets {
            for call in SystemCall.shared { code.ifEqual(call, fail: SystemErrorNumber.notPermitted) }
            // Programs know this answer: there is no network.
            code.ifEqual(SystemCall.socket, fail: SystemErrorNumber.networkUnreachable)
        } else {
            code.ifEqual(
                SystemCall.socket, argument: 0, isNoneOf: SystemCall.families, fail: SystemErrorNumber.noSuchFamily)
        }
        code.ifEqual(SystemCall.socketPair, argument: 0, isNoneOf: [1], fail: SystemErrorNumber.noSuchFamily)
        code.ifEqual(
            SystemCall.clone, argument: 0, hasAnyOf: SystemCall.namespaceFlags, fail: SystemErrorNumber.notPermitted)
        code.ifEqual(
            SystemCall.ioctl, argument: 1, isAnyOf: SystemCall.terminalInput, fail: SystemErrorNumber.notPermitted)
        code.allow()
        bytes = code.bytes
    }

    var hexadecimal: String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

/// The answers that programs get.
private enum SystemErrorNumber {
    static let notPermitted: UInt32 = 1
    static let noSuchCall: UInt32 = 38
    static let noSuchFamily: UInt32 = 97
    static let networkUnreachable: UInt32 = 101
}

/// Instructions of the kernel's filters, put together.
private struct BPFProgram {
    /// Offsets in what the kernel shows: `struct seccomp_data`.
    static let number: UInt32 = 0
    static let architecture: UInt32 = 4

    private(set) var bytes: [UInt8] = []

    private mutating func add(_ code: UInt16, _ value: UInt32, yes: UInt8 = 0, no: UInt8 = 0) {
        withUnsafeBytes(of: code.littleEndian) { bytes += $0 }
        bytes += [yes, no]
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    mutating func load(_ offset: UInt32) { add(0x20, offset) }
    mutating func allow() { add(0x06, 0x7FFF_0000) }
    private mutating func fail(_ error: UInt32) { add(0x06, 0x0005_0000 | error) }

    mutating func unlessEqual(_ value: UInt32, fail error: UInt32) {
        add(0x15, value, yes: 1)
        fail(error)
    }

    mutating func ifEqual(_ value: UInt32, fail error: UInt32) {
        add(0x15, value, no: 1)
        fail(error)
    }

    mutating func ifAtLeast(_ value: UInt32, fail error: UInt32) {
        add(0x35, value, no: 1)
        fail(error)
    }

    /// Refuses or allows a call by the low half of an argument, which is all of it that the kernel looks at in these.
    mutating func ifEqual(_ call: UInt32, argument: UInt32, isAnyOf values: [UInt32], fail error: UInt32) {
        add(0x15, call, no: UInt8(values.count * 2 + 2))
        load(16 + 8 * argument)
        for value in values { ifEqual(value, fail: error) }
        allow()
    }

    mutating func ifEqual(_ call: UInt32, argument: UInt32, isNoneOf values: [UInt32], fail error: UInt32) {
        add(0x15, call, no: UInt8(values.count * 2 + 2))
        load(16 + 8 * argument)
        for value in values {
            add(0x15, value, no: 1)
            allow()
        }
        fail(error)
    }

    mutating func ifEqual(_ call: UInt32, argument: UInt32, hasAnyOf bits: UInt32, fail error: UInt32) {
        add(0x15, call, no: 4)
        load(16 + 8 * argument)
        add(0x45, bits, no: 1)
        fail(error)
        allow()
    }
}
