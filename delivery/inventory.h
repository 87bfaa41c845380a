/* SPDX-License-Identifier: Apache-2.0 */
/* The signed inventory of a delivery: what is in it, byte for byte, so that nothing can be left
 * out, added or swapped without notice. Reading and writing only (target waybill_inventory, which
 * uses base/ and waybill_envelope alone), so that the packer and the verifier share it.
 *
 * A delivery is an OCI image layout, as a rule in one uncompressed tar:
 *
 *   oci-layout
 *   index.json                 WB_INVENTORY_MANIFEST entries, and exactly the inventory's `entries`
 *   manifest.json              where the inventory has its digest (inventory_docker.h)
 *   blobs/sha256/...           first the inventory's own manifest, bundle and config, then the rest
 *                              in the order of the inventory's `blobs`
 *                              (the empty config is not there again when it is one of these)
 *
 * The inventory is an in-toto statement v1 in a sigstore bundle (DSSE): the only layer of an OCI
 * artifact manifest of type WB_INVENTORY_ARTIFACT_TYPE. A site's own signature (`waybill resign`)
 * is one more such manifest with the same payload. docs/delivery.md describes every member. */
#ifndef WAYBILL_INVENTORY_H
#define WAYBILL_INVENTORY_H

#include "sign/envelope.h"

#define WB_INVENTORY_PREDICATE_TYPE "urn:waybill:inventory:1"
#define WB_INVENTORY_ARTIFACT_TYPE "application/vnd.waybill.inventory.v1+json"
/* A release file, as an OCI artifact with one layer and the annotation
 * `org.opencontainers.image.title`; the policy and the trust kit or trusted root that came along.
 */
#define WB_FILE_ARTIFACT_TYPE "application/vnd.waybill.file.v1"
#define WB_POLICY_ARTIFACT_TYPE "application/vnd.waybill.policy.v1+json"
#define WB_TRUST_ARTIFACT_TYPE "application/vnd.waybill.trust.v1+json"
/* One version of a trust kit (a DSSE envelope's payload), and a file of several. */
#define WB_TRUST_KIT_PAYLOAD_TYPE "application/vnd.waybill.trust-kit.v1+json"
#define WB_TRUST_KIT_MEDIA_TYPE "application/vnd.waybill.trust-kit.chain.v1+json"

#define WB_INVENTORY_SIZE_MAX ((size_t)64 << 20)
#define WB_INVENTORY_BLOBS_MAX 1000000
#define WB_INVENTORY_CHUNK_SIZE ((uint64_t)4 << 20)
#define WB_INVENTORY_VOLUMES_MAX 9999

/* One blob. Larger ones than a chunk carry the SHA-256 of each chunk, so that one bad region can be
 * named and fetched again, and so that a part of it on one volume can be checked alone. */
struct wb_inventory_blob {
    struct wb_digest digest;
    uint64_t size;
    const char *role; /* manifest index config layer signature attestation sbom file policy trust
                         other */
    uint8_t (*chunks)[32]; /* ceil(size / chunk_size) of them; NULL for one chunk or less */
    size_t chunk_count;
    bool in_base;     /* not carried: the base has it */
    unsigned volume;  /* the volume, from 1, with its first byte; 0 when in_base */
    uint64_t *splits; /* offsets, multiples of the chunk size, at which it goes on in the next
                         volume; ascending */
    size_t split_count;
};

/* A signed statement that was there when the inventory was made. */
struct wb_inventory_attestation {
    const char *predicate_type;
    struct wb_digest manifest; /* the artifact manifest, or the older form's image */
};

/* An image or index that index.json lists. */
struct wb_inventory_image {
    const char *name; /* as index.json names it (`org.opencontainers.image.ref.name`); NULL */
    struct wb_digest digest;
    struct wb_digest *signatures; /* manifests that carry a signature of it */
    size_t signature_count;
    struct wb_inventory_attestation *attestations;
    size_t attestation_count;
    /* Platform manifests below an index whose own signatures and attestations are counted above. */
    struct wb_digest *platforms;
    size_t platform_count;
};

struct wb_inventory_file {
    const char *path; /* relative, `/` between components, no `.` or `..` */
    struct wb_digest digest;
    uint64_t size;
    struct wb_digest manifest;
};

struct wb_inventory {
    const char *name;  /* of the delivery; NULL */
    uint64_t sequence; /* grows with every delivery of that name; 0: none stated */
    int64_t issued;
    bool has_expiry;
    int64_t expires;
    uint64_t chunk_size;   /* WB_INVENTORY_CHUNK_SIZE in what Waybill writes */
    unsigned volume_count; /* at least 1 */
    bool has_base;
    struct wb_digest base; /* of the base's inventory payload (SHA-256) */
    struct wb_inventory_blob *blobs;
    size_t blob_count;
    const struct wb_inventory_blob **by_digest; /* sorted; set by wb_inventory_read */
    struct wb_inventory_image *images;
    size_t image_count;
    struct wb_inventory_file *files;
    size_t file_count;
    bool has_policy, has_trust;
    struct wb_digest policy, trust; /* the blobs */
    bool has_docker_manifest;
    struct wb_digest docker_manifest; /* SHA-256 of manifest.json (inventory_docker.h) */
    /* index.json's entries but those of the inventory itself, each as it stands there (an array of
     * descriptors; belongs to the inventory). */
    const json_t *entries;
    struct wb_digest payload_digest; /* SHA-256 of the statement; set by wb_inventory_read */
    json_t *json;
    struct wb_arena *arena;
};

/* Reads a statement whose signature was checked, within bounds, and checks it against itself: every
 * subject is a blob and every blob a subject, digests unique, images, files, policy, trust and
 * entries name blobs that are there, volumes and splits fit the sizes. Members that are not defined
 * are refused. */
struct wb_inventory *wb_inventory_read(struct wb_bytes statement, struct wb_error *err);
void wb_inventory_free(struct wb_inventory *inventory);
WB_AUTO_DECLARE(wb_inventory)
/* In an inventory that was read. NULL when it lists no such blob. */
const struct wb_inventory_blob *wb_inventory_find(const struct wb_inventory *inventory,
                                                  const struct wb_digest *digest);
/* Appends the statement: canonical (sorted blobs as given, fixed member order, no white space);
 * wb_inventory_read of it gives the same inventory. */
bool wb_inventory_write(const struct wb_inventory *inventory, struct wb_buffer *statement,
                        struct wb_error *err) WB_MUST_CHECK;
/* "parts/sha256/HEX/OFFSET": the name of a part of a split blob in a volume's archive. */
char *wb_inventory_part_name(const struct wb_digest *digest, uint64_t offset, char text[200]);

#endif
