import Testing

@testable import WhetEnvironments

@Suite("The filter of system calls")
struct SystemCallFilterTests {
    private enum Answer: Hashable {
        case allowed
        case refused(UInt32)
    }

    /// What the kernel would make of a call; nil for a program that it would not take.
    private func answer(
        _ filter: SystemCallFilter, _ call: UInt32, _ arguments: [UInt32] = [],
        architecture: UInt32 = SystemCall.architecture
    ) -> Answer? {
        // struct seccomp_data, in words: number, architecture, two of address, two of each argument.
        var data = [call, architecture, 0, 0] + [UInt32](repeating: 0, count: 12)
        for (index, argument) in arguments.enumerated() { data[4 + 2 * index] = argument }
        var (next, accumulator) = (0, UInt32(0))
        while next + 8 <= filter.bytes.count {
            let code = filter.bytes[next..<next + 8].map { UInt32($0) }
            let value = code[4] | code[5] << 8 | code[6] << 16 | code[7] << 24
            let (yes, no) = (8 * Int(code[2]), 8 * Int(code[3]))
            next += 8
            switch code[0] {
            case 0x20: accumulator = data[Int(value) / 4]
            case 0x15: next += accumulator == value ? yes : no
            case 0x35: next += accumulator >= value ? yes : no
            case 0x45: next += accumulator & value != 0 ? yes : no
            case 0x06: return value == 0x7FFF_0000 ? .allowed : .refused(value & 0xFFFF)
            default: return nil
            }
        }
        return nil
    }

    @Test("refuses what is listed and allows every other number", arguments: [true, false])
    func refuses(isSession: Bool) {
        let filter = isSession ? SystemCallFilter.session : .program
        let refused = Set(SystemCall.refused).union(isSession ? SystemCall.shared : [])
        let absent = Set([SystemCall.clone3] + SystemCall.absent)
        #expect(refused.isDisjoint(with: absent) && refused.count > 40)
        for call in UInt32(0)..<512 where call != SystemCall.socket && call != SystemCall.socketPair {
            let error: UInt32? = refused.contains(call) ? 1 : absent.contains(call) ? 38 : nil
            let expected = error.map(Answer.refused) ?? .allowed
            #expect(answer(filter, call) == expected, "\(call)")
        }
    }

    @Test("sees which sockets, namespaces and terminals are asked for")
    func seesArguments() {
        for family in UInt32(0)..<64 {
            let isOwn = [1, 2, 10, 16].contains(family)
            #expect(answer(.program, SystemCall.socket, [family]) == (isOwn ? .allowed : .refused(97)))
            #expect(answer(.session, SystemCall.socket, [family]) == .refused(101))
            #expect(answer(.session, SystemCall.socketPair, [family]) == (family == 1 ? .allowed : .refused(97)))
        }
        // A thread of the C library's, a fork, and each namespace.
        #expect(answer(.session, SystemCall.clone, [0x003D_0F00]) == .allowed)
        #expect(answer(.session, SystemCall.clone, [0x0120_0011]) == .allowed)
        for bit in [17, 25, 26, 27, 28, 29, 30] as [UInt32] {
            #expect(answer(.program, SystemCall.clone, [1 << bit | 17]) == .refused(1), "\(bit)")
        }
        #expect(answer(.session, SystemCall.ioctl, [0, 0x5412]) == .refused(1))
        #expect(answer(.session, SystemCall.ioctl, [0, 0x5413]) == .allowed)
    }

    @Test("takes no other architecture's numbers, and is no longer than the kernel takes")
    func isOwn() {
        for filter in [SystemCallFilter.program, .session] {
            #expect(filter.bytes.count % 8 == 0 && filter.bytes.count / 8 <= 4096)
            #expect(answer(filter, 0, architecture: 0x4000_0003) == .refused(38))
            #expect(answer(filter, 0x4000_0001) == .refused(38))
            #expect(filter.hexadecimal.count == 2 * filter.bytes.count)
            #expect(filter.hexadecimal.hasPrefix("2000000004000000"))
        }
    }
}
