/* SPDX-License-Identifier: Apache-2.0 */
/* Names of licences that every distribution writes alike: SPDX ids, GNU versions, exceptions. */
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <string.h>

struct gnu_family {
    const char *name;
    const char *id;
    const char *variant; /* between version and suffix of the id */
};

/* Longer names first where one begins with another. */
static const struct gnu_family gnu_families[] = {
    {"affero general public license", "AGPL", ""},
    {"lesser general public license", "LGPL", ""},
    {"library general public license", "LGPL", ""},
    {"general public license", "GPL", ""},
    {"free documentation license", "GFDL", ""},
    {"affero gpl", "AGPL", ""},
    {"lesser gpl", "LGPL", ""},
    {"library gpl", "LGPL", ""},
    {"agpl", "AGPL", ""},
    {"lgpl", "LGPL", ""},
    {"gpl", "GPL", ""},
    {"gfdl-niv", "GFDL", "-no-invariants"},
    {"gfdl", "GFDL", ""},
    {"fdl", "GFDL", ""},
};

static const char *const version_leads[] = {" version ", ", version ", " v.", " v",
                                            "-v",        "v",          " ",   "-"};

static const char *const later_suffixes[] = {
    "+",
    " +",
    "-or-later",
    " or later",
    "-or-later-version",
    " or later version",
    " or any later version",
    " or newer",
    " (or later)",
    " or any later",
    "or later",
};

/* Reads `2`, `2.0`, `2.1`; moves *text behind it. */
static bool take_version(const char **text, char version[4])
{
    const char *at = *text;

    if (*at < '0' || *at > '9') {
        return false;
    }
    version[0] = *at++;
    version[1] = '.';
    version[2] = '0';
    version[3] = '\0';
    if (at[0] == '.' && at[1] >= '0' && at[1] <= '9') {
        version[2] = at[1];
        at += 2;
    }
    if (at[0] == '.' && at[1] == '0') { /* `2.0.0` */
        at += 2;
    }
    *text = at;
    return true;
}

/* Licences of the GNU project, whose ids depend on what stands behind the version. */
static const char *gnu_name(struct wb_arena *arena, const char *name)
{
    const struct gnu_family *family = NULL;
    const char *suffix = NULL;
    char version[4];

    if (wb_ascii_starts_with(name, "the ")) {
        name += strlen("the ");
    }
    if (wb_ascii_starts_with(name, "gnu ")) {
        name += strlen("gnu ");
    }
    for (size_t i = 0; i < sizeof gnu_families / sizeof gnu_families[0] && family == NULL; i++) {
        if (wb_ascii_starts_with(name, gnu_families[i].name)) {
            family = &gnu_families[i];
        }
    }
    if (family == NULL) {
        return NULL;
    }
    name += strlen(family->name);
    for (size_t i = 0; i < sizeof version_leads / sizeof version_leads[0]; i++) {
        if (wb_ascii_starts_with(name, version_leads[i])) {
            name += strlen(version_leads[i]);
            break;
        }
    }
    if (!take_version(&name, version)) {
        return NULL;
    }
    if (*name == '\0' || wb_ascii_compare(name, " only") == 0 ||
        wb_ascii_compare(name, "-only") == 0) {
        suffix = "only";
    }
    for (size_t i = 0; i < sizeof later_suffixes / sizeof later_suffixes[0]; i++) {
        if (wb_ascii_compare(name, later_suffixes[i]) == 0) {
            suffix = "or-later";
        }
    }
    if (suffix == NULL) {
        return NULL;
    }
    return wb_licence_canonical(
        wb_arena_format(arena, "%s-%s%s-%s", family->id, version, family->variant, suffix));
}

struct known_exception {
    const char *name;
    const char *licence; /* what the licence's id begins with */
    const char *id;
};

/* Only names that stand for one listed text. `OpenSSL exception` or `Autoconf exception` stand for
 * several: they become a LicenseRef with the text that the package carries. */
