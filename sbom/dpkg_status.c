/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg's status file, and distroless's status.d: which packages there are, in what state. */
#include "sbom/dpkg.h"

#define uthash_malloc(size) wb_allocate(size)
#include <string.h>
#include <uthash.h>

/* Bounds on what a hostile file can make of few bytes; the largest distributions have 100,000
 * packages, and no system has them all installed. */
#define STANZA_MAX 1000000
#define RELATION_MAX 4000000
#define FINDING_MAX 100

/* A package of one architecture; there can be only one. */
struct known_package {
    const char *key;
    UT_hash_handle hh;
};

struct status_reader {
    struct wb_bom *bom;
    struct wb_arena *arena; /* for what is known */
    struct known_package *known;
    struct wb_database *database;
    struct wb_package_list *list;
    enum wb_read_depth depth;
    bool is_status_d;
    int layer;
    size_t relation_room;
    size_t damaged, repeated;
};

/* ---- identity ---- */

static const struct {
    const char *name;
    enum wb_package_state state;
} states[] = {
    {"installed", WB_STATE_INSTALLED},
    {"triggers-pending", WB_STATE_INSTALLED},
    {"triggers-awaited", WB_STATE_INSTALLED},
    {"unpacked", WB_STATE_UNPACKED},
    {"half-configured", WB_STATE_HALF_CONFIGURED},
    {"postinst-failed", WB_STATE_HALF_CONFIGURED}, /* before dpkg 1.2 */
    {"half-installed", WB_STATE_HALF_INSTALLED},
    {"removal-failed", WB_STATE_HALF_INSTALLED}, /* before dpkg 1.2 */
    {"config-files", WB_STATE_CONFIG_FILES},
    {"not-installed", WB_STATE_NOT_INSTALLED},
};

static struct wb_slice take_word(struct wb_slice *rest)
{
    *rest = wb_slice_trim(*rest);
    if (rest->size == 0)
        return (struct wb_slice){NULL, 0};
    size_t size = 0;
    while (size < rest->size && rest->data[size] != ' ' && rest->data[size] != '\t' &&
           rest->data[size] != '\n')
        size++;
    struct wb_slice word = {rest->data, size};
    rest->data += size;
    rest->size -= size;
    return word;
}

/* `want flag state`, as in `install ok installed`. */
static bool parse_state(struct wb_slice field, enum wb_package_state *state)
{
    take_word(&field);
    take_word(&field);
    struct wb_slice word = take_word(&field);
    if (wb_slice_trim(field).size > 0)
        return false;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (wb_slice_is(word, states[i].name)) {
            *state = states[i].state;
            return true;
        }
    return false;
}

static bool is_package_name(struct wb_slice name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alphanumeric && (i == 0 || (c != '-' && c != '+' && c != '.' && c != '_')))
            return false;
    }
    return name.size > 0;
}

