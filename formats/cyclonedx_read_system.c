/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: the operating system read from its component. */
#include "formats/cyclonedx.h"

#include <string.h>

#define PATH "/components/*"

/* A fact that a property may have told already. */
static void take(struct wb_cyclonedx_reading *reading, const json_t *component, const char *key,
                 const char **fact)
{
    const char *stated = wb_cyclonedx_text(reading, component, key);
    if (*fact == NULL)
        *fact = stated;
    else if (stated != NULL && strcmp(stated, *fact) != 0)
        wb_cyclonedx_lose(reading, PATH, key, NULL);
}

static void read_link(struct wb_cyclonedx_reading *reading, const json_t *reference)
{
    struct wb_distribution *distribution = &reading->bom->distribution;
    const struct {
        const char *type;
        const char **fact;
    } links[] = {{"website", &distribution->home_url},
                 {"support", &distribution->support_url},
                 {"issue-tracker", &distribution->bug_report_url}};
    const char *type = wb_json_string_of(reference, "type");
    const char *url = wb_cyclonedx_text(reading, reference, "url");
    for (size_t i = 0; type != NULL && url != NULL && i < sizeof links / sizeof links[0]; i++) {
        if (strcmp(links[i].type, type) != 0)
            continue;
        if (*links[i].fact == NULL)
            *links[i].fact = url;
        if (strcmp(*links[i].fact, url) == 0)
            return;
    }
    wb_bom_add_loss(reading->bom, PATH "/externalReferences/*");
}

static void read_supplier(struct wb_cyclonedx_reading *reading, const json_t *component)
{
    const json_t *object = wb_json_object_of(component, "supplier");
    if (object == NULL)
        return;
    struct wb_party party = wb_cyclonedx_read_party(reading, PATH "/supplier", object);
    struct wb_actor known = wb_distribution_supplier(reading->arena, &reading->bom->distribution);
    if (party.name != NULL && (known.name == NULL || strcmp(known.name, party.name) != 0))
        wb_cyclonedx_lose(reading, PATH, "supplier", NULL);
}

void wb_cyclonedx_read_system(struct wb_cyclonedx_reading *reading, const json_t *component)
{
    static const char *const kept[] = {
        "type",       "bom-ref",     "supplier", "name",
        "version",    "description", "cpe",      "externalReferences",
        "properties", "components",  NULL};
    struct wb_distribution *distribution = &reading->bom->distribution;
    size_t i;
    const json_t *one;
    reading->has_system = true;
    json_array_foreach(wb_json_array_of(component, "properties"), i, one)
    {
        const char *name = wb_json_string_of(one, "name");
        const char *value = wb_json_string_of(one, "value");
        if (name == NULL || value == NULL || wb_cyclonedx_says_nothing(name, value) ||
            !wb_document_property_read(reading->bom, name, value))
            wb_bom_add_loss(reading->bom, PATH "/properties/*");
    }
    wb_cyclonedx_name(reading, component, WB_CYCLONEDX_TARGET_SYSTEM, NULL);
    wb_cyclonedx_lose_others(reading, PATH, component, kept);
    if (distribution->id != NULL || distribution->name == NULL)
        take(reading, component, "name", &distribution->id);
    take(reading, component, "version", &distribution->version_id);
    take(reading, component, "description", &distribution->pretty_name);
    take(reading, component, "cpe", &distribution->cpe_name);
    json_array_foreach(wb_json_array_of(component, "externalReferences"), i, one)
    {
        read_link(reading, one);
    }
    read_supplier(reading, component);
}
