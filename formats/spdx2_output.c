/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3: one stream of events, written as JSON or as tag-value pairs. */
#include "formats/spdx2.h"

void wb_spdx2_begin_object(struct wb_spdx2 *spdx)
{
    if (spdx->json != NULL)
        wb_json_begin_object(spdx->json);
    else
        wb_spdx2_tags_begin(spdx->tags);
}

void wb_spdx2_end_object(struct wb_spdx2 *spdx)
{
    if (spdx->json != NULL)
        wb_json_end_object(spdx->json);
    else
        wb_spdx2_tags_end(spdx->tags);
}

void wb_spdx2_begin_array(struct wb_spdx2 *spdx)
{
    if (spdx->json != NULL)
        wb_json_begin_array(spdx->json);
    else
        wb_spdx2_tags_begin(spdx->tags);
}

void wb_spdx2_end_array(struct wb_spdx2 *spdx)
{
    if (spdx->json != NULL)
        wb_json_end_array(spdx->json);
    else
        wb_spdx2_tags_end(spdx->tags);
}

void wb_spdx2_key(struct wb_spdx2 *spdx, const char *key)
{
    if (spdx->json != NULL)
        wb_json_key(spdx->json, key);
    else
        wb_spdx2_tags_key(spdx->tags, key);
}

void wb_spdx2_string(struct wb_spdx2 *spdx, const char *value)
{
    if (spdx->json != NULL)
        wb_json_string(spdx->json, value);
    else
        wb_spdx2_tags_string(spdx->tags, value);
}

void wb_spdx2_boolean(struct wb_spdx2 *spdx, bool value)
{
    if (spdx->json != NULL)
        wb_json_boolean(spdx->json, value);
    else
        wb_spdx2_tags_string(spdx->tags, value ? "true" : "false");
}

void wb_spdx2_member(struct wb_spdx2 *spdx, const char *key, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    wb_spdx2_key(spdx, key);
    wb_spdx2_string(spdx, value);
}
