/* SPDX-License-Identifier: Apache-2.0 */
/* What lies in a layout beside the images: signatures, attestations and other artifacts, which are
 * never meant when somebody says "the image" (OCI image-spec 1.1, manifest.md "Guidelines for
 * Artifact Usage"; distribution-spec 1.1 "Referrers Tag Schema"; cosign SIGNATURE_SPEC.md). */
#include "image/artifact_private.h"

#include <string.h>

static bool is_image_type(const char *type)
{
    return strcmp(type, "application/vnd.oci.image.config.v1+json") == 0 ||
           strcmp(type, "application/vnd.docker.container.image.v1+json") == 0;
}

static bool states_artifact(const json_t *json)
{
    const char *type = wb_json_string_of(json, "artifactType");
    return type != NULL && type[0] != '\0' && !is_image_type(type);
}

bool wb_artifact_name(const char *name)
{
    static const char *const suffixes[] = {"", ".sig", ".att", ".sbom"};
    const char *colon = strrchr(name, ':');
    const char *tag = colon == NULL ? name : colon + 1;
    if (!wb_text_starts_with(tag, "sha256-") && !wb_text_starts_with(tag, "sha512-"))
        return false;
    size_t digits = strspn(tag + 7, "0123456789abcdef");
    if (digits != (tag[3] == '2' ? 64 : 128))
        return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (strcmp(tag + 7 + digits, suffixes[i]) == 0)
            return true;
    return false;
}

bool wb_artifact_descriptor(const json_t *descriptor)
{
    const json_t *annotations = wb_json_object_of(descriptor, "annotations");
    const json_t *platform = wb_json_object_of(descriptor, "platform");
    const char *buildkit = wb_json_string_of(annotations, "vnd.docker.reference.type");
    const char *cosign = wb_json_string_of(annotations, "kind");
    const char *name = wb_json_string_of(annotations, "org.opencontainers.image.ref.name");
    const char *os = wb_json_string_of(platform, "os");
    const char *architecture = wb_json_string_of(platform, "architecture");
    if (buildkit != NULL && strcmp(buildkit, "attestation-manifest") == 0)
        return true;
    if (cosign != NULL && wb_text_starts_with(cosign, "dev.cosignproject.cosign/") &&
        !wb_text_starts_with(cosign, "dev.cosignproject.cosign/image"))
        return true;
    if (name != NULL && wb_artifact_name(name))
        return true;
    if (os != NULL && architecture != NULL && strcmp(os, "unknown") == 0 &&
        strcmp(architecture, "unknown") == 0)
        return true;
    return states_artifact(descriptor);
}

bool wb_artifact_document(const json_t *document)
{
    return wb_json_object_of(document, "subject") != NULL || states_artifact(document);
}
