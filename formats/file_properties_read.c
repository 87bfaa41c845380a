/* SPDX-License-Identifier: Apache-2.0 */
/* What package_properties.c writes of files, read back. */
#include "formats/formats_private.h"

#include <stdlib.h>
#include <string.h>

static bool read_status(struct wb_file *file, const char *value)
{
    if (strcmp(value, "removed") == 0) {
        if (file->span.deleted < 0)
            file->span.deleted = 0;
        return true;
    }
    for (int status = WB_FILE_UNOWNED; status <= WB_FILE_MISSING; status++)
        if (strcmp(value, wb_file_status_name((enum wb_file_status)status)) == 0) {
            file->status = (enum wb_file_status)status;
            return true;
        }
    return false;
}

static bool read_mode(struct wb_file *file, const char *value)
{
    uint32_t mode = 0;
    if (*value == '\0' || strlen(value) > 6)
        return false;
    for (; *value != '\0'; value++) {
        if (*value < '0' || *value > '7')
            return false;
        mode = mode << 3 | (uint32_t)(*value - '0');
    }
    file->mode = mode & 07777;
    return mode <= 07777;
}

static bool read_flags(struct wb_file *file, const char *value)
{
    static const char *const names[] = {"config",     "ghost",         "doc",     "licence",
                                        "missing-ok", "not-installed", "obsolete"};
    while (*value != '\0') {
        size_t size = strcspn(value, " ");
        size_t i = 0;
        while (i < sizeof names / sizeof names[0] &&
               (strlen(names[i]) != size || memcmp(names[i], value, size) != 0))
            i++;
        if (i == sizeof names / sizeof names[0])
            return false;
        file->owned_flags |= 1U << i;
        value += size;
        value += *value == ' ' ? 1 : 0;
    }
    return true;
}

static bool read_file_number(struct wb_file *file, const char *name, const char *value)
{
    bool is_size = strcmp(name, "size") == 0;
    uint64_t number;
    if (!wb_field_number_read(value, is_size ? INT64_MAX : UINT32_MAX, &number))
        return false;
    if (is_size)
        file->size = number;
    else if (strcmp(name, "uid") == 0)
        file->uid = (uint32_t)number;
    else if (strcmp(name, "gid") == 0)
        file->gid = (uint32_t)number;
    else
        return false;
    return true;
}

bool wb_file_property_read(struct wb_bom *bom, struct wb_file *file, const char *name,
                           const char *value)
{
    static const char facts[] = "waybill:file:", layers[] = "waybill:layer:";
    if (wb_text_starts_with(name, layers))
        return wb_layer_property_read(&file->span, name + strlen(layers), value);
    if (!wb_text_starts_with(name, facts))
        return false;
    name += strlen(facts);
    if (strcmp(name, "status") == 0)
        return read_status(file, value);
    if (strcmp(name, "mode") == 0)
        return read_mode(file, value);
    if (strcmp(name, "flags") == 0)
        return read_flags(file, value);
    if (strcmp(name, "expectedDigest") == 0)
        return wb_field_digest_read(value, &file->expected);
    if (strcmp(name, "capabilities") == 0) {
        file->capabilities = wb_arena_copy(bom->arena, value);
        return true;
    }
    return read_file_number(file, name, value);
}
