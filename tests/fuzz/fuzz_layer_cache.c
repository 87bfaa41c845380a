/* SPDX-License-Identifier: Apache-2.0 */
/* Cache entries whose own digest holds but whose record may say anything. The input is what stands
 * between the key in front of an entry and the digest behind it. */
#include "image/layer_private.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wb_digest blob_digest = {.algorithm = WB_DIGEST_SHA256};

/* The name of the only entry in the folder, and how many bytes of key it begins with: an empty
 * record is stored once to learn both. */
static char *learn_entry(const struct wb_layer_options *options, struct wb_buffer *key)
{
    WB_AUTO(wb_layer) *layer = wb_layer_new();
    wb_layer_cache_store(options, &blob_digest, layer);
    DIR *folder = opendir(options->cache_directory);
    if (folder == NULL)
        abort();
    char *path = NULL;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            path = wb_string_format("%s/%s", options->cache_directory, entry->d_name);
    closedir(folder);
    struct wb_error err = WB_ERROR_INIT;
    if (path == NULL || !wb_file_read(AT_FDCWD, path, 1 << 20, key, &err))
        abort();
    /* Of an empty record: diffID (4 + 64), tar size, count, digest. */
    key->size -= 4 + 64 + 8 + 8 + 32;
    return path;
}

static void write_entry(const char *path, const struct wb_buffer *key, struct wb_bytes body)
{
    struct wb_buffer entry = {0};
    struct wb_digest digest;
    wb_buffer_append(&entry, key->data, key->size);
    wb_buffer_append(&entry, body.data, body.size);
    if (!wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(&entry), &digest, NULL))
        abort();
    wb_buffer_append(&entry, digest.bytes, 32);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0 || write(fd, entry.data, entry.size) != (ssize_t)entry.size)
        abort();
    close(fd);
    wb_buffer_clear(&entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char folder[] = "/tmp/waybill-fuzz-XXXXXX";
    static struct wb_buffer key;
    static char *path;
    struct wb_layer_options options = {.cache_directory = folder, .cache_tag = "fuzz"};
    if (path == NULL) {
        if (mkdtemp(folder) == NULL)
            abort();
        path = learn_entry(&options, &key);
    }
    write_entry(path, &key, (struct wb_bytes){data, size});
    wb_layer_free(wb_layer_cache_load(&options, &blob_digest));
    return 0;
}
