/* SPDX-License-Identifier: Apache-2.0 */
/* Release files, the policy and the trust that come along: each an artifact of one layer, so that
 * tools for artifacts (`oras pull`) know them. */
#include "delivery/pack_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define POLICY_SIZE_MAX ((uint64_t)16 << 20)
#define TRUST_SIZE_MAX ((uint64_t)64 << 20)

struct artifact {
    const char *source; /* path on this machine */
    const char *type;
    const char *media_type;
    const char *role;
    const char *title;
};

static bool look_at(const char *path, uint64_t limit, uint64_t *size, struct wb_error *err)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return wb_error_set_errno(err, errno, "%s: cannot open", path);
    if (!S_ISREG(status.st_mode))
        return wb_error_set(err, WB_BAD_INPUT, "%s: not a regular file", path);
    *size = (uint64_t)status.st_size;
    return *size <= limit || wb_error_set(err, WB_BAD_INPUT, "%s: larger than %llu bytes", path,
                                          (unsigned long long)limit);
}

/* The blob is known by its digest only once it was read. */
static struct wb_pack_blob *add_content(struct wb_packing *packing, const struct artifact *artifact,
                                        uint64_t size, struct wb_error *err)
{
    struct wb_pack_blob read = {.path = wb_arena_copy(packing->arena, artifact->source),
                                .entry = {.size = size}};
    if (!wb_pack_measure_blob(packing, &read, err))
        return NULL;
    struct wb_pack_blob *blob =
        wb_pack_blob_add(packing, &read.entry.digest, size, artifact->role, err);
    if (blob == NULL || blob->layout != NULL || blob->path != NULL || blob->content.data != NULL ||
        blob->entry.in_base)
        return blob;
    blob->path = read.path;
    blob->is_measured = true;
    blob->entry.chunks = read.entry.chunks;
    blob->entry.chunk_count = read.entry.chunk_count;
    return blob;
}

static bool add_artifact(struct wb_packing *packing, const struct artifact *artifact,
                         uint64_t limit, struct wb_digest *content, struct wb_digest *manifest,
                         struct wb_error *err)
{
    uint64_t size = 0;
    if (!look_at(artifact->source, limit, &size, err))
        return false;
    const struct wb_pack_blob *blob = add_content(packing, artifact, size, err);
    if (blob == NULL)
        return wb_error_context(err, "%s", artifact->source);
    *content = blob->entry.digest;
    WB_AUTO_VALUE(wb_buffer) json = {0};
    wb_artifact_manifest_write(artifact->type, artifact->media_type, content, size, artifact->title,
                               &json);
    const struct wb_bytes empty = {(const uint8_t *)WB_EMPTY_CONTENT, strlen(WB_EMPTY_CONTENT)};
    const struct wb_pack_blob *added =
        wb_pack_blob_of_bytes(packing, wb_buffer_bytes(&json), "manifest", err);
    if (added == NULL || wb_pack_blob_of_bytes(packing, empty, "config", err) == NULL)
        return false;
    *manifest = added->entry.digest;
    const struct wb_name_value title = {WB_TITLE, artifact->title};
    const struct wb_descriptor entry = {.media_type = WB_MANIFEST_MEDIA_TYPE,
                                        .digest = *manifest,
                                        .artifact_type = artifact->type,
                                        .annotations = (struct wb_name_value *)&title,
                                        .annotation_count = 1};
    return wb_pack_entry(packing, &entry, NULL, err);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool add_file(struct wb_packing *packing, const struct wb_pack_file *file,
                     struct wb_error *err)
{
    struct wb_inventory *inventory = &packing->inventory;
    struct wb_inventory_file added = {.path = wb_arena_copy(packing->arena, file->path)};
    if (!wb_inventory_path_is_safe(file->path))
        return wb_error_set(err, WB_BAD_INPUT,
                            "`%.200s` is no name for a file of a delivery: relative, without `.`, "
                            "`..`, backslashes and control characters; PATH=NAME gives it another",
                            file->path);
    for (size_t i = 0; i < inventory->file_count; i++)
        if (strcmp(inventory->files[i].path, file->path) == 0)
            return wb_error_set(err, WB_USAGE,
                                "two files are named `%.200s`: PATH=NAME gives one another name",
                                file->path);
    const struct artifact artifact = {file->source, WB_FILE_ARTIFACT_TYPE,
                                      "application/octet-stream", "file", added.path};
    if (!add_artifact(packing, &artifact, INT64_MAX, &added.digest, &added.manifest, err))
        return false;
    added.size = wb_pack_blob_find(packing, &added.digest)->entry.size;
    WB_APPEND(inventory->files, inventory->file_count, packing->file_capacity, added);
    return true;
}

bool wb_pack_files(struct wb_packing *packing, struct wb_error *err)
{
    const struct wb_pack_options *options = packing->options;
    struct wb_inventory *inventory = &packing->inventory;
    struct wb_digest manifest;
    for (size_t i = 0; i < options->file_count; i++)
        if (!add_file(packing, &options->files[i], err))
            return false;
    if (options->policy_file != NULL) {
        const struct artifact artifact = {options->policy_file, WB_POLICY_ARTIFACT_TYPE,
                                          WB_POLICY_ARTIFACT_TYPE, "policy",
                                          base_name(options->policy_file)};
        inventory->has_policy = true;
        if (!add_artifact(packing, &artifact, POLICY_SIZE_MAX, &inventory->policy, &manifest, err))
            return false;
    }
    if (options->trust_file != NULL) {
        const struct artifact artifact = {options->trust_file, WB_TRUST_ARTIFACT_TYPE,
                                          WB_TRUST_ARTIFACT_TYPE, "trust",
                                          base_name(options->trust_file)};
        inventory->has_trust = true;
        if (!add_artifact(packing, &artifact, TRUST_SIZE_MAX, &inventory->trust, &manifest, err))
            return false;
    }
    return true;
}
