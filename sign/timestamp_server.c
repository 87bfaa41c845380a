/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a timestamp authority over HTTP (RFC 3161 §3.4): the one thing in sign/ that needs a
 * network, and only when the user names a server. */
#include "sign/sign.h"

#include <curl/curl.h>
#include <string.h>

#define RESPONSE_SIZE_MAX ((size_t)1 << 20)
#define TIMEOUT_SECONDS 30L

static size_t receive(char *data, size_t size, size_t count, void *context)
{
    struct wb_buffer *response = context;
    if (size * count > RESPONSE_SIZE_MAX - response->size)
        return 0;
    wb_buffer_append(response, data, size * count);
    return size * count;
}

static CURLcode set_up(CURL *curl, const char *url, struct curl_slist *headers,
                       const struct wb_buffer *request, struct wb_buffer *response, char *reason)
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
        code = curl_easy_setopt(curl, pointers[i].option, pointers[i].value);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->size);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_SECONDS);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    return code;
}

bool wb_timestamp_ask_server(void *context, struct wb_bytes signature, struct wb_buffer *response,
                             struct wb_error *err)
{
    const char *url = context;
    WB_AUTO_VALUE(wb_buffer) request = {0};
    if (!wb_timestamp_request(signature, &request, err))
        return false;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers =
        curl_slist_append(NULL, "Content-Type: application/timestamp-query");
    char reason[CURL_ERROR_SIZE] = "";
    CURLcode code = curl == NULL || headers == NULL
                        ? CURLE_OUT_OF_MEMORY
                        : set_up(curl, url, headers, &request, response, reason);
    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return code == CURLE_OK || wb_error_set(err, WB_SYSTEM, "timestamp server %s: %s", url,
                                            reason[0] == '\0' ? curl_easy_strerror(code) : reason);
}
