/* SPDX-License-Identifier: Apache-2.0 */
/* What image_properties.c writes of the image and the document, read back. */
#include "formats/formats_private.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define LAYER_MAX 1000000
#define DATABASE_MAX 1024 /* each package looks for its own by path */

struct text_field {
    const char *name;
    size_t place;
};

static bool read_text(struct wb_bom *bom, void *thing, const struct text_field *fields,
                      size_t count, const char *name, const char *value)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0) {
            const char **text = (const char **)((char *)thing + fields[i].place);
            *text = wb_arena_copy(bom->arena, value);
            return true;
        }
    return false;
}

#define READ_TEXT(bom, thing, fields, name, value)                                                 \
    read_text((bom), (thing), (fields), sizeof(fields) / sizeof((fields)[0]), (name), (value))

/* `3:size`: the index from 0 and the field's name; the next index may be one new item. NULL for
 * anything else. */
static const char *read_index(const char *name, size_t count, size_t limit, size_t *index)
{
    size_t size = strcspn(name, ":");
    char digits[8];
    uint64_t number;
    if (size == 0 || size >= sizeof digits || name[size] == '\0')
        return NULL;
    memcpy(digits, name, size);
    digits[size] = '\0';
    if (!wb_field_number_read(digits, limit, &number) || number == 0 || number > count + 1)
        return NULL;
    *index = (size_t)number - 1;
    return name + size + 1;
}

/* ---- the image ---- */

static bool copy_part(char part[32], const char *text, size_t size)
{
    if (size >= 32)
        return false;
    memcpy(part, text, size);
    part[size] = '\0';
    return true;
}

/* `os/architecture[/variant]` */
static bool read_platform(struct wb_platform *platform, const char *value)
{
    struct wb_platform read = {0};
    size_t os = strcspn(value, "/");
    if (!copy_part(read.os, value, os) || value[os] == '\0')
        return false;
    const char *architecture = value + os + 1;
    size_t size = strcspn(architecture, "/");
    if (!copy_part(read.architecture, architecture, size))
        return false;
    if (architecture[size] != '\0' &&
        !copy_part(read.variant, architecture + size + 1, strlen(architecture + size + 1)))
        return false;
    *platform = read;
    return true;
}

/* Files for which a format had no place: `unowned sha256:0123... /path`, with the digests that
 * there are. */
static bool read_image_file(struct wb_bom *bom, const char *value)
{
    size_t size = strcspn(value, " ");
    if (value[size] == '\0')
        return false;
    WB_AUTO_STRING status = wb_string_format("%.*s", (int)size, value);
    struct wb_file *file = wb_bom_new_file(bom);
    const char *rest = value + size + 1;
    struct wb_digest digest;
    for (;;) {
        size = strcspn(rest, " ");
        WB_AUTO_STRING word = wb_string_format("%.*s", (int)size, rest);
        if (rest[size] == '\0' || !wb_digest_parse(word, &digest, NULL) ||
            !wb_file_digest_read(bom, file, &digest))
            break;
        rest += size + 1;
    }
    file->path = wb_read_line(bom, rest);
    return wb_file_property_read(bom, file, "waybill:file:status", status) &&
           wb_bom_list_file(bom, file);
}

static bool read_layer(struct wb_bom *bom, const char *name, const char *value)
{
    static const struct text_field texts[] = {
        {"digest", offsetof(struct wb_layer_information, blob_digest)},
        {"diffID", offsetof(struct wb_layer_information, diff_id)},
        {"mediaType", offsetof(struct wb_layer_information, media_type)},
        {"createdBy", offsetof(struct wb_layer_information, created_by)},
    };
    size_t index;
    uint64_t number;
    name = read_index(name, bom->layer_count, LAYER_MAX, &index);
    if (name == NULL)
        return false;
    if (index == bom->layer_count)
        WB_ARENA_APPEND(bom->arena, bom->layers, bom->layer_count,
                        (struct wb_layer_information){0});
    struct wb_layer_information *layer = &bom->layers[index];
    if (READ_TEXT(bom, layer, texts, name, value))
        return true;
    if (!wb_field_number_read(value, INT64_MAX, &number))
        return false;
    if (strcmp(name, "size") == 0)
        layer->blob_size = number;
    else if (strcmp(name, "uncompressedSize") == 0)
        layer->tar_size = number;
    else if (strcmp(name, "entries") == 0)
        layer->entry_count = (size_t)number;
    else
        return false;
    return true;
}

