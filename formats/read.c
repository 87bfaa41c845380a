/* SPDX-License-Identifier: Apache-2.0 */
/* Reading documents of any format into the model. */
#include "formats/formats.h"
#include "formats/formats_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- the whole ---- */

static int compare_pairs(const void *left, const void *right)
{
    const struct wb_name_value *a = left;
    const struct wb_name_value *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->value, b->value);
}

static void sort_pairs(struct wb_name_value *pairs, size_t count)
{
    if (count > 1)
        qsort(pairs, count, sizeof *pairs, compare_pairs);
}

static const char *digest_of(struct wb_bom *bom, struct wb_bytes document)
{
    struct wb_digest digest;
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_digest_bytes(WB_DIGEST_SHA256, document, &digest, NULL))
        wb_out_of_memory(0); /* nothing else can be amiss with SHA-256 */
    return wb_arena_copy(bom->arena, wb_digest_format(&digest, text));
}

/* Every model has an image with a name and something that identifiers can derive from. */
static void complete(struct wb_bom *bom, struct wb_bytes document)
{
    struct wb_image_description *image = wb_bom_read_image(bom);
    sort_pairs(image->labels, image->label_count);
    sort_pairs(image->annotations, image->annotation_count);
    if (image->manifest_digest != NULL)
        bom->content_digest = image->manifest_digest;
    else if (image->config_digest != NULL)
        bom->content_digest = image->config_digest;
    else if (bom->content_digest == NULL)
        bom->content_digest = digest_of(bom, document);
    if (bom->document_name != NULL && *bom->document_name == '\0')
        bom->document_name = NULL;
    if (bom->source_name == NULL || *bom->source_name == '\0')
        bom->source_name = bom->document_name != NULL ? bom->document_name : "unnamed";
    if (image->name == NULL || *image->name == '\0')
        image->name = bom->source_name;
    if (bom->total_files == 0)
        bom->total_files = bom->file_count;
}

/* What others' programs make of a document on the way here, and how to undo it. */
bool wb_document_is_unknown(struct wb_bytes document, struct wb_error *err)
{
    static const struct {
        uint8_t size, bytes[4];
        const char *what;
    } wrappings[] = {
        {2, {0x1f, 0x8b}, "it is compressed: gunzip it first"},
        {4, {0x28, 0xb5, 0x2f, 0xfd}, "it is compressed: unzstd it first"},
        {2, {0xff, 0xfe}, "it is UTF-16, as PowerShell writes: convert it to UTF-8 first"},
        {2, {0xfe, 0xff}, "it is UTF-16: convert it to UTF-8 first"},
    };
    if (document.size == 0)
        return wb_error_set(err, WB_BAD_INPUT, "the document is empty");
    for (size_t i = 0; i < sizeof wrappings / sizeof wrappings[0]; i++)
        if (document.size > wrappings[i].size &&
            memcmp(document.data, wrappings[i].bytes, wrappings[i].size) == 0)
            return wb_error_set(err, WB_BAD_INPUT,
                                "not a document of any format that can be read; %s",
                                wrappings[i].what);
    return wb_error_set(err, WB_BAD_INPUT, "not a document of any format that can be read");
}

struct wb_bom *wb_document_read(struct wb_bytes document, struct wb_error *err)
{
    size_t count;
    const struct wb_format *formats = wb_formats(&count);
    if (document.size > WB_DOCUMENT_SIZE_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "the document has more than %zu bytes",
                     WB_DOCUMENT_SIZE_MAX);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (formats[i].read == NULL || formats[i].recognises == NULL ||
            !formats[i].recognises(document))
            continue;
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        bom->origin_format = formats[i].name;
        wb_bom_read_image(bom);
        if (!formats[i].read(document, bom, err)) {
            wb_error_context(err, "%s", formats[i].description);
            return NULL;
        }
        complete(bom, document);
        wb_bom_finish(bom);
        return WB_STEAL(bom);
    }
    wb_document_is_unknown(document, err);
    return NULL;
}

/* ---- telling documents apart ---- */

/* The end of the JSON string that begins at `at`, behind its closing quote. */
static size_t string_end(struct wb_bytes text, size_t at)
{
    for (at++; at < text.size && text.data[at] != '"'; at++)
        if (text.data[at] == '\\')
            at++;
    return at < text.size ? at + 1 : text.size;
}

