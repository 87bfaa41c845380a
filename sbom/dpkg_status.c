/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg's status file, and distroless's status.d: which packages there are, in what state. */
#include "sbom/dpkg.h"

#include <stdio.h>
#include <string.h>

/* Bounds on what a hostile file can make of few bytes; the largest distributions have 100,000
 * packages, and no system has them all installed. */
#define STANZA_MAX 1000000
#define RELATION_MAX 4000000
#define FINDING_MAX 100

struct status_reader {
    struct wb_bom *bom;
    struct wb_database *database;
    struct wb_package_list *list;
    enum wb_read_depth depth;
    bool is_status_d;
    int layer;
    size_t relation_room;
    size_t damaged;
};

/* ---- versions ---- */

static const char *parse_epoch(struct wb_slice digits, int64_t *epoch)
{
    if (digits.size == 0)
        return "an empty epoch";
    *epoch = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return "an epoch that is no number";
        *epoch = *epoch * 10 + (digits.data[i] - '0');
        if (*epoch > INT32_MAX)
            return "an epoch that is too large";
    }
    return NULL;
}

const char *wb_dpkg_version_parse(struct wb_slice text, struct wb_dpkg_version *version)
{
    *version = (struct wb_dpkg_version){.epoch = -1, .version = wb_slice_trim(text)};
    struct wb_slice *rest = &version->version;
    for (size_t i = 0; i < rest->size; i++)
        if ((unsigned char)rest->data[i] <= ' ')
            return "blanks inside the version";
    const char *colon = rest->size == 0 ? NULL : memchr(rest->data, ':', rest->size);
    if (colon != NULL) {
        struct wb_slice digits = {rest->data, (size_t)(colon - rest->data)};
        const char *wrong = parse_epoch(digits, &version->epoch);
        if (wrong != NULL)
            return wrong;
        *rest = (struct wb_slice){colon + 1, rest->size - digits.size - 1};
    }
    const char *hyphen = rest->size == 0 ? NULL : memrchr(rest->data, '-', rest->size);
    if (hyphen != NULL) {
        size_t size = (size_t)(hyphen - rest->data);
        version->revision = (struct wb_slice){hyphen + 1, rest->size - size - 1};
        rest->size = size;
        if (version->revision.size == 0)
            return "an empty revision";
    }
    return rest->size == 0 ? "no version" : NULL;
}

/* As dpkg prints it: an epoch of 0 is left out unless a colon would then be misread. */
static const char *format_version(struct wb_arena *arena, const struct wb_dpkg_version *version)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    bool has_colon = memchr(version->version.data, ':', version->version.size) != NULL;
    if (version->epoch > 0 || has_colon)
        wb_buffer_append_format(&text, "%d:", version->epoch > 0 ? (int)version->epoch : 0);
    wb_buffer_append(&text, version->version.data, version->version.size);
    if (version->revision.data != NULL) {
        wb_buffer_append_text(&text, "-");
        wb_buffer_append(&text, version->revision.data, version->revision.size);
    }
    return wb_utf8_escape(arena, (const char *)text.data, text.size);
}

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
        package->source_version = format_version(arena, &version);
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
    package->evr = format_version(arena, &identity->version);
    package->architecture = wb_slice_text(arena, wb_dpkg_stanza_value(stanza, "architecture"));
    read_source(wb_dpkg_stanza_value(stanza, "source"), arena, package);
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
    if (reader->depth == WB_READ_ALL)
        read_details(reader, stanza, package);
    WB_APPEND(reader->list->packages, reader->list->count, reader->list->capacity, package);
}

bool wb_dpkg_status_read(struct wb_bytes text, bool is_status_d, enum wb_read_depth depth,
                         int layer, struct wb_bom *bom, struct wb_database *database,
                         struct wb_package_list *list, struct wb_error *err)
{
    struct status_reader reader = {.bom = bom,
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
    database->package_count = list->count;
    return good;
}
