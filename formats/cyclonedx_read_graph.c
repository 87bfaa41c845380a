/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: what bom-refs name, and the dependencies between it. */
#include "formats/cyclonedx.h"

#define uthash_malloc(size) wb_allocate(size)
#include <string.h>
#include <uthash.h>

struct wb_cyclonedx_target {
    const char *ref; /* of the tree */
    enum wb_cyclonedx_target_kind kind;
    struct wb_package *package;
    UT_hash_handle hh;
};

/* What a package needs before it is unpacked. */
struct wb_cyclonedx_edge {
    struct wb_package *ends[2];
    UT_hash_handle hh;
};

/* ---- names ---- */

static const struct wb_cyclonedx_target *find(const struct wb_cyclonedx_reading *reading,
                                              const char *ref)
{
    struct wb_cyclonedx_target *target;
    HASH_FIND_STR(reading->targets, ref, target);
    return target;
}

void wb_cyclonedx_name(struct wb_cyclonedx_reading *reading, const json_t *component,
                       enum wb_cyclonedx_target_kind kind, struct wb_package *package)
{
    const char *ref = wb_json_string_of(component, "bom-ref");
    if (ref == NULL || find(reading, ref) != NULL)
        return;
    struct wb_cyclonedx_target *target = wb_arena_allocate(reading->arena, sizeof *target);
    target->ref = ref;
    target->kind = kind;
    target->package = package;
    HASH_ADD_KEYPTR(hh, reading->targets, target->ref, (unsigned)strlen(target->ref), target);
}

void wb_cyclonedx_forget_names(struct wb_cyclonedx_reading *reading)
{
    HASH_CLEAR(hh, reading->targets);
    HASH_CLEAR(hh, reading->pre_depends);
}

static struct wb_package *package_named(const struct wb_cyclonedx_reading *reading, const char *ref)
{
    const struct wb_cyclonedx_target *target = ref == NULL ? NULL : find(reading, ref);
    return target == NULL ? NULL : target->package;
}

/* ---- edges ---- */

static struct wb_cyclonedx_edge *find_pre_depends(const struct wb_cyclonedx_reading *reading,
                                                  struct wb_package *from, struct wb_package *to)
{
    struct wb_package *ends[2] = {from, to};
    struct wb_cyclonedx_edge *edge;
    HASH_FIND(hh, reading->pre_depends, ends, sizeof ends, edge);
    return edge;
}

static void add_pre_depends(struct wb_cyclonedx_reading *reading, struct wb_package *from,
                            struct wb_package *to)
{
    if (find_pre_depends(reading, from, to) != NULL)
        return;
    struct wb_cyclonedx_edge *edge = wb_arena_allocate(reading->arena, sizeof *edge);
    edge->ends[0] = from;
    edge->ends[1] = to;
    HASH_ADD(hh, reading->pre_depends, ends, sizeof edge->ends, edge);
}

/* That the image needs what is in it goes without saying. */
static bool is_implied(const struct wb_cyclonedx_reading *reading,
                       const struct wb_cyclonedx_target *from, const char *to)
{
    return from != NULL && from->kind == WB_CYCLONEDX_TARGET_IMAGE && to != NULL &&
           find(reading, to) != NULL;
}

static void read_dependency(struct wb_cyclonedx_reading *reading, const json_t *entry)
{
    static const char *const kept[] = {"ref", "dependsOn", NULL};
    static const char path[] = "/dependencies/*";
    const char *ref = wb_json_string_of(entry, "ref");
    const struct wb_cyclonedx_target *from = ref == NULL ? NULL : find(reading, ref);
    size_t i;
    const json_t *item;
    wb_cyclonedx_lose_others(reading, path, entry, kept);
    json_array_foreach(wb_json_array_of(entry, "dependsOn"), i, item)
    {
        const char *to = json_string_value(item);
        struct wb_package *one = from == NULL ? NULL : from->package;
        struct wb_package *other = package_named(reading, to);
        enum wb_relation_kind kind = find_pre_depends(reading, one, other) == NULL
                                         ? WB_RELATION_DEPENDS
                                         : WB_RELATION_PRE_DEPENDS;
        if (!is_implied(reading, from, to) &&
            !wb_bom_read_dependency(reading->bom, one, other, kind))
            wb_bom_add_loss(reading->bom, "/dependencies/*/dependsOn/*");
    }
}

/* ---- what components say of others ---- */

static void add_owner(struct wb_bom *bom, struct wb_file *file, struct wb_package *package)
{
    WB_ARENA_APPEND(bom->arena, file->owners, file->owner_count, package);
}

static void read_pending(struct wb_cyclonedx_reading *reading)
{
    for (size_t i = 0; i < reading->pending_count; i++) {
        const struct wb_cyclonedx_pending *pending = &reading->pending[i];
        struct wb_package *to = package_named(reading, pending->ref);
        bool good = to != NULL;
        if (good && pending->file != NULL)
            add_owner(reading->bom, pending->file, to);
        else if (good && pending->kind == WB_RELATION_PRE_DEPENDS)
            add_pre_depends(reading, pending->from, to);
        else if (good)
            good = wb_bom_read_dependency(reading->bom, pending->from, to, pending->kind);
        if (!good)
            wb_bom_add_loss(reading->bom, "/components/*/properties/*");
    }
}

void wb_cyclonedx_read_graph(struct wb_cyclonedx_reading *reading, const json_t *dependencies)
{
    size_t i;
    const json_t *entry;
    read_pending(reading);
    json_array_foreach(dependencies, i, entry)
    {
        read_dependency(reading, entry);
    }
}
