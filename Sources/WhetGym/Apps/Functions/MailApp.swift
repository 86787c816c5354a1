import WhetCore

extension App {
    /// Messages in folders. Reading one does not mark it.
    static let mail = App(name: "mail", summary: "the owner's mail", functions: [.login("mail")] + reading + writing)

    private static let folders = Mail.Folder.allCases.map(\.rawValue)

    private static let reading = [
        AppFunction(
            "mail", "search_messages", "Lists the messages of a folder, newest first.",
            [
                .choice("folder", "inbox unless given", of: folders, isOptional: true),
                .text("query", "words in the subject or the text", isOptional: true),
                .text("sender", "a part of the sender's address", isOptional: true),
                .bool("is_read", "only read ones, or only others", isOptional: true),
            ] + AppParameter.paging,
            returns: "a list of message_id, from, to, subject, time, is_read, is_starred, attachments (names)"
        ) { world, arguments in
            let folder = arguments.text("folder") ?? Mail.Folder.inbox.rawValue
            let found = world.mail.filter { message in
                message.folder.rawValue == folder && message.from.isFound(by: arguments.text("sender"))
                    && "\(message.subject)\n\(message.body)".isFound(by: arguments.text("query"))
                    && arguments.bool("is_read").map { $0 == message.isRead } ?? true
            }
            return arguments.page(found.sorted { ($0.time, $0.id) > ($1.time, $1.id) }.map(\.summary))
        },
        AppFunction(
            "mail", "show_message", "Shows a message with its text and attachments.",
            [.integer("message_id", "the message's id")],
            returns: "message_id, folder, from, to, subject, body, time, is_read, is_starred, attachments, in_reply_to"
        ) { world, arguments in .object(world.mail[try world.message(arguments)].json) },
        AppFunction(
            "mail", "save_attachment", "Saves an attachment as a new file.",
            [
                .integer("message_id", "the message's id"), .text("attachment", "its name"),
                .text("path", "of the new file"), .text("files_access_token", "from files.login"),
            ], returns: "path"
        ) { world, arguments in
            let message = world.mail[try world.message(arguments)]
            let name = try arguments.required("attachment", AppArguments.text)
            guard let attachment = message.attachments.first(where: { $0.name == name }) else {
                throw AppRefusal("message \(message.id) has no attachment \(name)")
            }
            try world.checkFilesToken(arguments)
            let path = try world.newPath(arguments, "path")
            world.files.append(StoredFile(path: path, content: attachment.content))
            return ["path": .string(path)]
        },
        AppFunction(
            "mail", "move_message", "Puts a message into another folder.",
            [
                .integer("message_id", "the message's id"),
                .choice("folder", "where to", of: folders.filter { $0 != "sent" }),
            ], returns: "message_id, folder"
        ) { world, arguments in
            let place = try world.message(arguments)
            guard let folder = arguments.text("folder").flatMap(Mail.Folder.init(rawValue:)) else {
                throw AppRefusal("there is no such folder")
            }
            world.mail[place].folder = folder
            return ["message_id": .integer(world.mail[place].id), "folder": .string(folder.rawValue)]
        },
        AppFunction(
            "mail", "mark_message", "Marks a message as read or unread, starred or not.",
            [
                .integer("message_id", "the message's id"), .bool("is_read", "as read", isOptional: true),
                .bool("is_starred", "with a star", isOptional: true),
            ], returns: "message_id, is_read, is_starred"
        ) { world, arguments in
            let place = try world.message(arguments)
            world.mail[place].isRead = arguments.bool("is_read") ?? world.mail[place].isRead
            world.mail[place].isStarred = arguments.bool("is_starred") ?? world.mail[place].isStarred
            let message = world.mail[place]
            return [
                "message_id": .integer(message.id), "is_read": .bool(message.isRead),
                "is_starred": .bool(message.isStarred),
            ]
        },
        AppFunction(
            "mail", "delete_message", "Removes a message for good.", [.integer("message_id", "the message's id")],
            returns: "deleted"
        ) { world, arguments in
            world.mail.remove(at: try world.message(arguments))
            return ["deleted": true]
        },
    ]
}

extension Mail {
    /// What a list shows of it.
    fileprivate var summary: JSONObject {
        var summary = json.filter { !["folder", "body", "in_reply_to"].contains($0.key) }
        summary["attachments"] = .array(attachments.map { .string($0.name) })
        return summary
    }
}

extension AppWorld {
    func message(_ arguments: AppArguments) throws -> Int {
        let id = try arguments.required("message_id", AppArguments.integer)
        guard let place = mail.firstIndex(where: { $0.id == id }) else { throw AppRefusal("there is no message \(id)") }
        return place
    }

    /// Who takes files into another app has to be signed in to both.
    func checkFilesToken(_ arguments: AppArguments) throws {
        guard arguments.text("files_access_token") == token(of: "files"), signedIn.contains("files") else {
            throw AppRefusal("files_access_token is no access token of files: call files.login first")
        }
    }
}
