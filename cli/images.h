/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands on images in OCI layouts have in common. (images.c) */
#ifndef WAYBILL_CLI_IMAGES_H
#define WAYBILL_CLI_IMAGES_H

#include "cli/registries.h"
#include "cli/signing.h"
#include "image/image.h"

/* What the image calls itself: repository with registry as containerd or podman recorded it, else
 * the base name of the path. To free. */
char *wb_image_name(const struct wb_layout *layout, const struct wb_reference *reference);

/* Calls `visit` for every manifest below an index (attestation manifests of build tools left out);
 * does nothing for a single image. Descriptors are valid during the call. */
bool wb_visit_platforms(struct wb_layout *layout, const struct wb_descriptor *index,
                        bool (*visit)(void *context, const struct wb_descriptor *manifest,
                                      struct wb_error *err),
                        void *context, struct wb_error *err) WB_MUST_CHECK;

/* Signing an image in its layout: what `sign` and `attest` have in common. Start with `{0}`. */
struct wb_image_job {
    const struct wb_signing_options *options;
    const struct wb_registry_arguments *registry;
    const char *text; /* the reference as the user wrote it */
    struct wb_reference reference;
    struct wb_signing signing;
    struct wb_layout *layout;
    char *name;     /* wb_image_name */
    unsigned forms; /* --format */
    bool json;      /* --output */
    struct wb_digest *signed_digests;
    size_t signed_count, signed_capacity;
};
/* Reads the options, opens the key and then the layout for writing. `input_is_taken` as of
 * wb_signing_open. Options, arguments and text must outlive the job. */
bool wb_image_job_open(struct wb_image_job *job, const struct wb_signing_options *options,
                       const struct wb_registry_arguments *registry, const char *reference,
                       bool input_is_taken, struct wb_error *err) WB_MUST_CHECK;
/* Goes on with another image and the same key, after what was signed of the one before is committed
 * and reported. */
bool wb_image_job_next(struct wb_image_job *job, const char *reference,
                       struct wb_error *err) WB_MUST_CHECK;
/* Notes what was signed; several documents about one image after the other are one. */
void wb_image_job_signed(struct wb_image_job *job, const struct wb_digest *digest);
/* Says what was signed. */
bool wb_image_job_report(const struct wb_image_job *job, struct wb_error *err) WB_MUST_CHECK;
void wb_image_job_clear(struct wb_image_job *job);

#endif
