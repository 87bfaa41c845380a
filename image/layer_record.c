/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a layer record, and how a layer is called in messages. */
#include "image/layer_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wb_layer *wb_layer_new(void)
{
    struct wb_layer *layer = wb_allocate(sizeof *layer);
    layer->arena = wb_arena_new();
    layer->references = 1;
    return layer;
}

void wb_layer_observe(struct wb_layer *layer, const struct wb_file_observer *observer)
{
    if (observer == NULL)
        return;
    layer->observation = observer->layer_begin(observer->context);
    layer->observation_free = observer->layer_free;
}

void wb_layer_observe_span(const struct wb_layer *layer, const struct wb_file_observer *observer,
                           const struct wb_file_span *span)
{
    if (span->observed == NULL)
        return;
    if (span->size > 0)
        observer->file_piece(layer->observation, span->observed, span->data, span->size);
    if (span->last)
        observer->file_end(layer->observation, span->observed);
}

struct wb_layer *wb_layer_share(struct wb_layer *layer)
{
    __atomic_add_fetch(&layer->references, 1, __ATOMIC_RELAXED);
    return layer;
}

void wb_layer_free(struct wb_layer *layer)
{
    if (layer == NULL || __atomic_sub_fetch(&layer->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (struct wb_kept_content *kept = layer->kept; kept != NULL; kept = kept->next)
        free(kept->data);
    if (layer->observation_free != NULL)
        layer->observation_free(layer->observation);
    wb_arena_free(layer->arena);
    free(layer->entries);
    free(layer);
}

bool wb_layer_may_keep(const struct wb_layer *layer, const struct wb_entry *entry, size_t limit,
                       struct wb_error *err)
{
    if (entry->size > limit)
        return wb_error_set(err, WB_BAD_INPUT,
                            "/%s: %" PRIu64
                            " bytes, more than the %zu a file of this kind may have",
                            entry->path, entry->size, limit);
    /* What a cache gave back was within the bound when it was read. */
    if (layer->kept_size > WB_LAYER_KEPT_MAX || entry->size > WB_LAYER_KEPT_MAX - layer->kept_size)
        return wb_error_set(err, WB_BAD_INPUT,
                            "/%s: the package databases, file lists and copyright files of the "
                            "layer have more than the %" PRIu64 " bytes that are read",
                            entry->path, WB_LAYER_KEPT_MAX);
    return true;
}

uint8_t *wb_layer_keep_content(struct wb_layer *layer, struct wb_entry *entry, size_t size)
{
    uint8_t *data = wb_allocate(size + 1);
    struct wb_kept_content *kept = wb_arena_allocate(layer->arena, sizeof *kept);
    *kept = (struct wb_kept_content){.content = {data, size}, .data = data, .next = layer->kept};
    layer->kept = kept;
    layer->kept_size += size;
    entry->content = &kept->content;
    return data;
}

void wb_layer_release_content(struct wb_layer *layer, const struct wb_entry *entry)
{
    if (__atomic_load_n(&layer->references, __ATOMIC_ACQUIRE) > 1)
        return;
    struct wb_kept_content *kept = (struct wb_kept_content *)entry->content;
    if (kept == NULL)
        return;
    layer->kept_size -= kept->content.size;
    free(kept->data);
    kept->data = NULL;
    kept->content = (struct wb_bytes){NULL, 0};
}

void wb_layers_free(struct wb_layer **layers, size_t count)
{
    if (layers == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        wb_layer_free(layers[i]);
    free(layers);
}

char *wb_layer_label(size_t index, const char *digest, char text[64])
{
    const char *colon = digest == NULL ? NULL : strchr(digest, ':');
    if (colon == NULL)
        snprintf(text, 64, "layer %zu", index + 1);
    else
        snprintf(text, 64, "layer %zu (%.*s:%.12s…)", index + 1, (int)(colon - digest), digest,
                 colon + 1);
    return text;
}
