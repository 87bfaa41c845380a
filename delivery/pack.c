/* SPDX-License-Identifier: Apache-2.0 */
/* Packing: collect, measure, plan, sign, write. */
#include "delivery/pack_private.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#define VOLUME_SIZE_MIN ((uint64_t)16 << 20)

static void keep(void *node)
{
    (void)node; /* in the arena */
}

void wb_packing_clear(struct wb_packing *packing)
{
    wb_pack_entries_clear(packing);
    tdestroy(packing->blobs_by_digest, keep);
    for (size_t i = 0; i < packing->options->image_count; i++)
        wb_layout_free(packing->layouts[i]);
    free(packing->layouts);
    free(packing->blobs);
    free(packing->waiting);
    free(packing->referrers);
    free(packing->inventory.images);
    free(packing->inventory.files);
    free(packing->buffer);
    wb_inventory_free(packing->base);
    wb_arena_free(packing->arena);
}

void wb_packing_begin(struct wb_packing *packing, const struct wb_pack_options *options)
{
    *packing = (struct wb_packing){.options = options,
                                   .arena = wb_arena_new(),
                                   .entries = json_array(),
                                   .inventory = {.chunk_size = WB_INVENTORY_CHUNK_SIZE}};
    packing->layouts = wb_allocate_array(options->image_count + 1, sizeof(struct wb_layout *));
    packing->buffer = wb_allocate((size_t)WB_INVENTORY_CHUNK_SIZE);
}

static bool check_options(const struct wb_pack_options *options, const char *output,
                          struct wb_error *err)
{
    if (options->image_count == 0 && options->file_count == 0)
        return wb_error_set(err, WB_USAGE, "neither an image nor a file to pack");
    if (options->volume_size > 0 && options->volume_size < VOLUME_SIZE_MIN)
        return wb_error_set(err, WB_USAGE, "volumes have at least 16M");
    if (options->volume_size > 0 && strcmp(output, "-") == 0)
        return wb_error_set(err, WB_USAGE, "volumes cannot go to standard output");
    if (options->has_expiry && options->expires < options->issued)
        return wb_error_set(err, WB_USAGE, "the delivery would expire before it is issued");
    return options->name == NULL ||
           (options->name[0] != '\0' && wb_utf8_valid(options->name, strlen(options->name))) ||
           wb_error_set(err, WB_USAGE, "the delivery's name is empty or not UTF-8");
}

/* Who has but a key, and no policy, takes signed images only. */
static void say_unsigned(const struct wb_packing *packing)
{
    const struct wb_pack_options *options = packing->options;
    for (size_t i = 0; options->notice != NULL && i < packing->inventory.image_count; i++) {
        const struct wb_inventory_image *image = &packing->inventory.images[i];
        if (image->signature_count == 0)
            options->notice(options->context,
                            wb_arena_format(packing->arena,
                                            "%s is not signed: who verifies the delivery needs a "
                                            "policy that allows that",
                                            image->name));
    }
}

static bool pack(struct wb_packing *packing, const char *output, struct wb_buffer *written,
                 struct wb_error *err)
{
    const struct wb_pack_options *options = packing->options;
    WB_AUTO_VALUE(wb_delivery_head) head = {0};
    if (options->base_statement.size > 0) {
        packing->base = wb_inventory_read(options->base_statement, err);
        if (packing->base == NULL)
            return wb_error_context(err, "the base");
    }
    if (!wb_pack_images(packing, err) || !wb_pack_referrers(packing, err) ||
        !wb_pack_files(packing, err) || !wb_pack_measure(packing, err))
        return false;
    wb_pack_order(packing);
    if (!wb_pack_inventory(packing, &head, err) ||
        !wb_pack_write(packing, &head, output, written, err))
        return false;
    say_unsigned(packing);
    return true;
}

bool wb_pack(const struct wb_pack_options *options, const char *output, struct wb_buffer *written,
             struct wb_error *err)
{
    if (!check_options(options, output, err))
        return false;
    WB_AUTO_VALUE(wb_packing) packing;
    wb_packing_begin(&packing, options);
    return pack(&packing, output, written, err);
}
