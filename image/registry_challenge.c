/* SPDX-License-Identifier: Apache-2.0 */
/* WWW-Authenticate (RFC 9110 §11.6.1), and where it says that a token is to be had (the token
 * specification of the distribution project). */
#include "image/registry_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKEN_CHARACTERS                                                                           \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"

void wb_challenge_clear(struct wb_challenge *challenge)
{
    free(challenge->realm);
    free(challenge->service);
    free(challenge->scope);
    *challenge = (struct wb_challenge){0};
}

static const char *skip(const char *text, const char *characters)
{
    return text + strspn(text, characters);
}

/* A token or a quoted string; NULL for neither. */
static const char *read_value(const char *text, struct wb_buffer *value)
{
    if (*text != '"') {
        size_t size = strspn(text, TOKEN_CHARACTERS);
        wb_buffer_append(value, text, size);
        return size == 0 ? NULL : text + size;
    }
    for (text++; *text != '"'; text++) {
        if (*text == '\\')
            text++;
        if (*text == '\0')
            return NULL;
        wb_buffer_append(value, text, 1);
    }
    return text + 1;
}

static void keep(char **place, const struct wb_buffer *value)
{
    free(*place);
    *place = wb_string_copy(value->size == 0 ? "" : (const char *)value->data);
}

static const char *read_parameter(const char *text, struct wb_challenge *challenge)
{
    size_t size = strspn(text, TOKEN_CHARACTERS);
    const char *name = text;
    text = skip(text + size, " \t");
    if (size == 0 || *text != '=')
        return NULL;
    WB_AUTO_VALUE(wb_buffer) value = {0};
    text = read_value(skip(text + 1, " \t"), &value);
    if (text == NULL)
        return NULL;
    if (size == 5 && strncasecmp(name, "realm", size) == 0)
        keep(&challenge->realm, &value);
    else if (size == 7 && strncasecmp(name, "service", size) == 0)
        keep(&challenge->service, &value);
    else if (size == 5 && strncasecmp(name, "scope", size) == 0)
        keep(&challenge->scope, &value);
    return text;
}

bool wb_challenge_parse(const char *text, struct wb_challenge *challenge)
{
    *challenge = (struct wb_challenge){0};
    text = skip(text, " \t");
    size_t size = strspn(text, TOKEN_CHARACTERS);
    challenge->is_basic = size == 5 && strncasecmp(text, "basic", size) == 0;
    challenge->is_bearer = size == 6 && strncasecmp(text, "bearer", size) == 0;
    text = skip(text + size, " \t");
    /* What stands behind something unknown may be a further challenge. */
    while (text != NULL && *text != '\0') {
        text = read_parameter(text, challenge);
        if (text != NULL)
            text = skip(text, " \t,");
    }
    bool good = challenge->is_basic || (challenge->is_bearer && challenge->realm != NULL);
    if (!good)
        wb_challenge_clear(challenge);
    return good;
}

void wb_url_append_escaped(struct wb_buffer *url, const char *text)
{
    for (; *text != '\0'; text++)
        if (strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/,"))
            wb_buffer_append(url, text, 1);
        else
            wb_buffer_append_format(url, "%%%02X", (unsigned)(unsigned char)*text);
}

char *wb_challenge_url(const struct wb_challenge *challenge, const char *scope)
{
    struct wb_buffer url = {0};
    wb_buffer_append_text(&url, challenge->realm);
    char separator = strchr(challenge->realm, '?') == NULL ? '?' : '&';
    if (challenge->service != NULL) {
        wb_buffer_append_format(&url, "%cservice=", separator);
        wb_url_append_escaped(&url, challenge->service);
        separator = '&';
    }
    wb_buffer_append_format(&url, "%cscope=", separator);
    wb_url_append_escaped(&url, scope);
    return wb_buffer_steal_text(&url);
}
