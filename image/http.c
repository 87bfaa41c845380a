/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP by libcurl, pulled piece by piece: a layer is read at the speed of whoever reads it, and
 * never lies in memory. */
#include "image/http_private.h"
#include "image/registry_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_SECONDS 30L
#define SILENCE_SECONDS 60L
#define REDIRECTS_MAX 5L
#define HEADER_SIZE_MAX ((size_t)64 << 10)
/* What waits to be read; a transfer that is ahead of its reader pauses. */
#define WAITING_MAX ((size_t)4 << 20)

/* A connection and the request it carries. Kept for the next one when that is done. */
struct wb_http_transfer {
    struct wb_http *http;
    CURLM *multi; /* owns the connections */
    CURL *curl;
    struct curl_slist *headers;
    struct wb_buffer waiting; /* of the body */
    size_t taken;             /* bytes of it that were handed out */
    bool paused, done, headers_end;
    CURLcode result;
    struct wb_http_answer *answer; /* takes the headers, until they end */
    size_t header_size;
    char reason[CURL_ERROR_SIZE];
    struct wb_http_transfer *next; /* among the idle */
};

struct wb_http {
    struct wb_curl_library library;
    struct wb_http_settings settings;
    char *certificates, *client_certificate, *client_key;
    pthread_mutex_t lock;
    struct wb_http_transfer *idle;
};

struct wb_http *wb_http_new(const struct wb_http_settings *settings, struct wb_error *err)
{
    struct wb_http *http = wb_allocate(sizeof *http);
    if (!wb_curl_load(&http->library, err) ||
        http->library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(http);
        wb_error_context(err, "cannot use the network");
        return NULL;
    }
    http->settings = *settings;
    if (settings->certificates != NULL)
        http->certificates = wb_curl_authorities(&http->library, settings->certificates);
    http->settings.certificates = http->certificates;
    http->settings.client_certificate = http->client_certificate =
        wb_string_copy(settings->client_certificate);
    http->settings.client_key = http->client_key = wb_string_copy(settings->client_key);
    pthread_mutex_init(&http->lock, NULL);
    return http;
}

/* ---- transfers ---- */

static void free_transfer(struct wb_http_transfer *transfer)
{
    const struct wb_curl_library *library = &transfer->http->library;
    if (transfer->curl != NULL)
        library->cleanup(transfer->curl);
    if (transfer->multi != NULL)
        library->multi_cleanup(transfer->multi);
    wb_buffer_clear(&transfer->waiting);
    free(transfer);
}

void wb_http_free(struct wb_http *http)
{
    if (http == NULL)
        return;
    while (http->idle != NULL) {
        struct wb_http_transfer *next = http->idle->next;
        free_transfer(http->idle);
        http->idle = next;
    }
    pthread_mutex_destroy(&http->lock);
    free(http->certificates);
    free(http->client_certificate);
    free(http->client_key);
    free(http);
}

static struct wb_http_transfer *take_transfer(struct wb_http *http)
{
    pthread_mutex_lock(&http->lock);
    struct wb_http_transfer *transfer = http->idle;
    if (transfer != NULL)
        http->idle = transfer->next;
    pthread_mutex_unlock(&http->lock);
    if (transfer != NULL)
        return transfer;
    transfer = wb_allocate(sizeof *transfer);
    transfer->http = http;
    transfer->multi = http->library.multi_init();
    transfer->curl = http->library.init();
    if (transfer->multi == NULL || transfer->curl == NULL)
        wb_out_of_memory(0);
    return transfer;
}

static void return_transfer(struct wb_http_transfer *transfer)
{
    struct wb_http *http = transfer->http;
    http->library.multi_remove_handle(transfer->multi, transfer->curl);
    http->library.reset(transfer->curl);
    http->library.slist_free_all(transfer->headers);
    wb_buffer_clear(&transfer->waiting);
    *transfer =
        (struct wb_http_transfer){.http = http, .multi = transfer->multi, .curl = transfer->curl};
    pthread_mutex_lock(&http->lock);
    transfer->next = http->idle;
    http->idle = transfer;
    pthread_mutex_unlock(&http->lock);
}

/* ---- what comes back ---- */

