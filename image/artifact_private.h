/* SPDX-License-Identifier: Apache-2.0 */
/* Telling artifacts from images, the same for whoever looks for the one image of a layout. */
#ifndef WAYBILL_ARTIFACT_PRIVATE_H
#define WAYBILL_ARTIFACT_PRIVATE_H

#include "base/base.h"

/* Whether a descriptor, by what it states itself, is of something that belongs to an image rather
 * than of an image: buildkit's attestations, cosign's kinds, what is named after a digest, and
 * artifact types. Tools that copy layouts drop much of this: then only the document tells. */
bool wb_artifact_descriptor(const json_t *descriptor);
/* Whether a manifest or index is an artifact: it has a subject or an artifact type. */
bool wb_artifact_document(const json_t *document);
/* `sha256-HEX`, `.sig`, `.att` or `.sbom` behind it; also as the tag of a whole reference. */
bool wb_artifact_name(const char *name);

#endif