static const struct known_exception known_exceptions[] = {
    {"Bison", "GPL-3.0", "Bison-exception-2.2"},
    {"Bison-2.2", "GPL-3.0", "Bison-exception-2.2"},
    {"Classpath", "", "Classpath-exception-2.0"},
    {"eCos", "GPL-2.0", "eCos-exception-2.0"},
    {"Font", "GPL", "Font-exception-2.0"},
    {"GCC", "GPL-2.0", "GCC-exception-2.0"},
    {"GCC", "GPL-3.0", "GCC-exception-3.1"},
    {"GCC Runtime Library", "GPL-3.0", "GCC-exception-3.1"},
    {"GCC-RLE", "GPL-3.0", "GCC-exception-3.1"},
    {"GCC-Runtime-3.1", "GPL-3.0", "GCC-exception-3.1"},
    {"GCC-Runtime-Library", "GPL-3.0", "GCC-exception-3.1"},
    {"Qt-GPL", "GPL-3.0", "Qt-GPL-exception-1.0"},
    {"Qt-LGPL", "LGPL", "Qt-LGPL-exception-1.1"},
    {"U-Boot", "GPL-2.0", "u-boot-exception-2.0"},
    {"Universal-FOSS", "", "Universal-FOSS-exception-1.0"},
    {"WxWindows", "", "WxWindows-exception-3.1"},
};

static const char *exception_id(struct wb_arena *arena, const char *licence, const char *name)
{
    static const char *const endings[] = {" exceptions", " exception", "-exceptions", "-exception"};
    char *stem = wb_arena_copy(arena, name);
    char *dashed;
    const char *id;

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (wb_ascii_ends_with(stem, endings[i])) {
            stem[strlen(stem) - strlen(endings[i])] = '\0';
            break;
        }
    }
    for (size_t i = 0; i < sizeof known_exceptions / sizeof known_exceptions[0]; i++) {
        if (wb_ascii_compare(stem, known_exceptions[i].name) == 0 &&
            wb_text_starts_with(licence, known_exceptions[i].licence)) {
            return known_exceptions[i].id;
        }
    }
    dashed = wb_arena_copy(arena, stem);
    for (char *byte = dashed; *byte != '\0'; byte++) {
        *byte = *byte == ' ' ? '-' : *byte;
    }
    id = wb_licence_exception_canonical(name);
    if (id == NULL) {
        id = wb_licence_exception_canonical(dashed);
    }
    if (id == NULL) {
        id = wb_licence_exception_canonical(wb_arena_format(arena, "%s-exception", dashed));
    }
    return id;
}

/* The last ` with ` or `-with-`: before it must stand a licence without exception. */
static const char *name_with_exception(struct wb_arena *arena, const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        const char *licence;
        const char *exception;

        if (!wb_ascii_starts_with(at, " with ") && !wb_ascii_starts_with(at, "-with-")) {
            continue;
        }
        licence =
            wb_licence_name_common(arena, wb_arena_copy_bytes(arena, name, (size_t)(at - name)));
        if (licence == NULL || strchr(licence, ' ') != NULL) {
            return NULL;
        }
        exception = exception_id(arena, licence, at + strlen(" with "));
        return exception != NULL ? wb_arena_format(arena, "%s WITH %s", licence, exception) : NULL;
    }
    return NULL;
}

/* Annex D has no room for other kinds of nodes here: a name stands for one licence. References are
 * the caller's, who must have their texts. */
static const char *listed_name(struct wb_arena *arena, const char *name)
{
    const struct wb_licence_node *node;

    if (strchr(name, '(') != NULL || wb_text_starts_with(name, "LicenseRef-") ||
        wb_text_starts_with(name, "DocumentRef-")) {
        return NULL;
    }
    node = wb_licence_parse(arena, name);
    return node != NULL && node->kind == WB_LICENCE_NAME ? node->name : NULL;
}

const char *wb_licence_name_common(struct wb_arena *arena, const char *name)
{
    const char *found = listed_name(arena, name);
    size_t length = strlen(name);

    if (found == NULL) {
        found = gnu_name(arena, name);
    }
    if (found == NULL && length >= 3 && name[length - 2] == '-' && name[length - 1] >= '0' &&
        name[length - 1] <= '9') {
        found = listed_name(arena, wb_arena_format(arena, "%s.0", name)); /* `Apache-2` */
    }
    if (found == NULL) {
        found = name_with_exception(arena, name);
    }
    return found;
}
