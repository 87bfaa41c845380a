/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json, by which docker and podman load images: what they take out of the delivery must be
 * what index.json names, whoever signed the inventory. */
#include "delivery/inventory_docker.h"
#include "verify/delivery_private.h"

#include <string.h>

#define NAME WB_DOCKER_MANIFEST_NAME

static bool carries(void *context, const struct wb_digest *digest)
{
    const struct wb_delivery_check *check = context;
    const struct wb_inventory_blob *blob = wb_inventory_find(check->verdict->inventory, digest);
    return blob != NULL && !blob->in_base;
}

static json_t *read_document(void *context, const struct wb_digest *digest, struct wb_error *err)
{
    const struct wb_delivery_check *check = context;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_layout_read_blob(check->verdict->layout, digest, WB_DELIVERY_DOCUMENT_SIZE_MAX,
                             &content, err))
        return NULL;
    return wb_json_parse(wb_buffer_bytes(&content), err);
}

/* Signed by the packer; what it is made of, by those who signed the images. */
static void compare(struct wb_delivery_check *check, const struct wb_buffer *found)
{
    const struct wb_docker_source source = {carries, read_document, check};
    WB_AUTO_VALUE(wb_buffer) expected = {0};
    struct wb_error failure = WB_ERROR_INIT;
    if (!wb_docker_manifest_write(check->verdict->inventory, &source, &expected, &failure)) {
        /* A manifest that is missing or damaged was reported. */
        if (check->outcomes->failures == 0)
            wb_outcome_add(check->outcomes, "E-INVENTORY-MALFORMED", NAME,
                           "it cannot be compared with the images: %s", failure.message);
        return;
    }
    if (expected.size != found->size || memcmp(expected.data, found->data, found->size) != 0)
        wb_outcome_add(check->outcomes, "E-INVENTORY-MALFORMED", NAME,
                       "docker and podman would load other images by it than index.json names, or "
                       "under other names");
}

static void check_content(struct wb_delivery_check *check, const char *path,
                          const struct wb_buffer *content)
{
    const struct wb_inventory *inventory = check->verdict->inventory;
    struct wb_digest digest;
    if (wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(content), &digest, NULL) &&
        wb_digest_equal(&digest, &inventory->docker_manifest))
        compare(check, content);
    else
        wb_outcome_add(check->outcomes, "E-INDEX", NAME,
                       "in %s: its bytes are not those that were signed; docker and podman load "
                       "images by it",
                       path);
}

bool wb_delivery_check_docker(struct wb_delivery_check *check, struct wb_error *err)
{
    size_t count, base_from;
    const struct wb_volume_end *ends = wb_volumes_ends(check->verdict->volumes, &count, &base_from);
    const bool listed = check->verdict->inventory->has_docker_manifest;
    for (unsigned i = 0; i < base_from; i++) {
        WB_AUTO_VALUE(wb_buffer) content = {0};
        struct wb_error failure = WB_ERROR_INIT;
        bool found;
        if (!wb_volumes_document(check->verdict->volumes, i, NAME, &content, &found, &failure)) {
            if (failure.status == WB_SYSTEM) {
                *err = failure;
                return false;
            }
            wb_outcome_add(check->outcomes, "E-INDEX", NAME, "in %s: %s", ends[i].path,
                           failure.message);
        } else if (found && listed) {
            check_content(check, ends[i].path, &content);
        } else if (found) {
            check->verdict->orphan_count++;
            wb_outcome_add(check->outcomes, "E-ORPHAN", NAME,
                           "in %s: docker and podman load images by it, and the inventory has none",
                           ends[i].path);
        } else if (listed) {
            wb_outcome_add(check->outcomes, "E-INDEX", NAME,
                           "%s does not have it, and the inventory says that it does",
                           ends[i].path);
        }
    }
    return true;
}
