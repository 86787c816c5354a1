// libcurl's multi interface and Linux's epoll as Swift can call them: curl's variadic setters, one per type of value,
// and the epoll and eventfd headers that Swift's own Glibc module leaves out.
#ifndef WHET_CURL_H
#define WHET_CURL_H

// The checks are macros round the variadic functions; the wrappers below are typed already.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

typedef size_t (*whet_curl_receive)(char *bytes, size_t size, size_t count, void *context);
typedef int (*whet_curl_connected)(void *context, char *remote, char *local, int remote_port, int local_port);
typedef curl_socket_t (*whet_curl_open)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
typedef int (*whet_curl_close)(void *context, curl_socket_t socket);
typedef int (*whet_curl_watch)(CURL *easy, curl_socket_t socket, int what, void *context, void *socket_context);
typedef int (*whet_curl_timer)(CURLM *multi, long milliseconds, void *context);

static inline CURLcode whet_easy_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode whet_easy_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode whet_easy_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode whet_easy_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode whet_easy_set_receive(CURL *easy, CURLoption option, whet_curl_receive value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode whet_easy_set_connected(CURL *easy, whet_curl_connected value) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, value);
}
static inline CURLcode whet_easy_set_open(CURL *easy, whet_curl_open value) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, value);
}
static inline CURLcode whet_easy_set_close(CURL *easy, whet_curl_close value) {
    return curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, value);
}
static inline CURLMcode whet_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode whet_multi_set_pointer(CURLM *multi, CURLMoption option, const void *value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode whet_multi_set_watch(CURLM *multi, whet_curl_watch value) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}
static inline CURLMcode whet_multi_set_timer(CURLM *multi, whet_curl_timer value) {
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
}
static inline CURLSHcode whet_share_set(CURLSH *share, curl_lock_data value) {
    return curl_share_setopt(share, CURLSHOPT_SHARE, value);
}

// The next finished transfer, or NULL.
static inline CURL *whet_multi_next_finished(CURLM *multi, CURLcode *result) {
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}

static inline void *whet_easy_context(CURL *easy) {
    char *context = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &context);
    return context;
}

// Opens the socket that curl asks for, closed on exec. -1 with errno when there is none.
static inline int whet_open_socket(const struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

#endif