static size_t receive_body(char *data, size_t size, size_t count, void *context)
{
    struct wb_http_transfer *transfer = context;
    transfer->headers_end = true;
    if (transfer->waiting.size - transfer->taken > WAITING_MAX) {
        transfer->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    wb_buffer_append(&transfer->waiting, data, size * count);
    return size * count;
}

static size_t receive_header(char *data, size_t size, size_t count, void *context)
{
    struct wb_http_transfer *transfer = context;
    size *= count;
    transfer->header_size += size;
    if (transfer->header_size > HEADER_SIZE_MAX)
        return 0;
    /* Trailers come when nobody waits for headers any more. */
    if (transfer->answer != NULL)
        wb_http_header_take(transfer->answer, data, size);
    return size;
}

/* ---- sending ---- */

static void add_header(struct wb_http_transfer *transfer, const char *name, const char *value)
{
    /* What a manifest says of itself may become a header. */
    if (value == NULL || strpbrk(value, "\r\n") != NULL)
        return;
    WB_AUTO_STRING line = wb_string_format("%s: %s", name, value);
    struct curl_slist *longer = transfer->http->library.slist_append(transfer->headers, line);
    if (longer == NULL)
        wb_out_of_memory(0);
    transfer->headers = longer;
}

static CURLcode set_tls(struct wb_http_transfer *transfer)
{
    const struct wb_http *http = transfer->http;
    const struct wb_curl_library *library = &http->library;
    CURL *curl = transfer->curl;
    CURLcode code = CURLE_OK;
    if (http->settings.allow_insecure &&
        (code = library->setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L)) == CURLE_OK)
        code = library->setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    if (code == CURLE_OK && http->certificates != NULL) {
        struct curl_blob blob = {.data = http->certificates, .len = strlen(http->certificates)};
        blob.flags = CURL_BLOB_NOCOPY;
        code = library->setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
    }
    if (code == CURLE_OK && http->client_certificate != NULL)
        code = library->setopt(curl, CURLOPT_SSLCERT, http->client_certificate);
    if (code == CURLE_OK && http->client_key != NULL)
        code = library->setopt(curl, CURLOPT_SSLKEY, http->client_key);
    return code;
}

static CURLcode set_numbers(struct wb_http_transfer *transfer,
                            const struct wb_http_request *request)
{
    bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS},
        {CURLOPT_LOW_SPEED_LIMIT, 1},
        {CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS},
        {CURLOPT_FOLLOWLOCATION, reads},
        {CURLOPT_MAXREDIRS, REDIRECTS_MAX},
        {CURLOPT_NOBODY, strcmp(request->method, "HEAD") == 0},
    };
    CURLcode code = CURLE_OK;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && code == CURLE_OK; i++)
        code = transfer->http->library.setopt(transfer->curl, numbers[i].option, numbers[i].value);
    return code;
}

static CURLcode set_up(struct wb_http_transfer *transfer, const struct wb_http_request *request)
{
    const struct wb_curl_library *library = &transfer->http->library;
    CURL *curl = transfer->curl;
    const bool is_https = wb_text_starts_with(request->url, "https://");
    const struct {
        CURLoption option;
        const void *value;
    } pointers[] = {
        {CURLOPT_URL, request->url},
        {CURLOPT_PROTOCOLS_STR, is_https ? "https" : "http,https"},
        /* What was asked for safely is not fetched otherwise. */
        {CURLOPT_REDIR_PROTOCOLS_STR, is_https ? "https" : "http,https"},
        {CURLOPT_HTTPHEADER, transfer->headers},
        {CURLOPT_WRITEDATA, transfer},
        {CURLOPT_HEADERDATA, transfer},
        {CURLOPT_ERRORBUFFER, transfer->reason},
        {CURLOPT_USERAGENT, "waybill"},
    };
    CURLcode code = set_numbers(transfer, request);
    if (code == CURLE_OK && transfer->http->settings.direct)
        code = library->setopt(curl, CURLOPT_PROXY, "");
    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0] && code == CURLE_OK; i++)
        code = library->setopt(curl, pointers[i].option, pointers[i].value);
    if (code == CURLE_OK)
        code = library->setopt(curl, CURLOPT_WRITEFUNCTION, receive_body);
    if (code == CURLE_OK)
        code = library->setopt(curl, CURLOPT_HEADERFUNCTION, receive_header);
    if (code == CURLE_OK && strcmp(request->method, "GET") != 0 &&
        strcmp(request->method, "HEAD") != 0)
        code = library->setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    if (code == CURLE_OK && request->body != NULL &&
        (code = library->setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                                (curl_off_t)request->body->size)) == CURLE_OK)
        code = library->setopt(curl, CURLOPT_POSTFIELDS,
                               request->body->size == 0 ? (const void *)"" : request->body->data);
    if (code == CURLE_OK && request->from > 0) {
        WB_AUTO_STRING range = wb_string_format("%llu-", (unsigned long long)request->from);
        code = library->setopt(curl, CURLOPT_RANGE, range);
    }
    return code == CURLE_OK ? set_tls(transfer) : code;
}

