/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands on images in OCI layouts have in common. (images.c) */
#ifndef WAYBILL_CLI_IMAGES_H
#define WAYBILL_CLI_IMAGES_H

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

/* Digests of what was signed, for the report at the end. */
struct wb_signed_list {
    struct wb_digest *digests;
    size_t count, capacity;
};
void wb_signed_list_add(struct wb_signed_list *list, const struct wb_descriptor *target);
bool wb_signed_list_report(const struct wb_signed_list *list,
                           const struct wb_signing_options *options,
                           const struct wb_signing *signing, bool json, const char *reference,
                           struct wb_error *err) WB_MUST_CHECK;
void wb_signed_list_clear(struct wb_signed_list *list);

#endif
