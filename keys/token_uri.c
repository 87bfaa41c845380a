/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs11: URIs (RFC 7512): takes the PIN and the module out, so that the rest can be shown. */
#include "keys/token_private.h"

#include <stdlib.h>
#include <string.h>

#define URI_SIZE_MAX 4096

static const char scheme[] = "pkcs11:";

void wb_token_uri_clear(struct wb_token_uri *uri)
{
    free(uri->uri);
    free(uri->module_path);
    wb_secret_clear(&uri->pin);
    *uri = (struct wb_token_uri){0};
}

/* RFC 3986 §2.1. NUL would end the text early, so it is refused. */
static bool decode_percent(const char *text, size_t size, struct wb_secret *decoded)
{
    wb_secret_reserve(decoded, size);
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte == '%') {
            char digits[3] = {0};
            memcpy(digits, text + i + 1, size - i - 1 < 2 ? size - i - 1 : 2);
            if (!wb_hex_parse(digits, &byte, 1) || byte == 0)
                return false;
            i += 2;
        }
        decoded->data[used++] = byte;
    }
    decoded->data[used] = '\0';
    decoded->size = used;
    return true;
}

static bool read_pin_file(const char *path, struct wb_secret *pin, struct wb_error *err)
{
    if (wb_text_starts_with(path, "file:"))
        path += strlen("file:");
    if (path[0] == '/' && path[1] == '/' && path[2] == '/')
        path += 2;
    if (path[0] == '|')
        return wb_error_set(err, WB_USAGE, "pin-source: commands are not run, give a file");
    if (!wb_secret_read_file(path, WB_PIN_SIZE_MAX, pin, err))
        return wb_error_context(err, "pin-source");
    while (pin->size > 0 && (pin->data[pin->size - 1] == '\n' || pin->data[pin->size - 1] == '\r'))
        pin->data[--pin->size] = '\0';
    return true;
}

/* Uses up an attribute that is ours; *taken says so. */
static bool take(struct wb_token_uri *uri, const char *text, size_t size, bool *taken,
                 struct wb_error *err)
{
    static const char *const names[] = {
        "pin-value=", "pin-source=", "module-path=", "module-name="};
    size_t which = 0;
    while (which < 4 &&
           (size < strlen(names[which]) || strncmp(text, names[which], strlen(names[which])) != 0))
        which++;
    *taken = which < 4;
    if (!*taken)
        return true;
    if (which == 3)
        return wb_error_set(err, WB_USAGE,
                            "pkcs11: URI: module-name is not known, use module-path");
    WB_AUTO_VALUE(wb_secret) value = {0};
    if (!decode_percent(text + strlen(names[which]), size - strlen(names[which]), &value))
        return wb_error_set(err, WB_USAGE, "pkcs11: URI: malformed %.*s",
                            (int)strlen(names[which]) - 1, names[which]);
    if (which == 0)
        wb_secret_set(&uri->pin, value.data, value.size);
    if (which == 1)
        return read_pin_file((const char *)value.data, &uri->pin, err);
    if (which == 2) {
        free(uri->module_path);
        uri->module_path = wb_string_copy((const char *)value.data);
    }
    return true;
}

bool wb_token_uri_parse(const char *text, struct wb_token_uri *uri, struct wb_error *err)
{
    *uri = (struct wb_token_uri){0};
    if (!wb_text_starts_with(text, scheme) || strlen(text) > URI_SIZE_MAX)
        return wb_error_set(err, WB_USAGE, "not a pkcs11: URI");
    struct wb_buffer kept = {0};
    wb_buffer_append_text(&kept, scheme);
    const char *at = text + strlen(scheme);
    bool in_query = false, first = true, good = true;
    while (good && *at != '\0') {
        size_t size = strcspn(at, in_query ? "&" : ";?");
        bool taken;
        good = take(uri, at, size, &taken, err);
        if (good && !taken && size > 0) {
            wb_buffer_append_text(&kept, first ? "" : in_query ? "&" : ";");
            wb_buffer_append(&kept, at, size);
            first = false;
        }
        at += size;
        if (*at == '?' && !in_query)
            in_query = true;
        at += *at != '\0';
    }
    uri->uri = wb_buffer_steal_text(&kept);
    /* A query that is not ours would be glued to the path; nobody has defined one. */
    return good && (strchr(uri->uri, '&') == NULL ||
                    wb_error_set(err, WB_USAGE, "pkcs11: URI: unknown attribute in its query"));
}
