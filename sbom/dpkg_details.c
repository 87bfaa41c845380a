/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptive fields of a dpkg stanza, and the configuration files it lists. */
#include "sbom/dpkg.h"

#include <string.h>

/* ---- maintainer ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool starts_with_word(const char *text, const char *word)
{
    while (*word != '\0' && lower(*text) == *word) {
        text++;
        word++;
    }
    return *word == '\0';
}

/* Whether one of the words begins somewhere in the text; `a` in `alpha` but not in `beta`. */
static bool has_word(const char *text, const char *const *words, size_t count)
{
    bool at_start = true;
    for (; *text != '\0'; text++) {
        for (size_t i = 0; i < count && at_start; i++)
            if (starts_with_word(text, words[i]))
                return true;
        at_start = !is_letter(*text);
    }
    return false;
}

/* The field does not say whether a person or a team stands behind it. Teams name themselves so, or
 * have a mailing list; a company is one word or has its legal form. */
static bool is_person(const char *name, const char *email)
{
    static const char *const in_names[] = {
        "team",      "maintainer",  "packag",    "group",       "developer", "project",
        "debian",    "ubuntu",      "community", "list",        "authors",   "foundation",
        "task",      "department",  "inc",       "corporation", "limited",   "ltd",
        "llc",       "gmbh",        "corp",      "ag",          "support",   "release",
        "engineers", "engineering", "security",  "software",    "linux",
    };
    static const char *const in_mails[] = {"lists", "packages", "tracker", "maintainers",
                                           "devel", "discuss",  "team",    "support"};
    if (strchr(name, ' ') == NULL)
        return false;
    if (has_word(name, in_names, sizeof in_names / sizeof in_names[0]))
        return false;
    return email == NULL || !has_word(email, in_mails, sizeof in_mails / sizeof in_mails[0]);
}

static struct wb_slice strip_quotes(struct wb_slice name)
{
    if (name.size >= 2 && name.data[0] == '"' && name.data[name.size - 1] == '"')
        return wb_slice_trim((struct wb_slice){name.data + 1, name.size - 2});
    return name;
}

/* `Name <mail>`; one of the two may be missing. */
void wb_dpkg_maintainer_read(struct wb_slice field, struct wb_arena *arena,
                             struct wb_package *package)
{
    struct wb_slice name = field;
    struct wb_slice email = {NULL, 0};
    const char *open = field.size == 0 ? NULL : memrchr(field.data, '<', field.size);
    if (open != NULL) {
        const char *end = field.data + field.size;
        const char *close = memchr(open, '>', (size_t)(end - open));
        email = wb_slice_trim(
            (struct wb_slice){open + 1, (size_t)((close == NULL ? end : close) - open - 1)});
        name = wb_slice_trim((struct wb_slice){field.data, (size_t)(open - field.data)});
    } else if (field.size > 0 && memchr(field.data, '@', field.size) != NULL &&
               memchr(field.data, ' ', field.size) == NULL) {
        email = field;
        name = (struct wb_slice){NULL, 0};
    }
    package->supplier_email = wb_slice_text(arena, email);
    package->supplier = wb_slice_text(arena, strip_quotes(name));
    if (package->supplier == NULL)
        package->supplier = package->supplier_email;
    if (package->supplier != NULL)
        package->supplier_is_person = is_person(package->supplier, package->supplier_email);
}

/* ---- description ---- */

static void append_line(struct wb_buffer *text, struct wb_arena *arena, struct wb_slice line)
{
    if (line.size > 0 && line.data[0] == ' ')
        line = (struct wb_slice){line.data + 1, line.size - 1};
    while (line.size > 0 && (line.data[line.size - 1] == ' ' || line.data[line.size - 1] == '\t'))
        line.size--;
    /* A lone dot stands for an empty line. */
    if (line.size == 1 && line.data[0] == '.')
        line.size = 0;
    WB_AUTO_VALUE(wb_buffer) plain = {0};
    wb_buffer_append(&plain, line.data, line.size);
    for (size_t i = 0; i < plain.size; i++)
        if (plain.data[i] == '\t')
            plain.data[i] = ' ';
    const char *printable =
        plain.size == 0 ? "" : wb_utf8_escape(arena, (const char *)plain.data, plain.size);
    wb_buffer_append_text(text, printable);
    wb_buffer_append_text(text, "\n");
}

