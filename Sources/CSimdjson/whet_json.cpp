#include "whet_json.h"

#include <simdjson.h>

#include <exception>
#include <memory>
#include <new>
#include <vector>

using namespace simdjson;

struct whet_json_document {
    dom::document parsed; // owns the strings
    std::vector<whet_json_node> nodes;
};

namespace {

constexpr size_t largest_kept = 1 << 20;

void append(std::vector<whet_json_node> &nodes, dom::element element);

void append_string(std::vector<whet_json_node> &nodes, std::string_view text) {
    whet_json_node node{};
    node.kind = WHET_JSON_STRING;
    node.count = static_cast<uint32_t>(text.size());
    node.string = text.data();
    nodes.push_back(node);
}

template <typename Container, typename Body>
void append_container(std::vector<whet_json_node> &nodes, uint32_t kind, Container container, Body body) {
    size_t index = nodes.size();
    nodes.push_back(whet_json_node{});
    uint32_t count = 0;
    for (auto member : container) {
        body(member);
        count++;
    }
    nodes[index].kind = kind;
    nodes[index].count = count;
    nodes[index].end = nodes.size();
}

void append(std::vector<whet_json_node> &nodes, dom::element element) {
    whet_json_node node{};
    switch (element.type()) {
    case dom::element_type::NULL_VALUE: node.kind = WHET_JSON_NULL; break;
    case dom::element_type::BOOL: node.kind = element.get_bool().value_unsafe() ? WHET_JSON_TRUE : WHET_JSON_FALSE; break;
    case dom::element_type::INT64:
        node.kind = WHET_JSON_INTEGER;
        node.integer = element.get_int64().value_unsafe();
        break;
    case dom::element_type::UINT64: // above INT64_MAX
        node.kind = WHET_JSON_NUMBER;
        node.number = static_cast<double>(element.get_uint64().value_unsafe());
        break;
    case dom::element_type::DOUBLE:
        node.kind = WHET_JSON_NUMBER;
        node.number = element.get_double().value_unsafe();
        break;
    case dom::element_type::STRING: append_string(nodes, element.get_string().value_unsafe()); return;
    case dom::element_type::ARRAY:
        append_container(nodes, WHET_JSON_ARRAY, element.get_array().value_unsafe(),
                         [&](dom::element member) { append(nodes, member); });
        return;
    case dom::element_type::OBJECT:
        append_container(nodes, WHET_JSON_OBJECT, element.get_object().value_unsafe(), [&](dom::key_value_pair member) {
            append_string(nodes, member.key);
            append(nodes, member.value);
        });
        return;
    }
    nodes.push_back(node);
}

} // namespace

whet_json_document *whet_json_parse(const char *bytes, size_t length, const char **error) {
    if (bytes == nullptr) bytes = "", length = 0;
    try {
        // A parser's working memory is made once a thread; that of a large text is not kept.
        thread_local dom::parser parser;
        auto document = std::make_unique<whet_json_document>();
        dom::element root;
        // simdjson copies the text when asked to pad it, so the caller's bytes need no padding.
        auto code = parser.parse_into_document(document->parsed, bytes, length, true).get(root);
        if (length > largest_kept) parser = dom::parser();
        if (code) {
            *error = error_message(code);
            return nullptr;
        }
        document->nodes.reserve(length / 8 + 1);
        append(document->nodes, root);
        return document.release();
    } catch (const std::exception &) {
        *error = "out of memory";
        return nullptr;
    }
}

const whet_json_node *whet_json_nodes(const whet_json_document *document, size_t *count) {
    *count = document->nodes.size();
    return document->nodes.data();
}

void whet_json_free(whet_json_document *document) { delete document; }
