/* SPDX-License-Identifier: Apache-2.0 */
/* Looks ids up on the SPDX licence list. */
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <string.h>

struct list_entry {
    const char *id;
    const char *replacement; /* of a deprecated id; NULL */
};

#include "sbom/licence_list_data.inc"

static const struct list_entry *find(const struct list_entry *entries, size_t count, const char *id)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = wb_ascii_compare(id, entries[middle].id);

        if (order == 0) {
            return &entries[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

static const char *current_id(const struct list_entry *entry)
{
    if (entry == NULL) {
        return NULL;
    }
    return entry->replacement != NULL ? entry->replacement : entry->id;
}

const char *wb_licence_canonical(const char *id)
{
    return current_id(find(licences, sizeof licences / sizeof licences[0], id));
}

const char *wb_licence_exception_canonical(const char *id)
{
    return current_id(find(exceptions, sizeof exceptions / sizeof exceptions[0], id));
}

bool wb_licence_id_listed(const char *id)
{
    const struct list_entry *entry = find(licences, sizeof licences / sizeof licences[0], id);

    if (entry == NULL) {
        entry = find(exceptions, sizeof exceptions / sizeof exceptions[0], id);
    }
    return entry != NULL && strcmp(entry->id, id) == 0;
}