/* deb-control(5): the first line is the synopsis, the others the long description. */
static void read_description(struct wb_slice field, struct wb_arena *arena,
                             struct wb_package *package)
{
    struct wb_slice line;
    if (!wb_slice_take_line(&field, &line))
        return;
    package->summary = wb_slice_text(arena, wb_slice_trim(line));
    WB_AUTO_VALUE(wb_buffer) text = {0};
    WB_AUTO(wb_arena) *lines = wb_arena_new();
    while (wb_slice_take_line(&field, &line))
        append_line(&text, lines, line);
    while (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    if (text.size > 0)
        package->description = wb_arena_copy_bytes(arena, text.data, text.size);
}

/* ---- configuration files ---- */

static struct wb_slice take_last_word(struct wb_slice *line)
{
    *line = wb_slice_trim(*line);
    size_t start = line->size;
    while (start > 0 && line->data[start - 1] != ' ' && line->data[start - 1] != '\t')
        start--;
    struct wb_slice word = {line->data + start, line->size - start};
    line->size = start;
    return word;
}

/* ` PATH DIGEST [obsolete] [remove-on-upgrade]`, read from its end because paths may have blanks.
 * A configuration file whose content dpkg does not know yet has `newconffile` for a digest. */
static bool read_conffile(struct wb_slice line, struct wb_bom *bom, struct wb_package *package)
{
    unsigned flags = WB_OWNED_CONFIG;
    struct wb_slice word = take_last_word(&line);
    if (wb_slice_is(word, "remove-on-upgrade")) {
        flags |= WB_OWNED_MISSING_OK;
        word = take_last_word(&line);
    }
    if (wb_slice_is(word, "obsolete")) {
        flags |= WB_OWNED_OBSOLETE;
        word = take_last_word(&line);
    }
    struct wb_digest digest = {.algorithm = WB_DIGEST_NONE};
    char hex[33];
    if (word.size == 32) {
        memcpy(hex, word.data, 32);
        hex[32] = '\0';
        if (!wb_hex_parse(hex, digest.bytes, 16))
            return false;
        digest.algorithm = WB_DIGEST_MD5;
    } else if (!wb_slice_is(word, "newconffile")) {
        return false;
    }
    struct wb_slice path = wb_slice_trim(line);
    while (path.size > 0 && path.data[0] == '/') {
        path.data++;
        path.size--;
    }
    if (path.size == 0)
        return false;
    WB_AUTO_STRING absolute = wb_string_format("/%.*s", (int)path.size, path.data);
    struct wb_owned_file *owned = wb_package_add_owned_file(bom, package, absolute);
    owned->flags = flags;
    owned->digest = digest;
    return true;
}

#define CONFFILE_LINE_MAX 65536 /* longer than any path a kernel accepts */

static bool read_conffiles(struct wb_slice field, struct wb_bom *bom, struct wb_package *package)
{
    struct wb_slice line;
    bool whole = true;
    while (wb_slice_take_line(&field, &line))
        if (wb_slice_trim(line).size > 0)
            whole = line.size <= CONFFILE_LINE_MAX && read_conffile(line, bom, package) && whole;
    return whole;
}

/* ---- the rest ---- */

/* KiB, rounded by dpkg-gencontrol; what is not a number says nothing. */
static int64_t read_installed_size(struct wb_slice field)
{
    int64_t size = 0;
    for (size_t i = 0; i < field.size; i++) {
        if (field.data[i] < '0' || field.data[i] > '9' || size > INT64_MAX / 1024 / 10 - 1)
            return -1;
        size = size * 10 + (field.data[i] - '0');
    }
    return field.size == 0 ? -1 : size * 1024;
}

static const char *one_line(struct wb_arena *arena, const struct wb_dpkg_stanza *stanza,
                            const char *name)
{
    struct wb_slice value = wb_dpkg_stanza_value(stanza, name);
    struct wb_slice line;
    if (!wb_slice_take_line(&value, &line))
        return NULL;
    return wb_slice_text(arena, wb_slice_trim(line));
}

bool wb_dpkg_details_read(const struct wb_dpkg_stanza *stanza, struct wb_bom *bom,
                          struct wb_package *package)
{
    struct wb_arena *arena = bom->arena;
    package->section = one_line(arena, stanza, "section");
    package->priority = one_line(arena, stanza, "priority");
    package->homepage = one_line(arena, stanza, "homepage");
    package->essential = wb_slice_is(wb_dpkg_stanza_value(stanza, "essential"), "yes");
    package->installed_size = read_installed_size(wb_dpkg_stanza_value(stanza, "installed-size"));
    read_description(wb_dpkg_stanza_value(stanza, "description"), arena, package);
    return read_conffiles(wb_dpkg_stanza_value(stanza, "conffiles"), bom, package);
}
