/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of an image: index, manifest, config; and docker's manifest.json.
 *
 * The input is text in sections, separated by lines of `====`. Each section is a blob of a layout
 * in memory; the last is its index.json, or, when it begins with `[`, the manifest.json of a docker
 * archive. So that the fuzzer need not find digests, `@D3@`, `@H3@` and `@S3@` stand for the digest
 * of section 3 (counted from 0, in front of the one at hand), its hex digits, and its size. */
#include "image/image_set_private.h"

#include <stdlib.h>
#include <string.h>

#define SECTIONS_MAX 10

struct memory_store {
    struct wb_store store;
    struct wb_buffer sections[SECTIONS_MAX];
    struct wb_digest digests[SECTIONS_MAX];
    size_t count;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wb_buffer *find_section(const struct memory_store *store, const char *name)
{
    struct wb_digest digest;
    if (store->count > 0 && (strcmp(name, "index.json") == 0 || strcmp(name, "manifest.json") == 0))
        return &store->sections[store->count - 1];
    if (!wb_blob_name_digest(name, &digest))
        return NULL;
    for (size_t i = 0; i < store->count; i++)
        if (wb_digest_equal(&store->digests[i], &digest))
            return &store->sections[i];
    return NULL;
}

static bool read_section(struct wb_store *base, const char *name, size_t limit,
                         struct wb_buffer *content, bool *found, struct wb_error *err)
{
    static const char version[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
    if (strcmp(name, "oci-layout") == 0) {
        *found = true;
        wb_buffer_append_text(content, version);
        return true;
    }
    const struct wb_buffer *section = find_section((const struct memory_store *)base, name);
    *found = section != NULL;
    if (section != NULL && section->size > limit)
        return wb_error_set(err, WB_BAD_INPUT, "too large");
    if (section != NULL)
        wb_buffer_append(content, section->data, section->size);
    return true;
}

static bool find_layer(struct wb_store *base, const char *name, struct wb_layer_place *place,
                       bool *found, struct wb_error *err)
{
    (void)err;
    const struct wb_buffer *section = find_section((const struct memory_store *)base, name);
    *found = section != NULL;
    place->size = section == NULL ? 0 : section->size;
    return true;
}

/* The store is used for several sets and belongs to none. */
static void keep_store(struct wb_store *base)
{
    (void)base;
}

/* Appends one section with its marks replaced. */
static void append_section(struct memory_store *store, const uint8_t *data, size_t size)
{
    struct wb_buffer *section = &store->sections[store->count];
    wb_buffer_append(section, "", 0);
    for (size_t i = 0; i < size; i++) {
        size_t number = i + 4 <= size ? (size_t)(data[i + 2] - '0') : SECTIONS_MAX;
        bool is_mark = number < store->count && data[i] == '@' && data[i + 3] == '@' &&
                       strchr("DHS", data[i + 1]) != NULL && data[i + 1] != '\0';
        char text[WB_DIGEST_TEXT_SIZE];
        if (!is_mark) {
            wb_buffer_append(section, &data[i], 1);
            continue;
        }
        wb_digest_format(&store->digests[number], text);
        if (data[i + 1] == 'S')
            wb_buffer_append_format(section, "%zu", store->sections[number].size);
        else
            wb_buffer_append_text(section, data[i + 1] == 'D' ? text : strchr(text, ':') + 1);
        i += 3;
    }
    if (wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(section), &store->digests[store->count],
                        NULL))
        store->count++;
}

static void split(struct memory_store *store, const uint8_t *data, size_t size)
{
    static const char separator[] = "\n====\n";
    while (store->count < SECTIONS_MAX) {
        const uint8_t *end = memmem(data, size, separator, sizeof separator - 1);
        append_section(store, data, end == NULL ? size : (size_t)(end - data));
        if (end == NULL)
            return;
        size -= (size_t)(end - data) + sizeof separator - 1;
        data = end + sizeof separator - 1;
    }
}

static void open_all(struct memory_store *store, enum wb_transport transport)
{
    struct wb_reference reference = {
        .transport = transport, .text = (char[]){"fuzz"}, .path = (char[]){"fuzz"}};
    struct wb_platform platform = {.os = "linux", .architecture = "arm"};
    const struct wb_image_options options[] = {
        {.platform = &platform}, {.all_platforms = true}, {.platform = NULL}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        reference.tag = i == 0 ? (char[]){"v1"} : NULL;
        WB_AUTO(wb_image_set) *set =
            wb_image_set_open_store(&store->store, &reference, &options[i], &err);
        for (size_t j = 0; set != NULL && j < wb_image_set_count(set); j++)
            if (wb_image_describe(wb_image_set_get(set, j))->name[0] == '\0')
                abort();
        if (set == NULL && err.status == WB_OK)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_store store = {
        .store = {.read = read_section, .find = find_layer, .free = keep_store}};
    split(&store, data, size);
    bool is_docker = store.count > 0 && store.sections[store.count - 1].data[0] == '[';
    open_all(&store, is_docker ? WB_TRANSPORT_DOCKER_ARCHIVE : WB_TRANSPORT_OCI);
    for (size_t i = 0; i < SECTIONS_MAX; i++)
        wb_buffer_clear(&store.sections[i]);
    return 0;
}
