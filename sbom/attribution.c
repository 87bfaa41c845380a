/* SPDX-License-Identifier: Apache-2.0 */
/* The history of each package through the layers. */
#include "sbom/attribution.h"

#define uthash_malloc(size) wb_allocate(size)
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* One installed version. rpm may hold several of one name and architecture (kernels, keys). */
struct instance {
    struct wb_package identity; /* strings in the attribution's arena */
    struct wb_layer_span span;
    bool alive;
    bool seen; /* in the state being added */
    struct instance *next;
    const char *key;   /* the family's and the version: its name among those alive */
    UT_hash_handle hh; /* in the attribution's table while alive */
};

/* All that has one kind, name and architecture; a removed package's configuration apart. */
struct family {
    const char *key;
    struct instance *instances;
    struct instance *unseen; /* none in front of it is alive and unseen */
    UT_hash_handle hh;
};

struct wb_attribution {
    struct wb_arena *arena;
    struct family *families;
    struct instance *alive;
    struct instance **fresh; /* versions that the state before did not have, with their family */
    struct family **fresh_families;
    size_t fresh_count, fresh_capacity, family_count, family_capacity;
};

struct wb_attribution *wb_attribution_new(void)
{
    struct wb_attribution *attribution = wb_allocate(sizeof *attribution);
    attribution->arena = wb_arena_new();
    return attribution;
}

void wb_attribution_free(struct wb_attribution *attribution)
{
    if (attribution == NULL)
        return;
    HASH_CLEAR(hh, attribution->families);
    HASH_CLEAR(hh, attribution->alive);
    free(attribution->fresh);
    free(attribution->fresh_families);
    wb_arena_free(attribution->arena);
    free(attribution);
}

static bool is_residue(const struct wb_package *package)
{
    return package->state == WB_STATE_CONFIG_FILES || package->state == WB_STATE_NOT_INSTALLED;
}

static char *family_key(const struct wb_package *package)
{
    return wb_string_format("%s%s %s %s", wb_package_kind_name(package->kind),
                            is_residue(package) ? "-residue" : "", package->name,
                            package->architecture == NULL ? "" : package->architecture);
}

static struct family *find_family(const struct wb_attribution *attribution,
                                  const struct wb_package *package)
{
    WB_AUTO_STRING key = family_key(package);
    struct family *family;
    HASH_FIND_STR(attribution->families, key, family);
    return family;
}

static struct family *make_family(struct wb_attribution *attribution,
                                  const struct wb_package *package)
{
    struct family *family = find_family(attribution, package);
    if (family != NULL)
        return family;
    WB_AUTO_STRING key = family_key(package);
    family = wb_arena_allocate(attribution->arena, sizeof *family);
    family->key = wb_arena_copy(attribution->arena, key);
    HASH_ADD_KEYPTR(hh, attribution->families, family->key, (unsigned)strlen(family->key), family);
    return family;
}

static void copy_identity(struct wb_arena *arena, struct wb_package *to,
                          const struct wb_package *from)
{
    *to = (struct wb_package){
        .kind = from->kind,
        .state = from->state,
        .name = wb_arena_copy(arena, from->name),
        .epoch = from->epoch,
        .version = wb_arena_copy(arena, from->version),
        .release = wb_arena_copy(arena, from->release),
        .evr = wb_arena_copy(arena, from->evr),
        .architecture = wb_arena_copy(arena, from->architecture),
        .source_name = wb_arena_copy(arena, from->source_name),
        .source_version = wb_arena_copy(arena, from->source_version),
        .source_rpm = wb_arena_copy(arena, from->source_rpm),
        .supplier = wb_arena_copy(arena, from->supplier),
        .supplier_is_person = from->supplier_is_person,
        .supplier_email = wb_arena_copy(arena, from->supplier_email),
        .installed_size = -1,
        .header_sha256 = from->header_sha256,
        .signature_md5 = from->signature_md5,
        .span = {-1, -1, -1},
        .database = -1,
    };
}

/* ---- the versions alive ---- */

static char *version_key(const struct family *family, const struct wb_package *package)
{
    return wb_string_format("%s %s", family->key, package->evr);
}

static struct instance *find_version(const struct wb_attribution *attribution,
                                     const struct family *family, const struct wb_package *package)
{
    WB_AUTO_STRING key = version_key(family, package);
    struct instance *instance;
    HASH_FIND_STR(attribution->alive, key, instance);
    return instance;
}

