/* SPDX-License-Identifier: Apache-2.0 */
/* How an SBOM is compared with its image:
 *
 *   deep (which SBOMs) ──▶ sbom_claims ──▶ sbom_claims_spdx, sbom_claims_spdx3,
 *     │                                       sbom_claims_tag_value, sbom_claims_cyclonedx
 *     ├──▶ deep_layers (the merged file system, with every digest checked)
 *     └──▶ deep_files (each file that is claimed)
 */
#ifndef WAYBILL_VERIFY_DEEP_PRIVATE_H
#define WAYBILL_VERIFY_DEEP_PRIVATE_H

#include "verify/verify_private.h"

/* Each takes a hundred bytes; the largest images have some hundred thousand files. */
#define WB_CLAIMS_MAX 4000000

/* A file that a document says is there. */
struct wb_file_claim {
    const char *path; /* as it stands in the document, without leading `./` and `/` */
    struct {
        unsigned present; /* enum wb_file_digests; 0: none */
        uint8_t sha256[32];
        uint8_t sha1[20];
        uint8_t md5[16];
        uint8_t sha512[64];
    } hashes;          /* that it states */
    bool other_digest; /* it states a digest of a kind that is not computed, and no other */
};

struct wb_sbom_claims {
    struct wb_file_claim *files;
    size_t file_count, file_capacity;
    struct wb_package_claim *packages;
    size_t package_count, package_capacity;
    unsigned digests; /* enum wb_file_digests: all that are stated of some file */
    struct wb_arena *arena;
};
/* From a document that was parsed already. */
struct wb_sbom_claims *wb_sbom_claims_from_json(const json_t *document, struct wb_error *err);

/* ---- sbom_claims.c ---- */

/* Adds a file; false when there are too many claims. */
bool wb_claims_add_file(struct wb_sbom_claims *claims, struct wb_file_claim *claim,
                        const char *path, struct wb_error *err) WB_MUST_CHECK;
/* Takes note of a digest that is stated of the file; `algorithm` as SPDX (`SHA256`, 3: `sha256`) or
 * CycloneDX (`SHA-256`) call it. What is no digest, or only zeros, as some programs write for none,
 * states nothing. */
void wb_claims_add_digest(struct wb_file_claim *claim, const char *algorithm, const char *hex);
/* Adds a package; name and version may be NULL. */
bool wb_claims_add_package(struct wb_sbom_claims *claims, const char *name, const char *version,
                           const char *purl, struct wb_error *err) WB_MUST_CHECK;

/* ---- sbom_claims_spdx.c, _spdx3.c, _tag_value.c, _cyclonedx.c ---- */
bool wb_claims_read_spdx(struct wb_sbom_claims *claims, const json_t *document,
                         struct wb_error *err) WB_MUST_CHECK;
bool wb_claims_read_spdx3(struct wb_sbom_claims *claims, const json_t *document,
                          struct wb_error *err) WB_MUST_CHECK;
/* SPDX 2 as tag-value pairs. */
bool wb_claims_read_tag_value(struct wb_sbom_claims *claims, struct wb_bytes document,
                              struct wb_error *err) WB_MUST_CHECK;
bool wb_claims_read_cyclonedx(struct wb_sbom_claims *claims, const json_t *document,
                              struct wb_error *err) WB_MUST_CHECK;

/* ---- deep_layers.c ---- */

/* The merged file system of one image, and the layers that it is made of. */
struct wb_deep_image {
    char name[WB_DIGEST_TEXT_SIZE]; /* its manifest's digest */
    struct wb_layer **layers;
    struct wb_digest *digests; /* of their blobs */
    size_t layer_count;
    struct wb_rootfs *rootfs;
    const struct wb_deleted_node **deleted; /* sorted by path, once it was asked for */
};
/* Reads the layers of an image manifest, each once, and checks the digests of their blobs and their
 * diffIDs. NULL: WB_CHECK_FAILED with an outcome that says why not, or another status when the
 * machine failed. */
struct wb_deep_image *wb_deep_image_read(struct wb_layout *layout,
                                         const struct wb_descriptor *manifest, unsigned digests,
                                         struct wb_outcomes *outcomes, struct wb_error *err);
void wb_deep_image_free(struct wb_deep_image *image);
WB_AUTO_DECLARE(wb_deep_image)

/* ---- deep_files.c ---- */

/* Compares; adds outcomes, and to *checked. */
void wb_deep_compare(struct wb_deep_image *image, const struct wb_sbom_claims *claims,
                     struct wb_outcomes *outcomes, size_t *checked);

/* ---- deep.c ---- */

struct wb_deep_work;
/* Puts the attestations of the manifest that count into the report. False: WB_CHECK_FAILED and why
 * there are none, or another status when the machine failed. */
typedef bool wb_deep_finder(const struct wb_deep_work *check, const struct wb_descriptor *manifest,
                            struct wb_verify_report *report, struct wb_error *err);
struct wb_deep_work {
    struct wb_layout *layout;
    wb_deep_finder *find;
    const void *trust; /* the finder's */
    wb_deep_visitor *visit;
    void *context;
    struct wb_outcomes *outcomes;
    struct wb_deep_summary *summary;
};
/* Every image of the target. */
bool wb_deep_check_images(struct wb_deep_work *check, const struct wb_descriptor *target,
                          struct wb_error *err) WB_MUST_CHECK;
/* `https://spdx.dev/Document`, `https://cyclonedx.org/bom`, and with a version behind it. */
bool wb_deep_is_sbom(const char *predicate_type);
/* Takes out of the report, from `first` on, statements that fewer than `threshold` different
 * signers made. */
void wb_deep_keep_enough(struct wb_verify_report *report, size_t first, unsigned threshold);

#endif