static bool read_image(struct wb_bom *bom, const char *name, const char *value)
{
    static const struct text_field texts[] = {
        {"manifestDigest", offsetof(struct wb_image_description, manifest_digest)},
        {"configDigest", offsetof(struct wb_image_description, config_digest)},
        {"indexDigest", offsetof(struct wb_image_description, index_digest)},
        {"name", offsetof(struct wb_image_description, name)},
        {"repository", offsetof(struct wb_image_description, repository)},
        {"tag", offsetof(struct wb_image_description, tag)},
        {"author", offsetof(struct wb_image_description, author)},
    };
    struct wb_image_description *image = wb_bom_read_image(bom);
    if (wb_text_starts_with(name, "layer:"))
        return read_layer(bom, name + strlen("layer:"), value);
    bool label = wb_text_starts_with(name, "label:");
    if (label || wb_text_starts_with(name, "annotation:")) {
        struct wb_name_value pair = {wb_arena_copy(bom->arena, strchr(name, ':') + 1),
                                     wb_arena_copy(bom->arena, value)};
        if (label)
            WB_ARENA_APPEND(bom->arena, image->labels, image->label_count, pair);
        else
            WB_ARENA_APPEND(bom->arena, image->annotations, image->annotation_count, pair);
        return true;
    }
    if (strcmp(name, "platform") == 0)
        return read_platform(&image->platform, value);
    if (strcmp(name, "file") == 0)
        return read_image_file(bom, value);
    if (strcmp(name, "recordDigest") == 0) {
        bom->content_digest = wb_arena_copy(bom->arena, value);
        return true;
    }
    if (strcmp(name, "created") == 0) {
        image->has_created = wb_time_parse(value, &image->created);
        return image->has_created;
    }
    return READ_TEXT(bom, image, texts, name, value);
}

/* ---- lists ---- */

/* `introducedByLayer` and so on. */
static bool read_span(struct wb_layer_span *span, const char *name, const char *value)
{
    if (!wb_text_ends_with(name, "ByLayer"))
        return false;
    WB_AUTO_STRING what = wb_string_format("%.*s", (int)(strlen(name) - strlen("ByLayer")), name);
    return strchr(what, ':') == NULL && wb_layer_property_read(span, what, value);
}

static bool read_database(struct wb_bom *bom, const char *name, const char *value)
{
    static const struct text_field texts[] = {
        {"path", offsetof(struct wb_database, path)},
        {"format", offsetof(struct wb_database, format)},
    };
    size_t index;
    uint64_t number;
    name = read_index(name, bom->database_count, DATABASE_MAX, &index);
    if (name == NULL)
        return false;
    if (index == bom->database_count) {
        struct wb_database fresh = {.span = {-1, -1, -1}, .path = "", .format = ""};
        WB_APPEND(bom->databases, bom->database_count, bom->database_capacity, fresh);
    }
    struct wb_database *database = &bom->databases[index];
    if (READ_TEXT(bom, database, texts, name, value)) {
        if (strcmp(name, "format") == 0)
            database->kind = wb_text_starts_with(value, "rpm-") ? WB_PACKAGE_RPM : WB_PACKAGE_DEB;
        return true;
    }
    if (read_span(&database->span, name, value))
        return true;
    if (!wb_field_number_read(value, UINT32_MAX, &number))
        return false;
    if (strcmp(name, "packages") == 0)
        database->package_count = (size_t)number;
    else if (strcmp(name, "unreadable") == 0)
        database->unreadable_count = (size_t)number;
    else
        return false;
    return true;
}

static bool read_trusted_key(struct wb_bom *bom, const char *name, const char *value)
{
    static const struct text_field texts[] = {
        {"id", offsetof(struct wb_trusted_key, key_id)},
        {"summary", offsetof(struct wb_trusted_key, summary)},
        {"armoured", offsetof(struct wb_trusted_key, armoured)},
    };
    size_t index;
    name = read_index(name, bom->trusted_key_count, LAYER_MAX, &index);
    if (name == NULL)
        return false;
    if (index == bom->trusted_key_count) {
        struct wb_trusted_key fresh = {.span = {-1, -1, -1}};
        WB_APPEND(bom->trusted_keys, bom->trusted_key_count, bom->trusted_key_capacity, fresh);
    }
    struct wb_trusted_key *key = &bom->trusted_keys[index];
    return READ_TEXT(bom, key, texts, name, value) || read_span(&key->span, name, value);
}

