/* SPDX-License-Identifier: Apache-2.0 */
/* index.json and the manifests it lists, read as a store of artifacts, changed and written again.
 *
 * The input is text in sections, separated by lines of `====`. Each is a blob; the last one is
 * index.json. So that the fuzzer need not find digests, `@3@` stands for the digest of section 3
 * (counted from 0, in front of the one at hand). */
#include "image/layout_private.h"

#include <stdlib.h>
#include <string.h>

#define SECTIONS_MAX 10
#define BLOBS_MAX (SECTIONS_MAX + 2)

struct memory {
    struct wb_buffer blobs[BLOBS_MAX];
    struct wb_digest digests[BLOBS_MAX];
    size_t count;
    struct wb_buffer index;
};
struct memory_store {
    struct wb_layout_store store;
    struct memory *memory;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct memory *memory_of(struct wb_layout_store *store)
{
    return ((struct memory_store *)store)->memory;
}

static bool read_file(struct wb_layout_store *store, const char *name, size_t limit,
                      struct wb_buffer *content, bool *found, struct wb_error *err)
{
    const struct wb_buffer *index = &memory_of(store)->index;
    *found = true;
    content->size = 0;
    if (strcmp(name, "index.json") != 0)
        wb_buffer_append_text(content, "{\"imageLayoutVersion\":\"1.0.0\"}");
    else if (index->size > limit)
        return wb_error_set(err, WB_BAD_INPUT, "too large");
    else
        wb_buffer_append(content, index->data, index->size);
    return true;
}

static bool open_blob(struct wb_layout_store *store, const struct wb_digest *digest,
                      struct wb_blob *blob, bool *found, struct wb_error *err)
{
    (void)err;
    const struct memory *memory = memory_of(store);
    *found = false;
    for (size_t i = 0; i < memory->count && !*found; i++) {
        *found = wb_digest_equal(&memory->digests[i], digest);
        if (*found)
            *blob = (struct wb_blob){
                .fd = -1, .size = memory->blobs[i].size, .data = memory->blobs[i].data};
    }
    return true;
}

static bool list_blobs(struct wb_layout_store *store, wb_blob_visitor *visit, void *context,
                       struct wb_error *err)
{
    (void)err;
    const struct memory *memory = memory_of(store);
    for (size_t i = 0; i < memory->count; i++)
        visit(context, &memory->digests[i], memory->blobs[i].size);
    return true;
}

static bool add_blob(struct wb_layout_store *store, const struct wb_digest *digest,
                     struct wb_bytes content, struct wb_error *err)
{
    struct memory *memory = memory_of(store);
    if (memory->count == BLOBS_MAX)
        return wb_error_set(err, WB_SYSTEM, "full");
    memory->digests[memory->count] = *digest;
    wb_buffer_append(&memory->blobs[memory->count++], content.data, content.size);
    return true;
}

static bool commit(struct wb_layout_store *store, struct wb_bytes index,
                   const struct wb_digest_list *removed, struct wb_error *err)
{
    (void)removed;
    (void)err;
    memory_of(store)->index.size = 0;
    wb_buffer_append(&memory_of(store)->index, index.data, index.size);
    return true;
}

static void free_store(struct wb_layout_store *store)
{
    free(store);
}

static struct wb_layout *open_layout(struct memory *memory, const char *tag, const char *digest)
{
    struct wb_error err = WB_ERROR_INIT;
    struct memory_store *store = wb_allocate(sizeof *store);
    store->store = (struct wb_layout_store){.read = read_file,
                                            .open = open_blob,
                                            .list = list_blobs,
                                            .add = add_blob,
                                            .commit = commit,
                                            .free = free_store};
    store->memory = memory;
    const struct wb_reference reference = {.tag = (char *)tag, .digest = (char *)digest};
    return wb_layout_open_store(&store->store, &reference, WB_LAYOUT_WRITE, &err);
}

/* One section with its marks replaced. */
static void expand(const struct memory *memory, const uint8_t *data, size_t size,
                   struct wb_buffer *section)
{
    wb_buffer_append(section, "", 0);
    for (size_t i = 0; i < size; i++) {
        char text[WB_DIGEST_TEXT_SIZE];
        bool mark = i + 2 < size && data[i] == '@' && data[i + 1] >= '0' &&
                    (size_t)(data[i + 1] - '0') < memory->count && data[i + 2] == '@';
        if (!mark) {
            wb_buffer_append(section, &data[i], 1);
            continue;
        }
        wb_buffer_append_text(section, wb_digest_format(&memory->digests[data[i + 1] - '0'], text));
        i += 2;
    }
}

static void split(struct memory *memory, const uint8_t *data, size_t size)
{
    const uint8_t *next;
    while (memory->count < SECTIONS_MAX && (next = memmem(data, size, "\n====\n", 6)) != NULL) {
        size_t length = (size_t)(next - data);
        struct wb_buffer *blob = &memory->blobs[memory->count];
        expand(memory, data, length, blob);
        if (!wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(blob),
                             &memory->digests[memory->count++], NULL))
            abort();
        data = next + 6;
        size -= length + 6;
    }
    expand(memory, data, size, &memory->index);
}

