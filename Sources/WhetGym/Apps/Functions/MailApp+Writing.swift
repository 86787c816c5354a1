import WhetCore

extension App {
    /// The mail functions that send.
    static let writing = [
        AppFunction(
            "mail", "send_message", "Sends a message, with files as attachments where paths are given.",
            [
                recipients, .text("subject", "its subject"), .text("body", "its text", length: 10_000),
                .texts("attachment_paths", "files to attach", count: 0...10, isOptional: true),
                .text("files_access_token", "from files.login; needed for attachments", isOptional: true),
            ], returns: "message_id"
        ) { world, arguments in
            var attachments: [Mail.Attachment] = []
            for path in arguments.texts("attachment_paths") ?? [] {
                try world.checkFilesToken(arguments)
                let file = world.files[try world.file(at: path)]
                attachments.append(.init(name: file.name, content: file.content))
            }
            return try world.send(
                to: try arguments.required("to", AppArguments.texts),
                subject: try arguments.required("subject", AppArguments.text),
                body: try arguments.required("body", AppArguments.text), attachments: attachments)
        },
        AppFunction(
            "mail", "reply", "Answers a message: to who sent it, with its subject after \"Re: \".",
            [.integer("message_id", "the message's id"), .text("body", "the answer's text", length: 10_000)],
            returns: "message_id of the answer"
        ) { world, arguments in
            let message = world.mail[try world.message(arguments)]
            return try world.send(
                to: [message.from], subject: "Re: \(message.subject)",
                body: try arguments.required("body", AppArguments.text), answers: message.id)
        },
        AppFunction(
            "mail", "forward", "Sends a message on, attachments included, with its subject after \"Fwd: \".",
            [
                .integer("message_id", "the message's id"), recipients,
                .text("body", "words before it", length: 5000, isOptional: true),
            ], returns: "message_id of what was sent"
        ) { world, arguments in
            let message = world.mail[try world.message(arguments)]
            let words = arguments.text("body").map { "\($0)\n\n" } ?? ""
            return try world.send(
                to: try arguments.required("to", AppArguments.texts), subject: "Fwd: \(message.subject)",
                body: "\(words)\(message.from) wrote:\n\(message.body)", attachments: message.attachments)
        },
    ]

    private static let recipients = AppParameter.texts("to", "addresses", count: 1...20)
}

extension StoredFile {
    /// The last part of its path.
    var name: String { String(path.split(separator: "/").last ?? "") }
}

extension AppWorld {
    /// How many messages there may be, and how long a text: forwarding makes longer and longer ones.
    private static let mostMail = 2000
    private static let longestBody = 40_000

    fileprivate mutating func send(
        to: [String], subject: String, body: String, attachments: [Mail.Attachment] = [], answers: Int? = nil
    ) throws -> JSONValue {
        if let bad = to.first(where: { !$0.isAddress }) { throw AppRefusal("\"\(bad)\" is no mail address") }
        guard mail.count < Self.mostMail else { throw AppRefusal("there is no room for more messages") }
        guard subject.utf8.count + body.utf8.count <= Self.longestBody else {
            throw AppRefusal("the message is too long")
        }
        let id = (mail.map(\.id).max() ?? 0) + 1
        mail.append(
            Mail(
                id: id, folder: .sent, from: owner.email, to: to, subject: subject, body: body, time: now,
                attachments: attachments, answers: answers))
        return ["message_id": .integer(id)]
    }
}

extension String {
    /// Whether it looks like name@host.
    var isAddress: Bool {
        let parts = split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && parts[1].contains(".")
            && !contains(where: \.isWhitespace)
    }
}