static const char *lower_case(struct wb_arena *arena, struct wb_slice name)
{
    char *copy = wb_arena_copy_bytes(arena, name.data, name.size);
    for (char *at = copy; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return copy;
}

/* `name` or `name (version)`; a binary package built from a source of its own name and version has
 * no such field. */
static void read_source(struct wb_slice field, struct wb_arena *arena, struct wb_package *package)
{
    package->source_name = package->name;
    package->source_version = package->evr;
    struct wb_slice rest = field;
    struct wb_slice name = take_word(&rest);
    if (name.size == 0)
        return;
    package->source_name = wb_slice_text(arena, name);
    rest = wb_slice_trim(rest);
    if (rest.size < 2 || rest.data[0] != '(' || rest.data[rest.size - 1] != ')')
        return;
    struct wb_slice text = wb_slice_trim((struct wb_slice){rest.data + 1, rest.size - 2});
    struct wb_dpkg_version version;
    if (wb_dpkg_version_parse(text, &version) == NULL)
        package->source_version = wb_dpkg_version_format(arena, &version);
    else if (text.size > 0)
        package->source_version = wb_slice_text(arena, text);
}

struct identity {
    struct wb_slice name;
    struct wb_dpkg_version version;
    enum wb_package_state state;
};

/* NULL when the stanza says what package this is, else what is wrong. A package that is not
 * installed needs no version, and is not listed. */
static const char *find_identity(const struct wb_dpkg_stanza *stanza, bool is_status_d,
                                 struct identity *identity)
{
    if (stanza->damage[0] != '\0')
        return stanza->damage;
    identity->name = wb_dpkg_stanza_value(stanza, "package");
    if (identity->name.size == 0)
        return "no Package field";
    if (!is_package_name(identity->name))
        return "a package name that is none";
    struct wb_slice status = wb_dpkg_stanza_value(stanza, "status");
    identity->state = WB_STATE_INSTALLED;
    if (status.size == 0 && !is_status_d)
        return "no Status field";
    if (status.size > 0 && !parse_state(status, &identity->state))
        return "a Status field that says nothing known";
    struct wb_slice version = wb_dpkg_stanza_value(stanza, "version");
    /* Old dpkg kept only this version of a removed package. */
    if (version.size == 0 && identity->state == WB_STATE_CONFIG_FILES)
        version = wb_dpkg_stanza_value(stanza, "config-version");
    if (version.size == 0)
        return identity->state == WB_STATE_NOT_INSTALLED ? NULL : "no Version field";
    return wb_dpkg_version_parse(version, &identity->version);
}

static struct wb_package *make_package(const struct status_reader *reader,
                                       const struct wb_dpkg_stanza *stanza,
                                       const struct identity *identity)
{
    struct wb_arena *arena = reader->bom->arena;
    struct wb_package *package = wb_bom_new_package(reader->bom, WB_PACKAGE_DEB);
    package->state = identity->state;
    package->name = lower_case(arena, identity->name);
    package->epoch = identity->version.epoch;
    package->version = wb_slice_text(arena, identity->version.version);
    package->release = wb_slice_text(arena, identity->version.revision);
    package->evr = wb_dpkg_version_format(arena, &identity->version);
    package->architecture = wb_slice_text(arena, wb_dpkg_stanza_value(stanza, "architecture"));
    package->multi_arch = wb_slice_text(arena, wb_dpkg_stanza_value(stanza, "multi-arch"));
    read_source(wb_dpkg_stanza_value(stanza, "source"), arena, package);
    wb_dpkg_maintainer_read(wb_dpkg_stanza_value(stanza, "maintainer"), arena, package);
    return package;
}

/* ---- all of it ---- */

static const struct {
    const char *field;
    enum wb_relation_kind kind;
} relation_fields[] = {
    {"depends", WB_RELATION_DEPENDS},       {"pre-depends", WB_RELATION_PRE_DEPENDS},
    {"recommends", WB_RELATION_RECOMMENDS}, {"suggests", WB_RELATION_SUGGESTS},
    {"provides", WB_RELATION_PROVIDES},     {"conflicts", WB_RELATION_CONFLICTS},
    {"breaks", WB_RELATION_BREAKS},         {"replaces", WB_RELATION_REPLACES},
};

/* dpkg itself never writes a package twice, and refuses such a file; merged by hand or by a tool,
 * it does not say which entry is true, so both are listed. */
static void report_twice(struct status_reader *reader, const struct wb_dpkg_stanza *stanza,
                         const struct wb_package *package)
{
    const char *key = wb_arena_format(reader->arena, "%s:%s", package->name,
                                      package->architecture == NULL ? "" : package->architecture);
    struct known_package *known;
    HASH_FIND_STR(reader->known, key, known);
    if (known == NULL) {
        known = wb_arena_allocate(reader->arena, sizeof *known);
        known->key = key;
        HASH_ADD_KEYPTR(hh, reader->known, known->key, (unsigned)strlen(known->key), known);
    } else if (reader->repeated++ < FINDING_MAX) {
        wb_bom_add_finding(reader->bom, WB_SEVERITY_WARNING, "package-listed-twice", reader->layer,
                           reader->database->path,
                           "/%s: package %s is listed more than once, again at line %zu",
                           reader->database->path, key, stanza->line);
    }
}

/* What cannot be read of a package that is otherwise known. */
static void report_field(const struct status_reader *reader, const struct wb_dpkg_stanza *stanza,
                         const struct wb_package *package, const char *field)
{
    wb_bom_add_finding(reader->bom, WB_SEVERITY_WARNING, "package-field-unreadable", reader->layer,
                       reader->database->path,
                       "/%s: the %s field of package %s (line %zu) cannot be read in full",
                       reader->database->path, field, package->name, stanza->line);
}

static void read_details(struct status_reader *reader, const struct wb_dpkg_stanza *stanza,
                         struct wb_package *package)
{
    for (size_t i = 0; i < sizeof relation_fields / sizeof relation_fields[0]; i++) {
        struct wb_slice value = wb_dpkg_stanza_value(stanza, relation_fields[i].field);
        if (!wb_dpkg_relations_read(value, relation_fields[i].kind, reader->bom, package,
                                    &reader->relation_room))
            report_field(reader, stanza, package, relation_fields[i].field);
    }
    if (!wb_dpkg_details_read(stanza, reader->bom, package))
        report_field(reader, stanza, package, "conffiles");
}

static void report_damage(struct status_reader *reader, const struct wb_dpkg_stanza *stanza,
                          const char *damage)
{
    reader->database->unreadable_count++;
    if (reader->depth != WB_READ_ALL || reader->damaged++ >= FINDING_MAX)
        return;
    struct wb_slice name = wb_dpkg_stanza_value(stanza, "package");
    wb_bom_add_finding(
        reader->bom, WB_SEVERITY_WARNING, "package-unreadable", reader->layer,
        reader->database->path, "/%s: the package entry at line %zu%s%.*s cannot be read: %s",
        reader->database->path, stanza->line, name.size == 0 ? "" : ", ",
        name.size > 100 ? 100 : (int)name.size, name.size == 0 ? "" : name.data, damage);
}

static void report_more_damage(const struct status_reader *reader)
{
    if (reader->damaged <= FINDING_MAX)
        return;
    wb_bom_add_finding(reader->bom, WB_SEVERITY_WARNING, "package-unreadable", reader->layer,
                       reader->database->path, "/%s: %zu more package entries cannot be read",
                       reader->database->path, reader->damaged - FINDING_MAX);
}

static void read_stanza(struct status_reader *reader, const struct wb_dpkg_stanza *stanza)
{
    struct identity identity = {.state = WB_STATE_INSTALLED};
    const char *damage = find_identity(stanza, reader->is_status_d, &identity);
    if (damage != NULL) {
        report_damage(reader, stanza, damage);
        return;
    }
    if (identity.version.version.size == 0)
        return;
    struct wb_package *package = make_package(reader, stanza, &identity);
    if (reader->depth == WB_READ_ALL) {
        report_twice(reader, stanza, package);
        read_details(reader, stanza, package);
    }
    WB_APPEND(reader->list->packages, reader->list->count, reader->list->capacity, package);
}

bool wb_dpkg_status_read(struct wb_bytes text, bool is_status_d, enum wb_read_depth depth,
                         int layer, struct wb_bom *bom, struct wb_database *database,
                         struct wb_package_list *list, struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct status_reader reader = {.bom = bom,
                                   .arena = arena,
                                   .database = database,
                                   .list = list,
                                   .depth = depth,
                                   .is_status_d = is_status_d,
                                   .layer = layer,
                                   .relation_room = RELATION_MAX};
    database->format = is_status_d ? "dpkg-status.d" : "dpkg-status";
    struct wb_dpkg_stanza_reader stanzas = {.rest = {(const char *)text.data, text.size}};
    WB_AUTO_VALUE(wb_dpkg_stanza) stanza = {0};
    size_t count = 0;
    bool good = true;
    while (good && wb_dpkg_stanza_next(&stanzas, &stanza)) {
        if (++count > STANZA_MAX)
            good = wb_error_set(err, WB_BAD_INPUT, "more than %d packages", STANZA_MAX);
        else
            read_stanza(&reader, &stanza);
    }
    report_more_damage(&reader);
    HASH_CLEAR(hh, reader.known);
    database->package_count = list->count;
    return good;
}
