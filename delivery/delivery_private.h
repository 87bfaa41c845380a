/* SPDX-License-Identifier: Apache-2.0 */
/* What every volume of a delivery begins with, and the documents in it. */
#ifndef WAYBILL_DELIVERY_PRIVATE_H
#define WAYBILL_DELIVERY_PRIVATE_H

#include "delivery/delivery.h"
#include "delivery/inventory_docker.h"
#include "delivery/inventory_private.h"

#define WB_MANIFEST_MEDIA_TYPE "application/vnd.oci.image.manifest.v1+json"
#define WB_INDEX_MEDIA_TYPE "application/vnd.oci.image.index.v1+json"
#define WB_EMPTY_MEDIA_TYPE "application/vnd.oci.empty.v1+json"
#define WB_EMPTY_CONTENT "{}"
#define WB_LAYOUT_FILE "{\"imageLayoutVersion\":\"1.0.0\"}"
#define WB_REF_NAME "org.opencontainers.image.ref.name"
#define WB_TITLE "org.opencontainers.image.title"
#define WB_KIND "kind"
#define WB_DOCUMENT_MAX ((size_t)4 << 20)

/* ---- delivery_head.c ---- */

/* The inventory in one signature of it: manifest and bundle. */
struct wb_signed_inventory {
    struct wb_buffer manifest, bundle;
    struct wb_digest manifest_digest, bundle_digest;
};
/* oci-layout, index.json, manifest.json where there is one, then manifest and bundle of each
 * signature, then the empty config. */
struct wb_delivery_head {
    struct wb_signed_inventory *signatures;
    size_t signature_count, signature_capacity;
    struct wb_buffer index;           /* index.json */
    struct wb_buffer docker_manifest; /* manifest.json; empty: none */
};
void wb_delivery_head_clear(struct wb_delivery_head *head);
/* Signs the payload and adds the signature, behind those that are there. */
bool wb_delivery_head_sign(struct wb_delivery_head *head, const struct wb_signer *signer,
                           struct wb_bytes payload, struct wb_error *err) WB_MUST_CHECK;
/* Adds a signature as it was read. */
bool wb_delivery_head_add(struct wb_delivery_head *head, struct wb_bytes manifest,
                          struct wb_bytes bundle, struct wb_error *err) WB_MUST_CHECK;
/* Writes index.json: the signatures, then `entries`. */
bool wb_delivery_head_index(struct wb_delivery_head *head, const json_t *entries,
                            struct wb_error *err) WB_MUST_CHECK;
/* Appends the beginning of an archive. */
bool wb_delivery_head_write(const struct wb_delivery_head *head, struct wb_buffer *archive,
                            struct wb_error *err) WB_MUST_CHECK;
/* An artifact manifest with the empty config and one layer. `title` NULL: none. */
void wb_artifact_manifest_write(const char *artifact_type, const char *layer_media_type,
                                const struct wb_digest *layer, uint64_t layer_size,
                                const char *title, struct wb_buffer *json);
/* "blobs/sha256/HEX" */
char *wb_delivery_blob_name(const struct wb_digest *digest, char name[WB_DIGEST_TEXT_SIZE + 8]);

/* ---- delivery_read.c ---- */

/* Exactly so many bytes of a file; WB_CHECK_FAILED where it ends early. */
bool wb_delivery_read_at(int fd, const char *path, uint64_t offset, uint8_t *data, size_t size,
                         struct wb_error *err) WB_MUST_CHECK;
/* The inventories that the layout's index.json lists, all of one payload, which goes to `payload`.
 * Nothing of it is checked but digests. */
bool wb_delivery_head_read(struct wb_layout *layout, struct wb_delivery_head *head,
                           struct wb_buffer *payload, struct wb_error *err) WB_MUST_CHECK;

#endif
