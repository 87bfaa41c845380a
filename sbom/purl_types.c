/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs: what each type's definition says of case and namespaces (purl-spec, types/). */
#include "sbom/purl.h"

#include <string.h>

enum component {
    NAMESPACE = 1, /* not case sensitive, written in lower case */
    NAME = 2,
    VERSION = 4,
    UPPER_NAMESPACE = 8,
    NO_NAMESPACE = 16,
    DASHES = 32, /* `_` in the name is `-` */
};

static const struct {
    const char *type;
    unsigned rules;
} types[] = {
    {"alpm", NAMESPACE | NAME},
    {"apk", NAMESPACE | NAME},
    {"bitbucket", NAMESPACE | NAME},
    {"bitnami", NAME},
    {"composer", NAMESPACE | NAME},
    {"cpan", UPPER_NAMESPACE},
    {"deb", NAMESPACE | NAME},
    {"github", NAMESPACE | NAME},
    {"gitlab", NAMESPACE | NAME},
    {"golang", NAMESPACE | NAME},
    {"hex", NAMESPACE | NAME},
    {"huggingface", VERSION},
    {"luarocks", VERSION},
    {"npm", NAMESPACE | NAME},
    {"oci", NAME | VERSION | NO_NAMESPACE},
    {"pub", NAME},
    {"pypi", NAME | DASHES},
    {"qpkg", NAMESPACE},
    {"rpm", NAMESPACE},
};

static const char *change_case(struct wb_arena *arena, const char *text, char first, char last,
                               char to)
{
    char *copy = wb_arena_copy(arena, text);
    for (char *at = copy; at != NULL && *at != '\0'; at++)
        if (*at >= first && *at <= last)
            *at = (char)(*at - first + to);
    return copy;
}

static const char *lower_case(struct wb_arena *arena, const char *text)
{
    return change_case(arena, text, 'A', 'Z', 'a');
}

bool wb_purl_apply_type(struct wb_arena *arena, struct wb_purl *purl)
{
    unsigned rules = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].type, purl->type) == 0)
            rules = types[i].rules;
    if ((rules & NO_NAMESPACE) != 0 && purl->name_space != NULL && *purl->name_space != '\0')
        return false;
    if ((rules & NAMESPACE) != 0)
        purl->name_space = lower_case(arena, purl->name_space);
    if ((rules & UPPER_NAMESPACE) != 0)
        purl->name_space = change_case(arena, purl->name_space, 'a', 'z', 'A');
    if ((rules & NAME) != 0)
        purl->name = lower_case(arena, purl->name);
    if ((rules & DASHES) != 0)
        purl->name = change_case(arena, purl->name, '_', '_', '-');
    if ((rules & VERSION) != 0)
        purl->version = lower_case(arena, purl->version);
    return true;
}
