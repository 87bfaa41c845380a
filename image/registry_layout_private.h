/* SPDX-License-Identifier: Apache-2.0 */
/* A layout whose blobs lie in a registry: what reading it (registry_layout.c) and writing it
 * (registry_commit.c) share. */
#ifndef WAYBILL_REGISTRY_LAYOUT_PRIVATE_H
#define WAYBILL_REGISTRY_LAYOUT_PRIVATE_H

#include "image/layout_private.h"
#include "image/registry_private.h"

#include <pthread.h>

/* A manifest, or a blob that was added and is not yet in the registry. */
struct wb_known_manifest {
    struct wb_digest digest;
    const char *content; /* in the arena */
    size_t size;
    bool added;
};

struct wb_resting_blob {
    struct wb_digest digest;
    struct wb_registry_blob *blob;
};

/* A blob that was asked after. */
struct wb_sized_blob {
    struct wb_digest digest;
    uint64_t size;
};

struct wb_registry_layout {
    struct wb_layout_store store;
    struct wb_registry *registry;
    struct wb_arena *arena;
    json_t *index; /* as the registry has it */
    struct wb_known_manifest *known;
    size_t known_count, known_capacity;
    bool lists_referrers;        /* the registry finds all referrers by itself */
    struct wb_digest *platforms; /* of the indexes, asked for already */
    size_t platform_count, platform_capacity;
    pthread_mutex_t lock; /* of what follows */
    struct wb_resting_blob *resting;
    size_t resting_count;
    struct wb_sized_blob *sized;
    size_t sized_count, sized_capacity;
};

const struct wb_known_manifest *wb_registry_layout_known(const struct wb_registry_layout *layout,
                                                         const struct wb_digest *digest);

/* wb_layout_store.add and .commit */
bool wb_registry_layout_add(struct wb_layout_store *store, const struct wb_digest *digest,
                            struct wb_bytes content, struct wb_error *err);
bool wb_registry_layout_commit(struct wb_layout_store *store, struct wb_bytes index,
                               const struct wb_digest_list *removed, struct wb_error *err);

#endif
