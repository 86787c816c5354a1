// A C face for simdjson: JSON text in, one flat array of nodes out, in document order.
//
// Keeps: a container's members follow it directly and end before node `end`; an object's members alternate key,
// value; strings are views into memory that the document owns (unescaped, valid UTF-8).
#ifndef WHET_JSON_H
#define WHET_JSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WHET_JSON_NULL = 0,
    WHET_JSON_FALSE,
    WHET_JSON_TRUE,
    WHET_JSON_INTEGER,
    WHET_JSON_NUMBER,
    WHET_JSON_STRING,
    WHET_JSON_ARRAY,
    WHET_JSON_OBJECT,
};

typedef struct {
    uint32_t kind;
    uint32_t count; // bytes of a string, elements of an array, members of an object
    union {
        int64_t integer;
        double number;
        const char *string;
        uint64_t end; // of a container: index of the first node after its last member
    };
} whet_json_node;

typedef struct whet_json_document whet_json_document;

// Parses `length` bytes. Returns NULL and sets *error (static text) if they are no JSON.
whet_json_document *whet_json_parse(const char *bytes, size_t length, const char **error);

// The nodes, root first; valid until the document is freed.
const whet_json_node *whet_json_nodes(const whet_json_document *document, size_t *count);

void whet_json_free(whet_json_document *document);

#ifdef __cplusplus
}
#endif

#endif