static size_t skip_space(struct wb_bytes text, size_t at)
{
    while (at < text.size && memchr(" \t\r\n", text.data[at], 4) != NULL)
        at++;
    return at;
}

/* Whether the quoted text from `at` on begins with `wanted`, and, if `whole`, ends there. */
static bool quotes(struct wb_bytes text, size_t at, const char *wanted, bool whole)
{
    size_t size = strlen(wanted);
    return text.size - at > size + 1 && text.data[at] == '"' &&
           memcmp(text.data + at + 1, wanted, size) == 0 &&
           (!whole || text.data[at + 1 + size] == '"');
}

bool wb_document_member_is(struct wb_bytes document, const char *key, const char *value)
{
    size_t at = skip_space(document, 0), depth = 0;
    if (at == document.size || document.data[at] != '{')
        return false;
    while (at < document.size) {
        uint8_t byte = document.data[at];
        if (byte == '"') {
            size_t end = string_end(document, at);
            size_t colon = skip_space(document, end);
            if (depth == 1 && colon < document.size && document.data[colon] == ':' &&
                quotes(document, at, key, true)) {
                at = skip_space(document, colon + 1);
                return at < document.size && quotes(document, at, value, false);
            }
            at = end;
            continue;
        }
        if (byte == '{' || byte == '[')
            depth++;
        else if ((byte == '}' || byte == ']') && depth > 0)
            depth--;
        at++;
    }
    return false;
}

/* ---- lists in an arena ---- */

void *wb_arena_room(struct wb_arena *arena, const void *items, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return (void *)(uintptr_t)items;
    void *larger = wb_arena_allocate(arena, (count == 0 ? 1 : 2 * count) * size);
    if (count > 0)
        memcpy(larger, items, count * size);
    return larger;
}

/* ---- what readers fill ---- */

struct wb_image_description *wb_bom_read_image(struct wb_bom *bom)
{
    if (bom->read_image == NULL) {
        bom->read_image = wb_arena_allocate(bom->arena, sizeof *bom->read_image);
        bom->image = bom->read_image;
    }
    return bom->read_image;
}

bool wb_bom_list_package(struct wb_bom *bom, struct wb_package *package)
{
    if (package->name == NULL || *package->name == '\0')
        return false;
    if (package->state == WB_STATE_NOT_INSTALLED)
        WB_APPEND(bom->removed, bom->removed_count, bom->removed_capacity, package);
    else if (package->state == WB_STATE_CONFIG_FILES)
        WB_APPEND(bom->residues, bom->residue_count, bom->residue_capacity, package);
    else
        WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
    return true;
}

static bool is_present(const struct wb_package *package)
{
    return package->state != WB_STATE_NOT_INSTALLED && package->state != WB_STATE_CONFIG_FILES;
}

bool wb_bom_read_dependency(struct wb_bom *bom, struct wb_package *from, struct wb_package *to,
                            enum wb_relation_kind kind)
{
    if (from == NULL || to == NULL || !is_present(from) || !is_present(to))
        return false;
    struct wb_dependency edge = {from, to, kind};
    WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, edge);
    return true;
}

struct wb_file *wb_bom_new_file(struct wb_bom *bom)
{
    struct wb_file *file = wb_arena_allocate(bom->arena, sizeof *file);
    file->span = (struct wb_layer_span){-1, -1, -1};
    return file;
}

bool wb_bom_list_file(struct wb_bom *bom, struct wb_file *file)
{
    if (file->path == NULL || *file->path == '\0')
        return false;
    if (file->span.deleted < 0) {
        WB_APPEND(bom->files, bom->file_count, bom->file_capacity, file);
        return true;
    }
    struct wb_removed_file removed = {
        .path = file->path, .size = file->size, .hashes = file->hashes, .span = file->span};
    WB_APPEND(bom->removed_files, bom->removed_file_count, bom->removed_file_capacity, removed);
    return true;
}

