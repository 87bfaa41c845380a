/* SPDX-License-Identifier: Apache-2.0 */
/* Layers as blobs of any compression, read and merged. The input is split at each line that says
 * `--layer--`, so that whiteouts and links of one layer meet what another holds. */
#include "image/image.h"
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

#define LAYERS_MAX 4

static const char separator[] = "--layer--\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory_source {
    struct wb_bytes bytes;
    size_t used;
};

static ssize_t read_memory(void *context, void *data, size_t size, struct wb_error *err)
{
    (void)err;
    struct memory_source *source = context;
    size_t left = source->bytes.size - source->used;
    if (size > left)
        size = left;
    if (size > 0)
        memcpy(data, source->bytes.data + source->used, size);
    source->used += size;
    return (ssize_t)size;
}

/* Makes the checksum of everything that looks like a tar header right, so that mutations get past
 * it. Bytes to free. */
static uint8_t *mend_checksums(struct wb_bytes bytes)
{
    uint8_t *copy = malloc(bytes.size + 1);
    if (copy == NULL)
        abort();
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    for (size_t at = 0; at + 512 <= bytes.size; at += 512) {
        if (memcmp(copy + at + 257, "ustar", 5) != 0)
            continue;
        memset(copy + at + 148, ' ', 8);
        unsigned sum = 0;
        for (size_t i = 0; i < 512; i++)
            sum += copy[at + i];
        for (size_t i = 0; i < 6; i++)
            copy[at + 148 + i] = (uint8_t)('0' + (sum >> (3 * (5 - i)) & 7));
        copy[at + 154] = '\0';
    }
    return copy;
}

static struct wb_layer *read_layer(struct wb_bytes bytes)
{
    struct wb_layer_options options = {
        .keep = wb_sbom_keep,
        .file_digests = WB_FILE_SHA256 | WB_FILE_MD5,
        .max_layer_size = 1 << 20,
        .max_entries = 2000,
    };
    uint8_t *mended = mend_checksums(bytes);
    struct memory_source memory = {.bytes = {mended, bytes.size}};
    struct wb_byte_source source = {.read = read_memory, .context = &memory};
    struct wb_error err = WB_ERROR_INIT;
    struct wb_layer *layer = wb_layer_read(&source, NULL, NULL, -1, &options, &err);
    free(mended);
    if (layer == NULL && err.status != WB_BAD_INPUT)
        abort();
    return layer;
}

static bool check_node(void *context, struct wb_node *node, const char *path)
{
    const struct wb_rootfs *rootfs = context;
    if (strstr(path, "/../") != NULL || path[0] == '/')
        abort();
    if (wb_rootfs_lookup(rootfs, path, false) != node)
        abort();
    wb_rootfs_lookup(rootfs, path, true);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    WB_AUTO(wb_rootfs) *rootfs = wb_rootfs_new();
    struct wb_layer *layers[LAYERS_MAX] = {0};
    bool good = true;
    for (int i = 0; i < LAYERS_MAX && good; i++) {
        const uint8_t *end = memmem(data, size, separator, strlen(separator));
        size_t length = end == NULL || i + 1 == LAYERS_MAX ? size : (size_t)(end - data);
        layers[i] = read_layer((struct wb_bytes){data, length});
        struct wb_error err = WB_ERROR_INIT;
        good = layers[i] != NULL && wb_rootfs_apply(rootfs, layers[i], i, &err);
        if (end == NULL)
            break;
        data += length + strlen(separator);
        size -= length + strlen(separator);
    }
    if (good)
        wb_rootfs_walk(rootfs, check_node, rootfs);
    for (int i = 0; i < LAYERS_MAX; i++)
        wb_layer_free(layers[i]);
    return 0;
}
