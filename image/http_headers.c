/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of the headers of an answer (RFC 9110 §5), and where the URLs in them lead. */
#include "image/registry_private.h"

#include <string.h>
#include <strings.h>

struct origin {
    const char *text; /* `https://host`, without the port that the scheme has anyway */
    size_t size;
};

static struct origin origin_of(const char *url)
{
    const char *scheme = strstr(url, "://");
    if (scheme == NULL)
        return (struct origin){0};
    const char *usual = strncasecmp(url, "https", 5) == 0 ? ":443" : ":80";
    size_t size = (size_t)(scheme - url) + 3 + strcspn(scheme + 3, "/?#");
    size_t port = strlen(usual);
    bool says_it = size > port && memcmp(url + size - port, usual, port) == 0;
    return (struct origin){url, says_it ? size - port : size};
}

bool wb_http_same_origin(const char *left, const char *right)
{
    struct origin a = origin_of(left), b = origin_of(right);
    return a.size > 0 && a.size == b.size && strncasecmp(a.text, b.text, a.size) == 0;
}

static void keep_value(const char *line, size_t size, const char *name, struct wb_buffer *value)
{
    size_t name_size = strlen(name);
    if (size <= name_size || strncasecmp(line, name, name_size) != 0 || line[name_size] != ':')
        return;
    const char *start = line + name_size + 1, *end = line + size;
    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    while (end > start && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
        end--;
    if (memchr(start, '\0', (size_t)(end - start)) != NULL)
        return;
    value->size = 0;
    wb_buffer_append(value, start, (size_t)(end - start));
}

void wb_http_headers_clear(struct wb_http_answer *answer)
{
    wb_buffer_clear(&answer->type);
    wb_buffer_clear(&answer->challenge);
    wb_buffer_clear(&answer->location);
    wb_buffer_clear(&answer->link);
    wb_buffer_clear(&answer->retry_after);
}

/* A registry may offer several ways; Bearer is the one that leads further. */
static void keep_challenge(const char *line, size_t size, struct wb_http_answer *answer)
{
    WB_AUTO_VALUE(wb_buffer) challenge = {0};
    keep_value(line, size, "www-authenticate", &challenge);
    if (challenge.size == 0)
        return;
    if (answer->challenge.size > 0 && strncasecmp((const char *)challenge.data, "bearer", 6) != 0)
        return;
    answer->challenge.size = 0;
    wb_buffer_append(&answer->challenge, challenge.data, challenge.size);
}

void wb_http_header_take(struct wb_http_answer *answer, const char *line, size_t size)
{
    /* Those of a redirect are not those of what it leads to. */
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0)
        wb_http_headers_clear(answer);
    keep_value(line, size, "content-type", &answer->type);
    keep_value(line, size, "location", &answer->location);
    keep_value(line, size, "link", &answer->link);
    keep_value(line, size, "retry-after", &answer->retry_after);
    keep_challenge(line, size, answer);
}
