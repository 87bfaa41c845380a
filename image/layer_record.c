/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a layer record, and how a layer is called in messages. */
#include "image/layer_private.h"

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

struct wb_layer *wb_layer_share(struct wb_layer *layer)
{
    __atomic_add_fetch(&layer->references, 1, __ATOMIC_RELAXED);
    return layer;
}

void wb_layer_free(struct wb_layer *layer)
{
    if (layer == NULL || __atomic_sub_fetch(&layer->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (size_t i = 0; i < layer->kept_count; i++)
        free(layer->kept[i].data);
    free(layer->kept);
    wb_arena_free(layer->arena);
    free(layer->entries);
    free(layer);
}

uint8_t *wb_layer_keep_content(struct wb_layer *layer, struct wb_entry *entry, size_t size)
{
    uint8_t *data = wb_allocate(size + 1);
    struct wb_bytes *content = wb_arena_allocate(layer->arena, sizeof *content);
    *content = (struct wb_bytes){data, size};
    entry->content = content;
    struct wb_kept_content kept = {.content = content, .data = data};
    WB_APPEND(layer->kept, layer->kept_count, layer->kept_capacity, kept);
    return data;
}

void wb_layer_release_content(struct wb_layer *layer, const struct wb_entry *entry)
{
    if (__atomic_load_n(&layer->references, __ATOMIC_ACQUIRE) > 1)
        return;
    for (size_t i = 0; i < layer->kept_count; i++) {
        if (layer->kept[i].content != entry->content)
            continue;
        free(layer->kept[i].data);
        layer->kept[i].data = NULL;
        layer->kept[i].content->data = NULL;
        layer->kept[i].content->size = 0;
    }
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
