/* SPDX-License-Identifier: Apache-2.0 */
/* Packing images, with all that proves them, and files for transport on media; and taking a
 * verified delivery apart again. */
#ifndef WAYBILL_DELIVERY_H
#define WAYBILL_DELIVERY_H

#include "delivery/inventory.h"
#include "image/image.h"
#include "sign/sign.h"

struct wb_pack_file {
    const char *source; /* path on this machine */
    const char *path;   /* its name in the delivery */
};

struct wb_pack_image {
    struct wb_reference reference; /* oci: and oci-archive:; without tag and digest: all images */
    const char *name;              /* in the delivery; NULL: as index.json names it */
};

struct wb_pack_options {
    const struct wb_pack_image *images;
    size_t image_count;
    const struct wb_pack_file *files;
    size_t file_count;
    const char *policy_file; /* NULL */
    const char *trust_file;  /* a trusted_root.json or a packed trust kit; NULL */
    const char *name;        /* NULL */
    uint64_t sequence;
    int64_t issued;
    bool has_expiry;
    int64_t expires;
    uint64_t volume_size; /* 0: one volume; else at least 16 MiB */
    /* The inventory statement of the base, verified by the caller; empty: none. */
    struct wb_bytes base_statement;
    const struct wb_signer *signer;
    void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_total);
    /* What a receiver may stumble over, in one line each, once all is written; NULL. */
    void (*notice)(void *context, const char *message);
    void *context;
};

/* Writes `output` (one volume) or OUTPUT with `.1of3` and so on before its extension; every file
 * appears whole or not at all. Each image goes with every signature and attestation that its layout
 * has for it and for the manifests below it. Every blob's digest is checked while it is copied. The
 * same input, signer and time (with a deterministic signature scheme) give the same bytes; memory
 * does not grow with the blobs. The names written are appended to `written`, each with a newline.
 * (pack*.c) */
bool wb_pack(const struct wb_pack_options *options, const char *output, struct wb_buffer *written,
             struct wb_error *err) WB_MUST_CHECK;

/* The statement of a delivery's inventory, which one of the keys signed; nothing else of the
 * delivery is looked at. For the base of another one. (delivery_read.c) */
bool wb_delivery_statement(const struct wb_reference *reference, const struct wb_key *const *keys,
                           size_t key_count, struct wb_buffer *statement,
                           struct wb_error *err) WB_MUST_CHECK;

enum wb_unpack_form {
    WB_UNPACK_LAYOUT,         /* an OCI layout directory as `cosign save` and `oras` know it */
    WB_UNPACK_DOCKER_ARCHIVE, /* one image */
};
/* Takes apart what the caller has verified (verify/verify.h): `delivery` holds the blobs of all
 * volumes and of the base. Blobs are checked again while they are copied. `images`: names to take;
 * none: all. Release files go to files/ below a layout. (unpack*.c) */
struct wb_unpack_options {
    enum wb_unpack_form form;
    const char *const *images; /* names, or digests */
    size_t image_count;
    const struct wb_platform *platform; /* of a docker-archive, from an index; NULL: this machine */
    void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_total);
    void *context;
};
bool wb_unpack(struct wb_layout *delivery, const struct wb_inventory *inventory,
               const struct wb_unpack_options *options, const char *output,
               struct wb_error *err) WB_MUST_CHECK;

/* Adds a signature of the same inventory payload by another signer: the sender's stays. Every
 * volume given is written anew beside the old one and takes its place. (resign.c) */
bool wb_resign(const char *const *volumes, size_t volume_count, const struct wb_signer *signer,
               struct wb_error *err) WB_MUST_CHECK;

#endif
