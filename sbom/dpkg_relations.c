/* SPDX-License-Identifier: Apache-2.0 */
/* Relation fields of packages: `a (>= 1) | b:any, c` (deb-control(5), "Depends"). */
#include "sbom/dpkg.h"

#include <string.h>

struct relation_parts {
    struct wb_slice name, architecture, operator, version;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct wb_slice *rest)
{
    while (rest->size > 0 && is_space(rest->data[0])) {
        rest->data++;
        rest->size--;
    }
}

static struct wb_slice take(struct wb_slice *rest, size_t size)
{
    struct wb_slice taken = {rest->data, size};
    rest->data += size;
    rest->size -= size;
    return taken;
}

static bool next_is(const struct wb_slice *rest, char c)
{
    return rest->size > 0 && rest->data[0] == c;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '+' || c == '.' || c == '_';
}

static struct wb_slice take_name(struct wb_slice *rest)
{
    size_t size = 0;
    while (size < rest->size && is_name_character(rest->data[size]))
        size++;
    return take(rest, size);
}

/* Takes up to and with `end`, which stays out of the result; false when it does not come before the
 * next relation. */
static bool take_until(struct wb_slice *rest, char end, struct wb_slice *taken)
{
    size_t size = 0;
    while (size < rest->size && rest->data[size] != end && rest->data[size] != ',' &&
           rest->data[size] != '|')
        size++;
    *taken = take(rest, size);
    if (!next_is(rest, end))
        return false;
    take(rest, 1);
    return true;
}

static bool take_version(struct wb_slice *rest, struct relation_parts *parts)
{
    struct wb_slice inside;
    take(rest, 1);
    if (!take_until(rest, ')', &inside))
        return false;
    inside = wb_slice_trim(inside);
    size_t size = 0;
    while (size < inside.size && memchr("<=>", inside.data[size], 3) != NULL)
        size++;
    parts->operator= take(&inside, size);
    parts->version = wb_slice_trim(inside);
    /* Without an operator dpkg means `=`. */
    return size <= 2 && parts->version.size > 0;
}

/* Architecture lists and build profiles stand in source packages only; some status files, made by
 * other tools, carry them over. */
static bool skip_restrictions(struct wb_slice *rest)
{
    struct wb_slice ignored;
    skip_space(rest);
    while (next_is(rest, '[') || next_is(rest, '<')) {
        if (!take_until(rest, next_is(rest, '[') ? ']' : '>', &ignored))
            return false;
        skip_space(rest);
    }
    return true;
}

static bool take_relation(struct wb_slice *rest, struct relation_parts *parts)
{
    *parts = (struct relation_parts){.architecture = {NULL, 0}};
    skip_space(rest);
    parts->name = take_name(rest);
    if (parts->name.size == 0)
        return false;
    if (next_is(rest, ':')) {
        take(rest, 1);
        parts->architecture = take_name(rest);
        if (parts->architecture.size == 0)
            return false;
    }
    skip_space(rest);
    if (next_is(rest, '(') && !take_version(rest, parts))
        return false;
    return skip_restrictions(rest) &&
           (rest->size == 0 || rest->data[0] == ',' || rest->data[0] == '|');
}

/* `<` and `>` are old spellings that dpkg reads as `<=` and `>=`. NULL: no operator. */
static const char *comparison_of(struct wb_slice operator)
{
    static const struct {
        const char *operator;
        const char *comparison;
    } known[] = {{"", "="},   {"=", "="},   {"<<", "<"}, {"<=", "<="},
                 {"<", "<="}, {">=", ">="}, {">", ">="}, {">>", ">"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (operator.size == strlen(known[i].operator) &&
            memcmp(operator.data, known[i].operator, operator.size) == 0)
            return known[i].comparison;
    return NULL;
}

static bool add_relation(const struct relation_parts *parts, enum wb_relation_kind kind,
                         unsigned group, struct wb_bom *bom, struct wb_package *package,
                         size_t *room)
{
    const char *comparison = NULL;
    if (parts->version.size > 0) {
        comparison = comparison_of(parts->operator);
        if (comparison == NULL)
            return false;
    }
    if (*room == 0)
        return false;
    --*room;
    const char *name = wb_slice_text(bom->arena, parts->name);
    struct wb_relation *relation = wb_package_add_relation(bom, package, kind, group, name);
    relation->comparison = comparison;
    relation->version = wb_slice_text(bom->arena, parts->version);
    relation->architecture = wb_slice_text(bom->arena, parts->architecture);
    return true;
}

bool wb_dpkg_relations_read(struct wb_slice field, enum wb_relation_kind kind, struct wb_bom *bom,
                            struct wb_package *package, size_t *room)
{
    struct wb_slice rest = wb_slice_trim(field);
    bool whole = true;
    bool same_group = false;
    unsigned group = 0;
    while (rest.size > 0) {
        if (!same_group)
            group = (unsigned)package->relation_count;
        struct relation_parts parts;
        bool good =
            take_relation(&rest, &parts) && add_relation(&parts, kind, group, bom, package, room);
        if (!good)
            while (rest.size > 0 && rest.data[0] != ',' && rest.data[0] != '|')
                take(&rest, 1);
        /* A comma at the end of the field closes its last group. */
        whole = whole && good;
        if (rest.size == 0)
            break;
        same_group = next_is(&rest, '|');
        take(&rest, 1);
        skip_space(&rest);
    }
    return whole;
}
