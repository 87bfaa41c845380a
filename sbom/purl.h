/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs (purl-spec), taken apart and put together. */
#ifndef WAYBILL_PURL_H
#define WAYBILL_PURL_H

#include "sbom/bom.h"

/* A purl's components, decoded. NULL where there is none. */
struct wb_purl {
    const char *type;       /* lower case */
    const char *name_space; /* segments joined by `/` */
    const char *name;
    const char *version;
    struct wb_name_value *qualifiers; /* sorted by name, no empty values */
    size_t qualifier_count;
    const char *subpath;
};

#define WB_PURL_QUALIFIERS_MAX 32

enum wb_purl_reading {
    WB_PURL_STRICT,
    WB_PURL_TOLERANT, /* qualifier keys in upper case are taken for what they mean */
};

/* Takes a purl apart ("How to parse a purl string") and applies its type's rules of case. Strings
 * live in `arena`. WB_BAD_INPUT says what is wrong. (purl_parse.c) */
bool wb_purl_parse(struct wb_arena *arena, const char *text, enum wb_purl_reading reading,
                   struct wb_purl *purl, struct wb_error *err) WB_MUST_CHECK;
/* The value of a qualifier; NULL. */
const char *wb_purl_qualifier(const struct wb_purl *purl, const char *name);
/* Decides what is not case sensitive in a type and writes it as the type's definition says. False
 * when the type does not allow what is there (a namespace of `oci`). (purl_types.c) */
bool wb_purl_apply_type(struct wb_arena *arena, struct wb_purl *purl);

/* The canonical text: percent-encoded, qualifiers sorted, the type's rules applied. Qualifiers with
 * NULL or empty values are left out. NULL when no purl can be made of it. (purl.c) */
const char *wb_purl_write(struct wb_arena *arena, const struct wb_purl *purl);
const char *wb_purl_format(struct wb_arena *arena, const char *type, const char *name_space,
                           const char *name, const char *version,
                           const struct wb_name_value *qualifiers, size_t qualifier_count);
/* deb: epoch inside the version; rpm: epoch qualifier; arch, distro, upstream. Namespace from the
 * distribution as grype and trivy expect it. (purl_package.c) */
const char *wb_purl_package(struct wb_arena *arena, const struct wb_package *package,
                            const struct wb_distribution *distribution);
/* pkg:oci/NAME@sha256:...?arch=&repository_url=&tag= ; NULL without a manifest digest. */
const char *wb_purl_image(struct wb_arena *arena, const struct wb_image_description *image,
                          const char *name);

#endif
