/* SPDX-License-Identifier: Apache-2.0 */
/* librpm, loaded when the first header is read: it and what it needs would take half of the time in
 * which Waybill starts, and most commands read no headers. This file alone knows its functions. */
#include "sbom/rpm_private.h"

#include <rpm/rpmlog.h>
#include <stddef.h>

/* WAYBILL_LIBRPM is the name of the library whose headers this was compiled with. */

static bool load(struct wb_rpm_library *library, struct wb_error *err)
{
    static const struct wb_library_function functions[] = {
        {"headerNew", offsetof(struct wb_rpm_library, header_new)},
        {"headerPut", offsetof(struct wb_rpm_library, header_put)},
        {"headerImport", offsetof(struct wb_rpm_library, header_import)},
        {"headerFree", offsetof(struct wb_rpm_library, header_free)},
        {"headerGet", offsetof(struct wb_rpm_library, header_get)},
        {"headerSizeof", offsetof(struct wb_rpm_library, header_sizeof)},
        {"rpmtdFreeData", offsetof(struct wb_rpm_library, free_data)},
        {"rpmlogSetCallback", offsetof(struct wb_rpm_library, set_log_callback)},
    };
    return wb_library_load(WAYBILL_LIBRPM, functions, sizeof functions / sizeof functions[0],
                           library, err) ||
           wb_error_context(err, "rpm databases are read with librpm");
}

/* Messages of librpm's are not for the user: what is wrong with a header we say ourselves. */
static int drop_message(rpmlogRec record, rpmlogCallbackData data)
{
    (void)record;
    (void)data;
    return 0;
}

bool wb_rpm_header_import(struct wb_bytes bytes, struct wb_rpm_header *header, struct wb_error *err)
{
    /* Loaded again for each header, which costs a few microseconds from the second on, and never
     * unloaded: librpm has state of its own. */
    *header = (struct wb_rpm_header){0};
    if (!load(&header->library, err))
        return false;
    header->library.set_log_callback(drop_message, NULL);
    /* COPY: the bytes themselves stay as they are. */
    header->header = header->library.header_import((void *)(uintptr_t)bytes.data,
                                                   (unsigned)bytes.size, HEADERIMPORT_COPY);
    return header->header != NULL || wb_error_set(err, WB_BAD_INPUT, "librpm refuses the header");
}

bool wb_rpm_header_make(struct wb_rpm_header *header, struct wb_error *err)
{
    *header = (struct wb_rpm_header){0};
    if (!load(&header->library, err))
        return false;
    header->library.set_log_callback(drop_message, NULL);
    header->header = header->library.header_new();
    return true;
}

bool wb_rpm_header_put(const struct wb_rpm_header *header, rpmTagVal tag, rpmTagType type,
                       const void *data, unsigned count)
{
    struct rpmtd_s values = {
        .tag = tag, .type = type, .count = count, .data = (void *)(uintptr_t)data};
    return header->library.header_put(header->header, &values, HEADERPUT_DEFAULT) == 1;
}

void wb_rpm_header_clear(struct wb_rpm_header *header)
{
    if (header->header != NULL)
        header->library.header_free(header->header);
    *header = (struct wb_rpm_header){0};
}

size_t wb_rpm_header_size(const struct wb_rpm_header *header)
{
    return header->library.header_sizeof(header->header, HEADER_MAGIC_NO);
}

bool wb_rpm_header_get(const struct wb_rpm_header *header, rpmTagVal tag,
                       struct wb_rpm_values *values)
{
    *values = (struct wb_rpm_values){.free_data = header->library.free_data};
    /* RAW: otherwise the environment's language would choose among translations. */
    if (!header->library.header_get(header->header, tag, &values->data,
                                    HEADERGET_MINMEM | HEADERGET_RAW))
        return false;
    values->count = values->data.count;
    return true;
}

void wb_rpm_values_clear(struct wb_rpm_values *values)
{
    if (values->free_data != NULL)
        values->free_data(&values->data);
    *values = (struct wb_rpm_values){0};
}
