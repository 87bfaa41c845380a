/* SPDX-License-Identifier: Apache-2.0 */
/* What a registry answers and a login left: challenges, auth files, and names of repositories. */
#include "image/registry_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_challenge(const char *text)
{
    struct wb_challenge challenge;
    if (!wb_challenge_parse(text, &challenge))
        return;
    if (challenge.is_bearer) {
        WB_AUTO_STRING url = wb_challenge_url(&challenge, "repository:a:pull");
        if (strncmp(url, challenge.realm, strlen(challenge.realm)) != 0)
            abort();
    }
    wb_challenge_clear(&challenge);
}

static void try_credentials(const char *text)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_credentials credentials = {0};
    const struct wb_bytes json = {(const uint8_t *)text, strlen(text)};
    if (wb_credentials_read(json, "f", "reg.example/a/b", &credentials, &err) &&
        (credentials.user == NULL) != (credentials.password == NULL))
        abort();
    wb_credentials_clear(&credentials);
}

static void try_headers(const char *text, size_t size)
{
    struct wb_http_answer answer = {.size = -1};
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end == NULL ? size - at : (size_t)(end - text) - at + 1;
        wb_http_header_take(&answer, text + at, length);
        at += length;
    }
    if (answer.challenge.size > 0)
        try_challenge((const char *)answer.challenge.data);
    wb_http_headers_clear(&answer);
}

/* Names become URLs as they are. */
static void try_reference(const char *text)
{
    WB_AUTO_STRING whole = wb_string_format("docker://%s", text);
    struct wb_error err = WB_ERROR_INIT;
    struct wb_reference reference;
    if (!wb_reference_parse(whole, &reference, &err))
        return;
    if (strpbrk(reference.path, "?#%@\\ \t\r\n") != NULL || strstr(reference.path, "//") != NULL ||
        strstr(reference.path, "/.") != NULL || strchr(reference.path, '/') == NULL)
        abort();
    wb_reference_clear(&reference);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const char *text = wb_arena_copy_bytes(arena, data + 1, size - 1);
    if (data[0] == 'c')
        try_challenge(text);
    else if (data[0] == 'a')
        try_credentials(text);
    else if (data[0] == 'h')
        try_headers(text, size - 1);
    else
        try_reference(text);
    return 0;
}
