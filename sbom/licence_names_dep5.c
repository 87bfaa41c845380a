/* SPDX-License-Identifier: Apache-2.0 */
/* The licence short names of Debian's machine-readable copyright files. */
#include "sbom/licence.h"

#include <string.h>

/* copyright-format 1.0, "License short names", and what packages write for the same licences.
 * Debian's Artistic (usr/share/common-licenses/Artistic) is word for word SPDX's Artistic-1.0-Perl.
 * A GNU licence without a version may be taken under any. */
static const struct wb_licence_alias aliases[] = {
    {"Apache License 2.0", "Apache-2.0"},
    {"Apache License, Version 2.0", "Apache-2.0"},
    {"Apache-2-LLVM-exceptions", "Apache-2.0 WITH LLVM-exception"},
    {"Artistic", "Artistic-1.0-Perl"},
    {"Artistic-1", "Artistic-1.0-Perl"},
    {"Boost", "BSL-1.0"},
    {"Boost-1.0", "BSL-1.0"},
    {"BSD-0-clause", "0BSD"},
    {"BSD-2", "BSD-2-Clause"},
    {"BSD-2-clauses", "BSD-2-Clause"},
    {"BSD-3", "BSD-3-Clause"},
    {"BSD-3-clauses", "BSD-3-Clause"},
    {"BSD-4", "BSD-4-Clause"},
    {"BSD-4-clause-UCB", "BSD-4-Clause-UC"},
    {"BSD2", "BSD-2-Clause"},
    {"BSD3", "BSD-3-Clause"},
    {"BSD4", "BSD-4-Clause"},
    {"CC0", "CC0-1.0"},
    {"CC0 license", "CC0-1.0"},
    {"Expat", "MIT"},
    {"Expat/MIT", "MIT"},
    {"GFDL", "GFDL-1.1-or-later"},
    {"GFDL-NIV", "GFDL-1.1-no-invariants-or-later"},
    {"GPL", "GPL-1.0-or-later"},
    {"GPL+", "GPL-1.0-or-later"},
    {"LGPL", "LGPL-2.0-or-later"},
    {"LGPL+", "LGPL-2.0-or-later"},
    {"MIT/Expat", "MIT"},
    {"OpenLDAP-2.8", "OLDAP-2.8"},
    {"Perl", "GPL-1.0-or-later OR Artistic-1.0-Perl"},
    {"SIL-1.0", "OFL-1.0"},
    {"SIL-1.1", "OFL-1.1"},
    {"SIL-OFL-1.1", "OFL-1.1"},
    {"WTFPL-2", "WTFPL"},
    {"WTFPL-2.0", "WTFPL"},
    {"Zope-2.0", "ZPL-2.0"},
    {"Zope-2.1", "ZPL-2.1"},
};

static const char *alias(const char *name)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (wb_ascii_compare(name, aliases[i].name) == 0) {
            return aliases[i].expression;
        }
    }
    return NULL;
}

/* `LGPLv3+_or_GPLv2+`: a choice written as one name, taken apart when both sides are known. */
static const char *underscored_choice(struct wb_arena *arena, const char *name)
{
    const char *at = strstr(name, "_or_");
    const char *left;
    const char *right;

    if (at == NULL || strstr(at + 1, "_or_") != NULL) {
        return NULL;
    }
    left = wb_licence_name_dep5(arena, wb_arena_copy_bytes(arena, name, (size_t)(at - name)));
    right = wb_licence_name_dep5(arena, at + strlen("_or_"));
    if (left == NULL || right == NULL) {
        return NULL;
    }
    return wb_arena_format(arena, "(%s) OR (%s)", left, right);
}

const char *wb_licence_name_dep5(struct wb_arena *arena, const char *name)
{
    const char *found = alias(name);

    if (found == NULL) {
        found = wb_licence_name_common(arena, name);
    }
    if (found == NULL) {
        found = underscored_choice(arena, name);
    }
    return found;
}
