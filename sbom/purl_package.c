/* SPDX-License-Identifier: Apache-2.0 */
/* The package URLs of packages and images. */
#include "sbom/purl.h"

#include <string.h>

/* ---- packages ---- */

/* The distribution's own id, as vulnerability scanners look it up, but for two vendors that
 * publish under one name for all their products. NULL without os-release: a guess would claim a
 * vendor that may not be. */
static const char *namespace_of(const struct wb_distribution *distribution)
{
    if (distribution->id == NULL)
        return NULL;
    if (strcmp(distribution->id, "rhel") == 0)
        return "redhat";
    if (wb_text_starts_with(distribution->id, "opensuse"))
        return "opensuse";
    return distribution->id;
}

/* `debian-12`; development releases have no number, only a name. */
static const char *distro_of(struct wb_arena *arena, const struct wb_distribution *distribution)
{
    const char *version = distribution->version_id != NULL ? distribution->version_id
                                                           : distribution->version_codename;
    if (distribution->id == NULL || version == NULL)
        return distribution->id;
    return wb_arena_format(arena, "%s-%s", distribution->id, version);
}

static const char *deb_upstream(struct wb_arena *arena, const struct wb_package *package)
{
    const char *name = package->source_name;
    const char *version = package->source_version;
    if (name == NULL)
        return NULL;
    if (version != NULL && strcmp(version, package->evr) != 0)
        return wb_arena_format(arena, "%s@%s", name, version);
    return strcmp(name, package->name) == 0 ? NULL : name;
}

static const char *rpm_version(struct wb_arena *arena, const struct wb_package *package)
{
    if (package->release == NULL)
        return package->version;
    return wb_arena_format(arena, "%s-%s", package->version, package->release);
}

const char *wb_purl_package(struct wb_arena *arena, const struct wb_package *package,
                            const struct wb_distribution *distribution)
{
    bool is_rpm = package->kind == WB_PACKAGE_RPM;
    const char *epoch = NULL;
    if (is_rpm && package->epoch >= 0)
        epoch = wb_arena_format(arena, "%lld", (long long)package->epoch);
    const struct wb_name_value qualifiers[] = {
        {"arch", package->architecture},
        {"distro", distro_of(arena, distribution)},
        {"epoch", epoch},
        {"rpmmod", is_rpm ? package->modularity_label : NULL},
        {"upstream", is_rpm ? package->source_rpm : deb_upstream(arena, package)},
    };
    return wb_purl_format(arena, wb_package_kind_name(package->kind), namespace_of(distribution),
                          package->name, is_rpm ? rpm_version(arena, package) : package->evr,
                          qualifiers, sizeof qualifiers / sizeof qualifiers[0]);
}

/* ---- images ---- */

static const char *last_segment(struct wb_arena *arena, const char *name)
{
    size_t size = strlen(name);
    while (size > 0 && name[size - 1] == '/')
        size--;
    const char *stripped = wb_arena_copy_bytes(arena, name, size);
    const char *slash = strrchr(stripped, '/');
    return slash == NULL ? stripped : slash + 1;
}

const char *wb_purl_image(struct wb_arena *arena, const struct wb_image_description *image,
                          const char *name)
{
    if (image->manifest_digest == NULL)
        return NULL;
    const struct wb_name_value qualifiers[] = {
        {"arch", image->platform.architecture},
        {"repository_url", image->repository},
        {"tag", image->tag},
    };
    return wb_purl_format(arena, "oci", NULL, last_segment(arena, name), image->manifest_digest,
                          qualifiers, sizeof qualifiers / sizeof qualifiers[0]);
}