static void look_for_referrers(struct wb_layout *layout, const struct memory *memory)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_error err = WB_ERROR_INIT;
    for (size_t i = 0; i < memory->count; i++) {
        struct wb_descriptor *referrers;
        size_t count;
        if (!wb_layout_referrers(layout, &memory->digests[i], arena, &referrers, &count, &err))
            continue;
        for (size_t j = 1; j < count; j++)
            if (wb_digest_equal(&referrers[j - 1].digest, &referrers[j].digest))
                abort();
    }
}

/* What was written must be readable, with the same entries. */
static void change(struct memory *memory)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_layout) *layout = open_layout(memory, NULL, NULL);
    if (layout == NULL)
        return;
    static const char manifest[] = "{\"subject\":{\"digest\":\"sha256:44136fa355b3678a1146ad16f7e86"
                                   "49e94fb4fc21fe77e8310c060f61caaff8a\"}}";
    struct wb_name_value name = {"org.opencontainers.image.ref.name", "v1"};
    struct wb_descriptor entry = {.media_type = "application/vnd.oci.image.manifest.v1+json",
                                  .size = (int64_t)sizeof manifest - 1,
                                  .annotations = &name,
                                  .annotation_count = 1};
    look_for_referrers(layout, memory);
    size_t count, again;
    wb_layout_entries(layout, &count);
    if (count > 0)
        wb_layout_remove_entries(layout, &wb_layout_entries(layout, &count)[0].digest);
    if (!wb_layout_add_blob(layout,
                            (struct wb_bytes){(const uint8_t *)manifest, sizeof manifest - 1},
                            &entry.digest, &err) ||
        !wb_layout_put_entry(layout, &entry, &err) || !wb_layout_commit(layout, &err))
        return;
    wb_layout_entries(layout, &count);
    WB_AUTO(wb_layout) *reread = open_layout(memory, NULL, NULL);
    if (reread == NULL)
        abort();
    wb_layout_entries(reread, &again);
    if (again != count || wb_layout_find_name(reread, "v1") == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory memory = {0};
    split(&memory, data, size);
    char digest[WB_DIGEST_TEXT_SIZE];
    const char *const tags[] = {NULL, "v1", NULL};
    for (size_t i = 0; i < (memory.count > 0 ? 3 : 2); i++) {
        struct wb_error err = WB_ERROR_INIT;
        const char *wanted = i == 2 ? wb_digest_format(&memory.digests[0], digest) : NULL;
        WB_AUTO(wb_layout) *layout = open_layout(&memory, tags[i], wanted);
        const struct wb_descriptor *target = layout == NULL ? NULL : wb_layout_target(layout, &err);
        if (target != NULL && target->media_type == NULL)
            abort();
    }
    change(&memory);
    for (size_t i = 0; i < memory.count; i++)
        wb_buffer_clear(&memory.blobs[i]);
    wb_buffer_clear(&memory.index);
    return 0;
}
