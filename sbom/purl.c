/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs (purl-spec, "How to build a purl string from its components"). */
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

#define QUALIFIER_MAX 16

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The colon stays as it is, everywhere. */
static void append_encoded(struct wb_buffer *purl, const char *text, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (is_lower(text[i]) || is_upper(text[i]) || is_digit(text[i]) ||
            (byte != 0 && memchr(".-_~:", byte, 5) != NULL)) {
            wb_buffer_append(purl, &text[i], 1);
        } else {
            char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
            wb_buffer_append(purl, escape, sizeof escape);
        }
    }
}

static const char *lower_case(struct wb_arena *arena, const char *text)
{
    char *copy = wb_arena_copy(arena, text);
    for (char *at = copy; at != NULL && *at != '\0'; at++)
        if (is_upper(*at))
            *at = (char)(*at - 'A' + 'a');
    return copy;
}

/* Types and qualifier keys: letters, digits, `.`, `-` (keys `_` too), a letter first. */
static bool is_key(const char *text, const char *punctuation)
{
    if (text == NULL || !(is_lower(text[0]) || is_upper(text[0])))
        return false;
    for (; *text != '\0'; text++)
        if (!is_lower(*text) && !is_upper(*text) && !is_digit(*text) &&
            strchr(punctuation, *text) == NULL)
            return false;
    return true;
}

/* ---- building ---- */

/* Segments between slashes; empty ones, and slashes around, are dropped. */
static void append_namespace(struct wb_buffer *purl, const char *name_space)
{
    for (const char *at = name_space; at != NULL && *at != '\0';) {
        size_t size = strcspn(at, "/");
        if (size > 0) {
            append_encoded(purl, at, size);
            wb_buffer_append_text(purl, "/");
        }
        at += size;
        at += *at == '/' ? 1 : 0;
    }
}

static int compare_qualifiers(const void *left, const void *right)
{
    const struct wb_name_value *a = left;
    const struct wb_name_value *b = right;
    return strcmp(a->name, b->name);
}

/* False for a key that is none. */
static bool append_qualifiers(struct wb_buffer *purl, struct wb_arena *arena,
                              const struct wb_name_value *qualifiers, size_t count)
{
    struct wb_name_value sorted[QUALIFIER_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (qualifiers[i].value == NULL || qualifiers[i].value[0] == '\0')
            continue;
        if (!is_key(qualifiers[i].name, ".-_") || kept == QUALIFIER_MAX)
            return false;
        sorted[kept].name = lower_case(arena, qualifiers[i].name);
        sorted[kept++].value = qualifiers[i].value;
    }
    if (kept > 1)
        qsort(sorted, kept, sizeof sorted[0], compare_qualifiers);
    for (size_t i = 0; i < kept; i++) {
        if (i > 0 && strcmp(sorted[i - 1].name, sorted[i].name) == 0)
            return false;
        wb_buffer_append_format(purl, "%s%s=", i == 0 ? "?" : "&", sorted[i].name);
        append_encoded(purl, sorted[i].value, strlen(sorted[i].value));
    }
    return true;
}

/* What is not case sensitive in each type is written in lower case. */
struct type_rules {
    const char *type;
    bool lower_namespace, lower_name, lower_version;
};

static const struct type_rules types[] = {
    {"deb", true, true, false},
    {"oci", true, true, true},
    {"rpm", true, false, false},
};

static const struct type_rules *rules_of(const char *type)
{
    static const struct type_rules none = {"", false, false, false};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].type, type) == 0)
            return &types[i];
    return &none;
}

static const char *strip_slashes(struct wb_arena *arena, const char *name)
{
    while (*name == '/')
        name++;
    size_t size = strlen(name);
    while (size > 0 && name[size - 1] == '/')
        size--;
    return wb_arena_copy_bytes(arena, name, size);
}

const char *wb_purl_format(struct wb_arena *arena, const char *type, const char *name_space,
                           const char *name, const char *version,
                           const struct wb_name_value *qualifiers, size_t qualifier_count)
{
    if (!is_key(type, ".-") || name == NULL)
        return NULL;
    type = lower_case(arena, type);
    name = strip_slashes(arena, name);
    if (*name == '\0')
        return NULL;
    const struct type_rules *rules = rules_of(type);
    if (rules->lower_namespace)
        name_space = lower_case(arena, name_space);
    if (rules->lower_name)
        name = lower_case(arena, name);
    if (rules->lower_version)
        version = lower_case(arena, version);
    WB_AUTO_VALUE(wb_buffer) purl = {0};
    wb_buffer_append_format(&purl, "pkg:%s/", type);
    append_namespace(&purl, name_space);
    append_encoded(&purl, name, strlen(name));
    if (version != NULL && version[0] != '\0') {
        wb_buffer_append_text(&purl, "@");
        append_encoded(&purl, version, strlen(version));
    }
    if (!append_qualifiers(&purl, arena, qualifiers, qualifier_count))
        return NULL;
    return wb_arena_copy_bytes(arena, purl.data, purl.size);
}

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
    const char *stripped = strip_slashes(arena, name);
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
