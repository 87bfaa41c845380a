/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json of a delivery, for programs that load images by it and not by index.json. */
#ifndef WAYBILL_INVENTORY_DOCKER_H
#define WAYBILL_INVENTORY_DOCKER_H

#include "delivery/inventory.h"

#define WB_DOCKER_MANIFEST_NAME "manifest.json"
/* More is not read by those whom it is for. */
#define WB_DOCKER_MANIFEST_MAX ((size_t)1 << 20)

/* Where the blobs of the delivery are. */
struct wb_docker_source {
    /* Whether this file has the blob, which a base does not count as. */
    bool (*carries)(void *context, const struct wb_digest *digest);
    /* A manifest or index that it carries; NULL with `err`. */
    json_t *(*read)(void *context, const struct wb_digest *digest, struct wb_error *err);
    void *context;
};

/* Writes manifest.json over `json`: one entry for each image of the inventory whose config and
 * layers are all carried; of an index each Linux platform. Empty where that comes to no image, or
 * to more than WB_DOCKER_MANIFEST_MAX. The inventory's images are all that is looked at. Errors:
 * what `read` says. (inventory_docker.c) */
bool wb_docker_manifest_write(const struct wb_inventory *inventory,
                              const struct wb_docker_source *source, struct wb_buffer *json,
                              struct wb_error *err) WB_MUST_CHECK;
/* Appends one entry. `tag` NULL: without a name. False when the manifest is no image's. */
bool wb_docker_manifest_append(const json_t *manifest, const char *tag,
                               struct wb_buffer *json) WB_MUST_CHECK;
/* Whether Docker takes it for a repository and a tag (distribution's reference grammar). */
bool wb_docker_name_is_tagged(const char *name);

#endif
