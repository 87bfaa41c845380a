/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking to an OCI layout, as `cosign save` makes it, with the release files once more below
 * files/. All of it is written to a new directory beside, which then gets the name. */
#include "delivery/unpack_private.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- directories ---- */

static bool make_directory(const char *path, struct wb_error *err)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST ||
           wb_error_set_errno(err, errno, "%s: cannot make the directory", path);
}

/* The directories of `name`, whose components are known to be safe, below `root`. */
static bool make_parents(const char *root, const char *name, struct wb_error *err)
{
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        WB_AUTO_STRING path = wb_string_format("%s/%.*s", root, (int)(slash - name), name);
        if (!make_directory(path, err))
            return false;
    }
    return true;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

/* ---- files ---- */

static bool write_text(const char *root, const char *name, struct wb_bytes content,
                       struct wb_error *err)
{
    WB_AUTO_STRING path = wb_string_format("%s/%s", root, name);
    WB_AUTO(wb_output) *output = wb_output_open_mode(path, 0666, false, err);
    if (output == NULL)
        return false;
    wb_output_write(output, content.data, content.size);
    return wb_output_commit(output, err) || wb_error_context(err, "%s", path);
}

static bool write_blob(struct wb_unpacking *unpacking, const struct wb_pack_blob *blob,
                       const char *root, const char *name, struct wb_error *err)
{
    WB_AUTO_STRING path = wb_string_format("%s/%s", root, name);
    if (!make_parents(root, name, err))
        return false;
    WB_AUTO(wb_output) *output = wb_output_open_mode(path, 0666, false, err);
    if (output == NULL || !wb_unpack_copy(unpacking, blob, output, err))
        return false;
    return wb_output_commit(output, err) || wb_error_context(err, "%s", path);
}

/* cosign finds the image of a layout by this mark, and knows layouts of one image only. */
static void mark_first_image(struct wb_unpacking *unpacking)
{
    const struct wb_packing *packing = &unpacking->packing;
    char digest[WB_DIGEST_TEXT_SIZE];
    if (packing->inventory.image_count == 0)
        return;
    const struct wb_digest *first = &packing->inventory.images[0].digest;
    const struct wb_pack_blob *blob = wb_pack_blob_find(packing, first);
    bool is_index = strcmp(blob->entry.role, "index") == 0;
    wb_digest_format(first, digest);
    for (size_t i = 0; i < json_array_size(packing->entries); i++) {
        json_t *entry = json_array_get(packing->entries, i);
        if (strcmp(wb_json_string_of(entry, "digest"), digest) != 0)
            continue;
        json_object_set_new(json_object_get(entry, "annotations"), WB_KIND,
                            json_string(is_index ? "dev.cosignproject.cosign/imageIndex"
                                                 : "dev.cosignproject.cosign/image"));
        return;
    }
}

static bool write_documents(struct wb_unpacking *unpacking, const char *root, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_delivery_head) head = {0};
    const struct wb_bytes layout = {(const uint8_t *)WB_LAYOUT_FILE, strlen(WB_LAYOUT_FILE)};
    mark_first_image(unpacking);
    return make_parents(root, "blobs/sha256/", err) &&
           wb_delivery_head_index(&head, unpacking->packing.entries, err) &&
           write_text(root, "index.json", wb_buffer_bytes(&head.index), err) &&
           write_text(root, "oci-layout", layout, err);
}

/* Its content is a blob already: the same file under another name, where the file system has such.
 */
static bool link_file(struct wb_unpacking *unpacking, const struct wb_inventory_file *file,
                      const char *root, const char *name)
{
    char blob[WB_DIGEST_TEXT_SIZE + 8];
    WB_AUTO_STRING from =
        wb_string_format("%s/%s", root, wb_delivery_blob_name(&file->digest, blob));
    WB_AUTO_STRING to = wb_string_format("%s/%s", root, name);
    if (link(from, to) != 0)
        return false;
    wb_pack_progress(&unpacking->packing, file->size);
    return true;
}

static bool write_files(struct wb_unpacking *unpacking, const char *root, struct wb_error *err)
{
    for (size_t i = 0; i < unpacking->inventory->file_count; i++) {
        const struct wb_inventory_file *file = &unpacking->inventory->files[i];
        const struct wb_pack_blob blob = {.layout = unpacking->delivery,
                                          .entry = {.digest = file->digest, .size = file->size}};
        if (!wb_inventory_path_is_safe(file->path))
            return wb_error_set(err, WB_BAD_INPUT, "`%.200s` is no safe name for a file",
                                file->path);
        WB_AUTO_STRING name = wb_string_format("files/%s", file->path);
        if (!make_parents(root, name, err) || (!link_file(unpacking, file, root, name) &&
                                               !write_blob(unpacking, &blob, root, name, err)))
            return false;
    }
    return true;
}

static bool write_all(struct wb_unpacking *unpacking, const char *root, struct wb_error *err)
{
    struct wb_packing *packing = &unpacking->packing;
    for (size_t i = 0; i < packing->blob_count; i++)
        packing->bytes_total += packing->blobs[i]->entry.size;
    for (size_t i = 0; i < unpacking->inventory->file_count; i++)
        packing->bytes_total += unpacking->inventory->files[i].size;
    for (size_t i = 0; i < packing->blob_count; i++) {
        char name[WB_DIGEST_TEXT_SIZE + 8];
        wb_delivery_blob_name(&packing->blobs[i]->entry.digest, name);
        if (!write_blob(unpacking, packing->blobs[i], root, name, err))
            return false;
    }
    return write_files(unpacking, root, err) && write_documents(unpacking, root, err);
}

/* ---- the whole ---- */

/* What came to be there in the meantime is not replaced, unless it is an empty directory. */
static bool put_in_place(const char *temporary, const char *output, struct wb_error *err)
{
    mode_t mask = umask(0);
    umask(mask);
    if (chmod(temporary, 0777 & ~mask) != 0 || rename(temporary, output) != 0)
        return wb_error_set_errno(err, errno, "%s: cannot put it in place", output);
    return true;
}

bool wb_unpack_layout(struct wb_unpacking *unpacking, const char *output, struct wb_error *err)
{
    WB_AUTO_STRING place = wb_string_copy(output);
    struct stat status;
    size_t length = strlen(place);
    while (length > 1 && place[length - 1] == '/')
        place[--length] = '\0';
    /* An empty directory makes room. */
    if (lstat(place, &status) == 0 && (!S_ISDIR(status.st_mode) || rmdir(place) != 0))
        return wb_error_set(err, WB_USAGE, "%s: it is there already, and not an empty directory",
                            place);
    const char *slash = strrchr(place, '/');
    int parent = slash == NULL ? 0 : (int)(slash - place + 1);
    WB_AUTO_STRING temporary =
        wb_string_format("%.*s.%.200s.XXXXXX", parent, place, place + parent);
    if (mkdtemp(temporary) == NULL)
        return wb_error_set_errno(err, errno, "%s: cannot write there", output);
    if (write_all(unpacking, temporary, err) && put_in_place(temporary, place, err))
        return true;
    nftw(temporary, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return false;
}
