/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a header's tags, each checked to be of the type that its reader counts on. */
#include "sbom/licence.h"
#include "sbom/rpm_private.h"

#include <string.h>

/* `types` has one bit for each type that will do. */
static bool get(const struct wb_rpm_header *header, rpmTagVal tag, unsigned types,
                struct wb_rpm_values *values, struct wb_error *err)
{
    if (!wb_rpm_header_get(header, tag, values))
        return true;
    unsigned type = (unsigned)values->data.type;
    if (type > RPM_MAX_TYPE || (types & 1U << type) == 0) {
        wb_rpm_values_clear(values);
        return wb_error_set(err, WB_BAD_INPUT, "tag %d is of type %u", tag, type);
    }
    return true;
}

bool wb_rpm_texts(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_rpm_values *values,
                  struct wb_error *err)
{
    return get(header, tag,
               1U << RPM_STRING_TYPE | 1U << RPM_STRING_ARRAY_TYPE | 1U << RPM_I18NSTRING_TYPE,
               values, err);
}

bool wb_rpm_numbers(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_rpm_values *values,
                    struct wb_error *err)
{
    return get(header, tag,
               1U << RPM_CHAR_TYPE | 1U << RPM_INT8_TYPE | 1U << RPM_INT16_TYPE |
                   1U << RPM_INT32_TYPE | 1U << RPM_INT64_TYPE,
               values, err);
}

bool wb_rpm_binary(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_rpm_values *values,
                   struct wb_error *err)
{
    return get(header, tag, 1U << RPM_BIN_TYPE, values, err);
}

const char *wb_rpm_text_at(const struct wb_rpm_values *values, size_t index)
{
    /* librpm gives a lone string without an array around it. */
    if (values->data.type == RPM_STRING_TYPE)
        return values->data.data;
    return ((const char *const *)values->data.data)[index];
}

uint64_t wb_rpm_number_at(const struct wb_rpm_values *values, size_t index)
{
    const void *data = values->data.data;
    switch (values->data.type) {
    case RPM_INT16_TYPE:
        return ((const uint16_t *)data)[index];
    case RPM_INT32_TYPE:
        return ((const uint32_t *)data)[index];
    case RPM_INT64_TYPE:
        return ((const uint64_t *)data)[index];
    default:
        return ((const uint8_t *)data)[index];
    }
}

bool wb_rpm_text(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_arena *arena,
                 const char **text, struct wb_error *err)
{
    *text = NULL;
    WB_AUTO_VALUE(wb_rpm_values) values = {0};
    if (!wb_rpm_texts(header, tag, &values, err))
        return false;
    const char *raw = values.count == 0 ? "" : wb_rpm_text_at(&values, 0);
    if (*raw != '\0')
        *text = wb_utf8_escape(arena, raw, strlen(raw));
    return true;
}

bool wb_rpm_lines(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_arena *arena,
                  const char **text, struct wb_error *err)
{
    *text = NULL;
    WB_AUTO_VALUE(wb_rpm_values) values = {0};
    if (!wb_rpm_texts(header, tag, &values, err))
        return false;
    const char *raw = values.count == 0 ? "" : wb_rpm_text_at(&values, 0);
    if (*raw != '\0')
        *text = wb_licence_clean_text(arena, raw, strlen(raw));
    return true;
}

bool wb_rpm_number(const struct wb_rpm_header *header, rpmTagVal tag, bool *present,
                   uint64_t *number, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_rpm_values) values = {0};
    if (!wb_rpm_numbers(header, tag, &values, err))
        return false;
    *present = values.count > 0;
    *number = *present ? wb_rpm_number_at(&values, 0) : 0;
    return true;
}
