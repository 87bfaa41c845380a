/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a timestamp authority over HTTP (RFC 3161 §3.4): the one thing in sign/ that needs a
 * network, and only when the user names a server. Only then libcurl is loaded: it and the thirty
 * libraries that it needs would take more than half of the time in which Waybill starts. */
#include "sign/sign.h"

#include <curl/curl.h>
#include <stddef.h>
#include <string.h>

/* WAYBILL_LIBCURL is the name of the library whose headers this was compiled with. */

#define RESPONSE_SIZE_MAX ((size_t)1 << 20)
#define TIMEOUT_SECONDS 30L

struct curl_library {
    CURL *(*init)(void);
    CURLcode (*setopt)(CURL *curl, CURLoption option, ...);
    CURLcode (*perform)(CURL *curl);
    void (*cleanup)(CURL *curl);
    const char *(*strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
};

static bool load(struct curl_library *library, struct wb_error *err)
{
    static const struct wb_library_function functions[] = {
        {"curl_easy_init", offsetof(struct curl_library, init)},
        {"curl_easy_setopt", offsetof(struct curl_library, setopt)},
        {"curl_easy_perform", offsetof(struct curl_library, perform)},
        {"curl_easy_cleanup", offsetof(struct curl_library, cleanup)},
        {"curl_easy_strerror", offsetof(struct curl_library, strerror)},
        {"curl_slist_append", offsetof(struct curl_library, slist_append)},
        {"curl_slist_free_all", offsetof(struct curl_library, slist_free_all)},
    };
    return wb_library_load(WAYBILL_LIBCURL, functions, sizeof functions / sizeof functions[0],
                           library, err) ||
           wb_error_context(err, "a timestamp server needs libcurl");
}

static size_t receive(char *data, size_t size, size_t count, void *context)
{
    struct wb_buffer *response = context;
    if (size * count > RESPONSE_SIZE_MAX - response->size)
        return 0;
    wb_buffer_append(response, data, size * count);
    return size * count;
}

static CURLcode set_up(const struct curl_library *library, CURL *curl, const char *url,
                       struct curl_slist *headers, const struct wb_buffer *request,
                       struct wb_buffer *response, char *reason)
{
    const struct {
        CURLoption option;
        const void *value;
    } pointers[] = {
        {CURLOPT_URL, url},
        {CURLOPT_PROTOCOLS_STR, "http,https"},
        {CURLOPT_HTTPHEADER, headers},
        {CURLOPT_POSTFIELDS, request->data},
        {CURLOPT_WRITEDATA, response},
        {CURLOPT_ERRORBUFFER, reason},
    };
    CURLcode code = CURLE_OK;
    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0] && code == CURLE_OK; i++)
        code = library->setopt(curl, pointers[i].option, pointers[i].value);
    if (code == CURLE_OK)
        code = library->setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    if (code == CURLE_OK)
        code = library->setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->size);
    if (code == CURLE_OK)
        code = library->setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_SECONDS);
    if (code == CURLE_OK)
        code = library->setopt(curl, CURLOPT_FAILONERROR, 1L);
    return code;
}

static bool ask(const struct curl_library *library, const char *url,
                const struct wb_buffer *request, struct wb_buffer *response, struct wb_error *err)
{
    CURL *curl = library->init();
    struct curl_slist *headers =
        library->slist_append(NULL, "Content-Type: application/timestamp-query");
    char reason[CURL_ERROR_SIZE] = "";
    CURLcode code = curl == NULL || headers == NULL
                        ? CURLE_OUT_OF_MEMORY
                        : set_up(library, curl, url, headers, request, response, reason);
    if (code == CURLE_OK)
        code = library->perform(curl);
    library->slist_free_all(headers);
    library->cleanup(curl);
    return code == CURLE_OK || wb_error_set(err, WB_SYSTEM, "timestamp server %s: %s", url,
                                            reason[0] == '\0' ? library->strerror(code) : reason);
}

bool wb_timestamp_ask_server(void *context, struct wb_bytes signature, struct wb_buffer *response,
                             struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) request = {0};
    struct curl_library library = {0};
    /* The library stays loaded: what it brought along may have set up state of its own. */
    return wb_timestamp_request(signature, &request, err) && load(&library, err) &&
           ask(&library, context, &request, response, err);
}
