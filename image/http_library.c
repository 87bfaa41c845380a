/* SPDX-License-Identifier: Apache-2.0 */
/* Loads libcurl. */
#include "image/http_private.h"

#include <fcntl.h>
#include <stddef.h>

/* WAYBILL_LIBCURL is the name of the library whose headers this was compiled with. */

#define AUTHORITIES_SIZE_MAX ((size_t)4 << 20)

bool wb_curl_load(struct wb_curl_library *library, struct wb_error *err)
{
    static const struct wb_library_function functions[] = {
        {"curl_global_init", offsetof(struct wb_curl_library, global_init)},
        {"curl_easy_init", offsetof(struct wb_curl_library, init)},
        {"curl_easy_setopt", offsetof(struct wb_curl_library, setopt)},
        {"curl_easy_getinfo", offsetof(struct wb_curl_library, getinfo)},
        {"curl_easy_pause", offsetof(struct wb_curl_library, pause)},
        {"curl_easy_reset", offsetof(struct wb_curl_library, reset)},
        {"curl_easy_cleanup", offsetof(struct wb_curl_library, cleanup)},
        {"curl_easy_strerror", offsetof(struct wb_curl_library, strerror)},
        {"curl_slist_append", offsetof(struct wb_curl_library, slist_append)},
        {"curl_slist_free_all", offsetof(struct wb_curl_library, slist_free_all)},
        {"curl_multi_init", offsetof(struct wb_curl_library, multi_init)},
        {"curl_multi_add_handle", offsetof(struct wb_curl_library, multi_add_handle)},
        {"curl_multi_remove_handle", offsetof(struct wb_curl_library, multi_remove_handle)},
        {"curl_multi_perform", offsetof(struct wb_curl_library, multi_perform)},
        {"curl_multi_poll", offsetof(struct wb_curl_library, multi_poll)},
        {"curl_multi_info_read", offsetof(struct wb_curl_library, multi_info_read)},
        {"curl_multi_cleanup", offsetof(struct wb_curl_library, multi_cleanup)},
    };
    return wb_library_load(WAYBILL_LIBCURL, functions, sizeof functions / sizeof functions[0],
                           library, err) ||
           wb_error_context(err, "docker:// needs libcurl");
}

/* What is told to libcurl takes the place of its file of authorities, though not of its folder. */
char *wb_curl_authorities(const struct wb_curl_library *library, const char *certificates)
{
    struct wb_buffer all = {0};
    const char *file = NULL, *folder = NULL;
    CURL *curl = library->init();
    if (curl != NULL && library->getinfo(curl, CURLINFO_CAPATH, &folder) == CURLE_OK &&
        folder == NULL && library->getinfo(curl, CURLINFO_CAINFO, &file) == CURLE_OK &&
        file != NULL && !wb_file_read(AT_FDCWD, file, AUTHORITIES_SIZE_MAX, &all, NULL))
        all.size = 0;
    if (curl != NULL)
        library->cleanup(curl);
    wb_buffer_append_text(&all, "\n");
    wb_buffer_append_text(&all, certificates);
    return wb_buffer_steal_text(&all);
}