/* A database may list one version several times: the table then holds its key as often. */
static void enter_alive(struct wb_attribution *attribution, const struct family *family,
                        struct instance *instance)
{
    WB_AUTO_STRING key = version_key(family, &instance->identity);
    instance->key = wb_arena_copy(attribution->arena, key);
    instance->alive = true;
    HASH_ADD_KEYPTR(hh, attribution->alive, instance->key, (unsigned)strlen(instance->key),
                    instance);
}

static void leave_alive(struct wb_attribution *attribution, struct instance *instance)
{
    instance->alive = false;
    HASH_DELETE(hh, attribution->alive, instance);
}

/* ---- one state after the other ---- */

void wb_attribution_begin(struct wb_attribution *attribution)
{
    for (struct family *family = attribution->families; family != NULL; family = family->hh.next) {
        family->unseen = family->instances;
        for (struct instance *at = family->instances; at != NULL; at = at->next)
            at->seen = false;
    }
    attribution->fresh_count = attribution->family_count = 0;
}

/* Whether the same version was installed again or went on to another state. */
static bool touched(const struct wb_package *before, const struct wb_package *after)
{
    return before->state != after->state ||
           !wb_digest_equal(&before->header_sha256, &after->header_sha256) ||
           !wb_digest_equal(&before->signature_md5, &after->signature_md5);
}

void wb_attribution_add(struct wb_attribution *attribution, const struct wb_package *package)
{
    struct family *family = make_family(attribution, package);
    struct instance *instance = find_version(attribution, family, package);
    if (instance != NULL && !touched(&instance->identity, package)) {
        instance->seen = true;
        return;
    }
    struct instance *fresh = wb_arena_allocate(attribution->arena, sizeof *fresh);
    copy_identity(attribution->arena, &fresh->identity, package);
    WB_APPEND(attribution->fresh, attribution->fresh_count, attribution->fresh_capacity, fresh);
    WB_APPEND(attribution->fresh_families, attribution->family_count, attribution->family_capacity,
              family);
}

/* A version that is gone while another one came was upgraded: the newcomer takes its place. */
static void place(struct wb_attribution *attribution, struct family *family, struct instance *fresh,
                  int layer)
{
    struct instance *replaced = find_version(attribution, family, &fresh->identity);
    if (replaced == NULL || replaced->seen) {
        while (family->unseen != NULL && (!family->unseen->alive || family->unseen->seen))
            family->unseen = family->unseen->next;
        replaced = family->unseen;
    }
    if (replaced != NULL) {
        leave_alive(attribution, replaced);
        replaced->identity = fresh->identity;
        enter_alive(attribution, family, replaced);
        replaced->seen = true;
        if (replaced->span.introduced != layer)
            replaced->span.changed = layer;
        return;
    }
    fresh->span = (struct wb_layer_span){layer, -1, -1};
    enter_alive(attribution, family, fresh);
    fresh->seen = true;
    fresh->next = family->instances;
    family->instances = fresh;
}

void wb_attribution_end(struct wb_attribution *attribution, int layer)
{
    for (size_t i = 0; i < attribution->fresh_count; i++)
        place(attribution, attribution->fresh_families[i], attribution->fresh[i], layer);
    for (struct family *family = attribution->families; family != NULL; family = family->hh.next)
        for (struct instance *at = family->instances; at != NULL; at = at->next)
            if (at->alive && !at->seen) {
                leave_alive(attribution, at);
                at->span.deleted = layer;
            }
}

void wb_attribution_apply(const struct wb_attribution *attribution, struct wb_package *package)
{
    const struct family *family = find_family(attribution, package);
    const struct instance *instance =
        family == NULL ? NULL : find_version(attribution, family, package);
    if (instance != NULL)
        package->span = instance->span;
}

void wb_attribution_list_removed(const struct wb_attribution *attribution, struct wb_bom *bom)
{
    for (struct family *family = attribution->families; family != NULL; family = family->hh.next) {
        bool alive = false;
        for (struct instance *at = family->instances; at != NULL; at = at->next)
            alive = alive || at->alive;
        for (struct instance *at = family->instances; at != NULL && !alive; at = at->next) {
            if (is_residue(&at->identity))
                continue;
            struct wb_package *removed = wb_bom_new_package(bom, at->identity.kind);
            copy_identity(bom->arena, removed, &at->identity);
            removed->span = at->span;
            WB_APPEND(bom->removed, bom->removed_count, bom->removed_capacity, removed);
        }
    }
}
