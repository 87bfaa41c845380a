/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of Debian packages (deb-version(7)). */
#include "sbom/dpkg.h"

#include <string.h>

static const char *parse_epoch(struct wb_slice digits, int64_t *epoch)
{
    if (digits.size == 0)
        return "an empty epoch";
    *epoch = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return "an epoch that is no number";
        *epoch = *epoch * 10 + (digits.data[i] - '0');
        if (*epoch > INT32_MAX)
            return "an epoch that is too large";
    }
    return NULL;
}

const char *wb_dpkg_version_parse(struct wb_slice text, struct wb_dpkg_version *version)
{
    *version = (struct wb_dpkg_version){.epoch = -1, .version = wb_slice_trim(text)};
    struct wb_slice *rest = &version->version;
    for (size_t i = 0; i < rest->size; i++)
        if ((unsigned char)rest->data[i] <= ' ')
            return "blanks inside the version";
    const char *colon = rest->size == 0 ? NULL : memchr(rest->data, ':', rest->size);
    if (colon != NULL) {
        struct wb_slice digits = {rest->data, (size_t)(colon - rest->data)};
        const char *wrong = parse_epoch(digits, &version->epoch);
        if (wrong != NULL)
            return wrong;
        *rest = (struct wb_slice){colon + 1, rest->size - digits.size - 1};
    }
    const char *hyphen = rest->size == 0 ? NULL : memrchr(rest->data, '-', rest->size);
    if (hyphen != NULL) {
        size_t size = (size_t)(hyphen - rest->data);
        version->revision = (struct wb_slice){hyphen + 1, rest->size - size - 1};
        rest->size = size;
        if (version->revision.size == 0)
            return "an empty revision";
    }
    return rest->size == 0 ? "no version" : NULL;
}

const char *wb_dpkg_version_format(struct wb_arena *arena, const struct wb_dpkg_version *version)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    bool has_colon = memchr(version->version.data, ':', version->version.size) != NULL;
    if (version->epoch > 0 || has_colon)
        wb_buffer_append_format(&text, "%d:", version->epoch > 0 ? (int)version->epoch : 0);
    wb_buffer_append(&text, version->version.data, version->version.size);
    if (version->revision.data != NULL) {
        wb_buffer_append_text(&text, "-");
        wb_buffer_append(&text, version->revision.data, version->revision.size);
    }
    return wb_utf8_escape(arena, (const char *)text.data, text.size);
}
