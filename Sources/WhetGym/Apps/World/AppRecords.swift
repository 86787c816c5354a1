import WhetCore

/// A person in the address book.
struct Contact: AppRecord {
    static let table = "contacts"
    let id: Int
    var name: String
    var email: String
    var phone: String
    /// "manager", "sister", "friend", …; empty where none is noted.
    var relation: String
    /// "05-18"; empty where it is not known.
    var birthday: String

    var key: String { String(id) }
    var json: JSONObject {
        [
            "contact_id": .integer(id), "name": .string(name), "email": .string(email), "phone": .string(phone),
            "relation": .string(relation), "birthday": .string(birthday),
        ]
    }
}

/// A text at a path. Folders are the beginnings of paths.
struct StoredFile: AppRecord {
    static let table = "files"
    var path: String
    var content: String

    var key: String { path }
    var json: JSONObject { ["path": .string(path), "content": .string(content)] }
}

/// A message in one of the mail app's folders.
struct Mail: AppRecord {
    static let table = "mail"

    struct Attachment: Hashable, Sendable {
        let name: String
        let content: String
    }

    enum Folder: String, Hashable, Sendable, CaseIterable { case inbox, sent, archive, trash }

    let id: Int
    var folder: Folder
    let from: String
    let to: [String]
    let subject: String
    let body: String
    let time: AppTime
    var isRead = true
    var isStarred = false
    var attachments: [Attachment] = []
    /// The message that it answers.
    var answers: Int?

    var key: String { String(id) }
    var json: JSONObject {
        [
            "message_id": .integer(id), "folder": .string(folder.rawValue), "from": .string(from),
            "to": .array(to.map(JSONValue.string)), "subject": .string(subject), "body": .string(body),
            "time": .string(time.text), "is_read": .bool(isRead), "is_starred": .bool(isStarred),
            "attachments": .array(
                attachments.map { ["name": .string($0.name), "content": .string($0.content)] }),
            "in_reply_to": answers.map(JSONValue.integer) ?? .null,
        ]
    }
}

/// Something in the calendar.
struct Event: AppRecord {
    static let table = "calendar"

    /// Whether its owner takes part.
    enum Response: String, Hashable, Sendable, CaseIterable { case pending, accepted, declined }

    let id: Int
    var title: String
    var start: AppTime
    var end: AppTime
    var location: String
    /// Addresses, without the owner's.
    var attendees: [String]
    var notes: String
    let organizer: String
    var response = Response.accepted

    var key: String { String(id) }
    var json: JSONObject {
        [
            "event_id": .integer(id), "title": .string(title), "start": .string(start.text), "end": .string(end.text),
            "location": .string(location), "attendees": .array(attendees.map(JSONValue.string)),
            "notes": .string(notes), "organizer": .string(organizer), "response": .string(response.rawValue),
        ]
    }

    func overlaps(_ other: Event) -> Bool { start < other.end && other.start < end }
}