/* `LicenseRef-x:name` and, behind it, `LicenseRef-x:text`. */
static bool read_licence(struct wb_bom *bom, const char *name, const char *value)
{
    const char *colon = strrchr(name, ':');
    if (colon == NULL)
        return false;
    const char *id = wb_arena_copy_bytes(bom->arena, name, (size_t)(colon - name));
    struct wb_licence_text *last =
        bom->licence_text_count == 0 ? NULL : &bom->licence_texts[bom->licence_text_count - 1];
    if (strcmp(colon, ":name") == 0) {
        wb_bom_read_licence_text(bom, id, value, NULL);
        return true;
    }
    if (strcmp(colon, ":text") != 0 || last == NULL || strcmp(last->id, id) != 0)
        return false;
    last->text = wb_arena_copy(bom->arena, value);
    return true;
}

static bool read_distribution(struct wb_bom *bom, const char *name, const char *value)
{
    static const struct text_field texts[] = {
        {"id", offsetof(struct wb_distribution, id)},
        {"idLike", offsetof(struct wb_distribution, id_like)},
        {"name", offsetof(struct wb_distribution, name)},
        {"version", offsetof(struct wb_distribution, version)},
        {"versionId", offsetof(struct wb_distribution, version_id)},
        {"versionCodename", offsetof(struct wb_distribution, version_codename)},
        {"prettyName", offsetof(struct wb_distribution, pretty_name)},
        {"variantId", offsetof(struct wb_distribution, variant_id)},
        {"cpeName", offsetof(struct wb_distribution, cpe_name)},
        {"homeUrl", offsetof(struct wb_distribution, home_url)},
        {"supportUrl", offsetof(struct wb_distribution, support_url)},
        {"bugReportUrl", offsetof(struct wb_distribution, bug_report_url)},
        {"path", offsetof(struct wb_distribution, path)},
    };
    return READ_TEXT(bom, &bom->distribution, texts, name, value);
}

/* ---- the document ---- */

static bool read_selection(struct wb_bom *bom, const char *value)
{
    static const struct {
        const char *name;
        enum wb_file_selection selection;
    } names[] = {{"unowned", WB_FILES_UNOWNED}, {"none", WB_FILES_NONE}, {"all", WB_FILES_ALL}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].name, value) == 0) {
            bom->file_selection = names[i].selection;
            return true;
        }
    return false;
}

static bool read_total(struct wb_bom *bom, const char *name, const char *value)
{
    static const struct {
        const char *name;
        size_t place;
    } totals[] = {
        {"files", offsetof(struct wb_bom, total_files)},
        {"ownedFiles", offsetof(struct wb_bom, total_owned)},
        {"modifiedFiles", offsetof(struct wb_bom, total_modified)},
        {"unownedFiles", offsetof(struct wb_bom, total_unowned)},
        {"missingFiles", offsetof(struct wb_bom, total_missing)},
    };
    static const char *const counted[] = {"packages", "residues", "removedPackages",
                                          "packagesWithoutLicence"};
    uint64_t number;
    if (!wb_field_number_read(value, UINT32_MAX, &number))
        return false;
    if (wb_text_starts_with(name, "licence:"))
        return true;
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
        if (strcmp(totals[i].name, name) == 0) {
            *(size_t *)((char *)bom + totals[i].place) = (size_t)number;
            return true;
        }
    /* These follow from the packages themselves. */
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
        if (strcmp(counted[i], name) == 0)
            return true;
    return false;
}

bool wb_document_property_read(struct wb_bom *bom, const char *name, const char *value)
{
    static const struct {
        const char *prefix;
        bool (*read)(struct wb_bom *bom, const char *name, const char *value);
    } readers[] = {
        {"waybill:image:", read_image},
        {"waybill:database:", read_database},
        {"waybill:trustedKey:", read_trusted_key},
        {"waybill:distribution:", read_distribution},
        {"waybill:total:", read_total},
        {"waybill:licence:", read_licence},
    };
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (wb_text_starts_with(name, readers[i].prefix))
            return readers[i].read(bom, name + strlen(readers[i].prefix), value);
    return strcmp(name, "waybill:document:files") == 0 && read_selection(bom, value);
}