/* Goes on until something new is there. */
static CURLcode advance(struct wb_http_transfer *transfer)
{
    const struct wb_curl_library *library = &transfer->http->library;
    int running = 0, left = 0;
    if (library->multi_perform(transfer->multi, &running) != CURLM_OK)
        return CURLE_FAILED_INIT;
    const CURLMsg *message;
    while ((message = library->multi_info_read(transfer->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE) {
            transfer->done = transfer->headers_end = true;
            transfer->result = message->data.result;
        }
    if (!transfer->done && transfer->waiting.size == transfer->taken &&
        library->multi_poll(transfer->multi, NULL, 0, 1000, NULL) != CURLM_OK)
        return CURLE_FAILED_INIT;
    return CURLE_OK;
}

static bool fail(const struct wb_http_transfer *transfer, CURLcode code, struct wb_error *err)
{
    return wb_error_set(err, WB_SYSTEM, "%s",
                        transfer->reason[0] != '\0' ? transfer->reason
                                                    : transfer->http->library.strerror(code));
}

/* What is so now is so a second later, and silence was waited for long enough. */
static bool may_pass(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    default:
        return false;
    }
}

static bool wait_for_headers(struct wb_http_transfer *transfer, struct wb_http_failure *failure,
                             struct wb_error *err)
{
    CURLcode code = CURLE_OK;
    while (code == CURLE_OK && !transfer->headers_end)
        code = advance(transfer);
    if (code == CURLE_OK && transfer->done)
        code = transfer->result;
    failure->refused_tls = code == CURLE_SSL_CONNECT_ERROR || code == CURLE_COULDNT_CONNECT;
    failure->may_pass = may_pass(code);
    return code == CURLE_OK || fail(transfer, code, err);
}

static void take_answer(struct wb_http_transfer *transfer, const struct wb_http_request *request,
                        struct wb_http_answer *answer)
{
    const struct wb_curl_library *library = &transfer->http->library;
    const char *url = NULL;
    curl_off_t size = -1;
    library->getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    library->getinfo(transfer->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    library->getinfo(transfer->curl, CURLINFO_EFFECTIVE_URL, &url);
    answer->size = size;
    answer->is_from_elsewhere = url == NULL || !wb_http_same_origin(url, request->url);
    transfer->answer = NULL;
}

bool wb_http_send(struct wb_http *http, const struct wb_http_request *request,
                  struct wb_http_answer *answer, struct wb_http_failure *failure,
                  struct wb_error *err)
{
    struct wb_http_transfer *transfer = take_transfer(http);
    *answer = (struct wb_http_answer){.size = -1, .transfer = transfer};
    transfer->answer = answer;
    add_header(transfer, "Authorization", request->authorization);
    add_header(transfer, "Accept", request->accept);
    if (request->body != NULL) {
        add_header(transfer, "Content-Type",
                   request->content_type == NULL ? "application/octet-stream"
                                                 : request->content_type);
        add_header(transfer, "Expect", "");
    }
    CURLcode code = set_up(transfer, request);
    *failure = (struct wb_http_failure){0};
    bool good = code == CURLE_OK || fail(transfer, code, err);
    if (good && http->library.multi_add_handle(transfer->multi, transfer->curl) != CURLM_OK)
        good = fail(transfer, CURLE_FAILED_INIT, err);
    if (good && wait_for_headers(transfer, failure, err)) {
        take_answer(transfer, request, answer);
        return true;
    }
    wb_http_answer_clear(answer);
    return false;
}

/* ---- reading ---- */

ssize_t wb_http_read(struct wb_http_answer *answer, void *data, size_t size, struct wb_error *err)
{
    struct wb_http_transfer *transfer = answer->transfer;
    while (transfer->taken == transfer->waiting.size && !transfer->done) {
        transfer->taken = transfer->waiting.size = 0;
        if (transfer->paused) {
            transfer->paused = false;
            transfer->http->library.pause(transfer->curl, CURLPAUSE_CONT);
        }
        CURLcode code = advance(transfer);
        if (code != CURLE_OK) {
            fail(transfer, code, err);
            return -1;
        }
    }
    size_t there = transfer->waiting.size - transfer->taken;
    if (there == 0 && transfer->result != CURLE_OK) {
        fail(transfer, transfer->result, err);
        return -1;
    }
    if (size > there)
        size = there;
    if (size > 0)
        memcpy(data, transfer->waiting.data + transfer->taken, size);
    transfer->taken += size;
    return (ssize_t)size;
}

bool wb_http_read_all(struct wb_http_answer *answer, size_t limit, struct wb_buffer *content,
                      struct wb_error *err)
{
    uint8_t part[16384];
    content->size = 0;
    for (;;) {
        ssize_t size = wb_http_read(answer, part, sizeof part, err);
        if (size <= 0)
            return size == 0;
        if ((size_t)size > limit - content->size)
            return wb_error_set(err, WB_BAD_INPUT, "the answer has more than %zu bytes", limit);
        wb_buffer_append(content, part, (size_t)size);
    }
}

void wb_http_answer_clear(struct wb_http_answer *answer)
{
    if (answer->transfer != NULL)
        return_transfer(answer->transfer);
    wb_http_headers_clear(answer);
    *answer = (struct wb_http_answer){.size = -1};
}
