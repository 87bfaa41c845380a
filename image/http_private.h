/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of libcurl that http.c needs (http_library.c): loaded when a registry is asked, so
 * that the program starts without them. */
#ifndef WAYBILL_HTTP_PRIVATE_H
#define WAYBILL_HTTP_PRIVATE_H

#include "base/base.h"

#include <curl/curl.h>

struct wb_curl_library {
    CURLcode (*global_init)(long flags);
    CURL *(*init)(void);
    CURLcode (*setopt)(CURL *curl, CURLoption option, ...);
    CURLcode (*getinfo)(CURL *curl, CURLINFO info, ...);
    CURLcode (*pause)(CURL *curl, int mask);
    void (*reset)(CURL *curl);
    void (*cleanup)(CURL *curl);
    const char *(*strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *curl);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *curl);
    CURLMcode (*multi_perform)(CURLM *multi, int *running);
    CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd *more, unsigned count,
                            int milliseconds, int *ready);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
    CURLMcode (*multi_cleanup)(CURLM *multi);
};
bool wb_curl_load(struct wb_curl_library *library, struct wb_error *err) WB_MUST_CHECK;
/* These certificates (PEM) with those that libcurl would trust without them; free(). */
char *wb_curl_authorities(const struct wb_curl_library *library, const char *certificates);

#endif
