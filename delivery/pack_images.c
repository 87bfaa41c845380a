/* SPDX-License-Identifier: Apache-2.0 */
/* The images that were named, each with what is below it and what is attached to it. */
#include "delivery/pack_private.h"

#include <stdlib.h>
#include <string.h>

#define CONTAINERD_NAME "io.containerd.image.name"
#define NAME_SIZE_MAX 255

/* ---- names ---- */

/* The last component of the path, without what an archive's name ends with. */
static const char *base_name(struct wb_arena *arena, const char *path)
{
    char *text = wb_arena_copy(arena, path);
    size_t length = strlen(text);
    while (length > 1 && text[length - 1] == '/')
        text[--length] = '\0';
    if (wb_text_ends_with(text, ".tar") && length > 4)
        text[length - 4] = '\0';
    const char *slash = strrchr(text, '/');
    return slash == NULL || slash[1] == '\0' ? text : slash + 1;
}

static bool check_name(const char *name, struct wb_error *err)
{
    size_t length = strlen(name);
    bool good = length > 0 && length <= NAME_SIZE_MAX && wb_utf8_valid(name, length);
    for (const char *at = name; good && *at != '\0'; at++)
        good = *at > ' ' && *at <= '~';
    return good || wb_error_set(err, WB_BAD_INPUT,
                                "`%.100s` is no name for an image: use printable ASCII without "
                                "spaces, at most %d characters; NAME=oci:DIR gives it another",
                                name, NAME_SIZE_MAX);
}

/* What an image keeps of its entry. containerd's name would go on to say the old name of one that
 * was given another; cosign's mark is for a layout of one image, and made when it is unpacked. */
static struct wb_descriptor kept_entry(struct wb_arena *arena, const struct wb_descriptor *target,
                                       bool renamed)
{
    struct wb_descriptor entry = *target;
    entry.annotations =
        wb_arena_allocate(arena, (target->annotation_count + 1) * sizeof *entry.annotations);
    entry.annotation_count = 0;
    for (size_t i = 0; i < target->annotation_count; i++) {
        const char *name = target->annotations[i].name;
        if (strcmp(name, WB_KIND) != 0 && !(renamed && strcmp(name, CONTAINERD_NAME) == 0))
            entry.annotations[entry.annotation_count++] = target->annotations[i];
    }
    return entry;
}

static const char *name_of(struct wb_packing *packing, const struct wb_pack_image *image,
                           const struct wb_descriptor *target)
{
    if (image->name != NULL)
        return image->name;
    const char *name = wb_descriptor_annotation(target, WB_REF_NAME);
    if (name == NULL)
        name = wb_descriptor_annotation(target, CONTAINERD_NAME);
    return name != NULL ? name : base_name(packing->arena, image->reference.path);
}

/* ---- one image ---- */

static bool is_packed(const struct wb_packing *packing, const struct wb_descriptor *target,
                      const char *name)
{
    for (size_t i = 0; i < packing->inventory.image_count; i++) {
        const struct wb_inventory_image *image = &packing->inventory.images[i];
        if (wb_digest_equal(&image->digest, &target->digest) && strcmp(image->name, name) == 0)
            return true;
    }
    return false;
}

static bool add_attached(struct wb_packing *packing, struct wb_layout *layout,
                         struct wb_inventory_image *image, const struct wb_pack_digests *below,
                         struct wb_error *err)
{
    if (!wb_pack_attached(packing, layout, &image->digest, image, err))
        return false;
    for (size_t i = 0; i < below->count; i++)
        if (!wb_pack_attached(packing, layout, &below->items[i], image, err))
            return false;
    /* What is attached may have signatures of its own; the list grows meanwhile. */
    for (size_t i = 0; i < packing->waiting_count; i++) {
        const struct wb_digest digest = packing->waiting[i];
        if (wb_pack_blob_find(packing, &digest)->looked_in != layout &&
            !wb_pack_attached(packing, layout, &digest, NULL, err))
            return false;
    }
    return true;
}

bool wb_pack_image(struct wb_packing *packing, struct wb_layout *layout,
                   const struct wb_descriptor *target, const char *name, bool renamed,
                   struct wb_error *err)
{
    struct wb_pack_digests below = {0};
    struct wb_inventory *inventory = &packing->inventory;
    struct wb_inventory_image image = {.name = wb_arena_copy(packing->arena, name),
                                       .digest = target->digest};
    const struct wb_descriptor entry = kept_entry(packing->arena, target, renamed);
    packing->waiting_count = 0;
    bool good =
        check_name(name, err) &&
        wb_pack_document(packing, layout, &target->digest, target->size, &below, err) != NULL &&
        wb_pack_entry(packing, &entry, name, err) &&
        add_attached(packing, layout, &image, &below, err);
    if (good && below.count > 0) {
        image.platforms = wb_arena_allocate(packing->arena, below.count * sizeof *image.platforms);
        memcpy(image.platforms, below.items, below.count * sizeof *image.platforms);
        image.platform_count = below.count;
    }
    free(below.items);
    if (good)
        WB_APPEND(inventory->images, inventory->image_count, packing->image_capacity, image);
    return good;
}

static bool add_named(struct wb_packing *packing, const struct wb_pack_image *image,
                      struct wb_layout *layout, struct wb_error *err)
{
    const struct wb_descriptor *targets;
    size_t count = 1;
    bool one = image->reference.tag != NULL || image->reference.digest != NULL;
    if (one)
        targets = wb_layout_target(layout, err);
    else if (!wb_layout_images(layout, &targets, &count, err))
        targets = NULL;
    if (targets == NULL)
        return false;
    if (count == 0)
        return wb_error_set(err, WB_BAD_INPUT, "index.json lists no image");
    if (count > 1 && image->name != NULL)
        return wb_error_set(err, WB_BAD_INPUT,
                            "there are %zu images, which cannot all be named `%.100s`: add a tag",
                            count, image->name);
    for (size_t i = 0; i < count; i++) {
        const char *name = name_of(packing, image, &targets[i]);
        if (!check_name(name, err))
            return false;
        if (!is_packed(packing, &targets[i], name) &&
            !wb_pack_image(packing, layout, &targets[i], name, image->name != NULL, err))
            return false;
    }
    return true;
}

bool wb_pack_images(struct wb_packing *packing, struct wb_error *err)
{
    for (size_t i = 0; i < packing->options->image_count; i++) {
        const struct wb_pack_image *image = &packing->options->images[i];
        packing->layouts[i] = wb_layout_open(&image->reference, WB_LAYOUT_READ, err);
        if (packing->layouts[i] == NULL)
            return false;
        if (!add_named(packing, image, packing->layouts[i], err))
            return wb_error_context(err, "%s", image->reference.text);
    }
    return true;
}