bool wb_file_digest_read(struct wb_bom *bom, struct wb_file *file, const struct wb_digest *digest)
{
    unsigned known = file->hashes == NULL ? 0 : file->hashes->present;
    unsigned flag = digest->algorithm == WB_DIGEST_SHA256   ? WB_FILE_SHA256
                    : digest->algorithm == WB_DIGEST_SHA1   ? WB_FILE_SHA1
                    : digest->algorithm == WB_DIGEST_MD5    ? WB_FILE_MD5
                    : digest->algorithm == WB_DIGEST_SHA512 ? WB_FILE_SHA512
                                                            : 0;
    if (flag == 0)
        return false;
    struct wb_file_hashes *hashes = wb_file_hashes_new(bom->arena, known | flag);
    if (file->hashes != NULL)
        memcpy(hashes, file->hashes, wb_file_hashes_size(known));
    hashes->present = known | flag;
    uint8_t *place = flag == WB_FILE_SHA256 ? hashes->sha256
                     : flag == WB_FILE_SHA1 ? hashes->sha1
                     : flag == WB_FILE_MD5  ? hashes->md5
                                            : hashes->sha512;
    memcpy(place, digest->bytes, wb_digest_size(digest->algorithm));
    file->hashes = hashes;
    return true;
}

void wb_bom_read_licence_text(struct wb_bom *bom, const char *id, const char *name,
                              const char *text)
{
    const char *stated_name = name != NULL && *name != '\0' ? name : id;
    struct wb_licence_text licence = {
        .id = wb_arena_copy(bom->arena, id),
        .name = wb_arena_copy(bom->arena, stated_name),
        .text = wb_arena_copy(bom->arena, text != NULL && *text != '\0' ? text : stated_name),
    };
    WB_APPEND(bom->licence_texts, bom->licence_text_count, bom->licence_text_capacity, licence);
}

void wb_package_add_cpe(struct wb_bom *bom, struct wb_package *package, const char *cpe)
{
    WB_ARENA_APPEND(bom->arena, package->cpes, package->cpe_count, wb_arena_copy(bom->arena, cpe));
}

void wb_package_add_reference(struct wb_bom *bom, struct wb_package *package,
                              const struct wb_external_reference *reference)
{
    struct wb_external_reference copy = {
        .category = wb_arena_copy(bom->arena, reference->category),
        .type = wb_arena_copy(bom->arena, reference->type),
        .locator = wb_arena_copy(bom->arena, reference->locator),
        .comment = wb_arena_copy(bom->arena, reference->comment),
    };
    WB_APPEND(package->external_references, package->external_reference_count,
              package->external_reference_capacity, copy);
}

void wb_package_add_checksum(struct wb_package *package, const struct wb_digest *digest)
{
    WB_APPEND(package->checksums, package->checksum_count, package->checksum_capacity, *digest);
}

/* ---- values ---- */

const char *wb_read_line(struct wb_bom *bom, const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (wb_utf8_control_size(at) > 0)
            return wb_utf8_escape_line(bom->arena, text);
    return wb_arena_copy(bom->arena, text);
}

bool wb_field_number_read(const char *text, uint64_t limit, uint64_t *number)
{
    uint64_t value = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (digit > limit || value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

/* `SHA-256`, `SHA256` and `sha256` are the same. */
static bool is_algorithm(const char *stated, size_t size, const char *name)
{
    for (size_t i = 0; i < size; i++) {
        char c = stated[i];
        if (c == '-')
            continue;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (*name == '\0' || *name++ != c)
            return false;
    }
    return *name == '\0';
}

static bool read_digest(const char *algorithm, size_t size, const char *hex,
                        struct wb_digest *digest)
{
    for (int i = WB_DIGEST_MD5; i <= WB_DIGEST_SHA512; i++) {
        enum wb_digest_algorithm known = (enum wb_digest_algorithm)i;
        if (!is_algorithm(algorithm, size, wb_digest_name(known)))
            continue;
        struct wb_digest read = {.algorithm = known};
        if (!wb_hex_parse(hex, read.bytes, wb_digest_size(known)))
            return false;
        *digest = read;
        return true;
    }
    return false;
}

bool wb_field_digest_of(const char *algorithm, const char *hex, struct wb_digest *digest)
{
    return algorithm != NULL && hex != NULL &&
           read_digest(algorithm, strlen(algorithm), hex, digest);
}

bool wb_field_digest_read(const char *text, struct wb_digest *digest)
{
    size_t size = strcspn(text, ":");
    return text[size] == ':' && read_digest(text, size, text + size + 1, digest);
}
