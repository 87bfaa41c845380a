/* SPDX-License-Identifier: Apache-2.0 */
/* Indexes of what refers to a manifest (OCI distribution-spec 1.1, "Referrers Tag Schema"). Made
 * anew: of one image that lies in two layouts each may list something else. */
#include "delivery/pack_private.h"

#include <stdlib.h>
#include <string.h>

static int compare_digests(const struct wb_digest *a, const struct wb_digest *b)
{
    if (a->algorithm != b->algorithm)
        return a->algorithm < b->algorithm ? -1 : 1;
    return memcmp(a->bytes, b->bytes, wb_digest_size(a->algorithm));
}

static int compare_referrers(const void *left, const void *right)
{
    const struct wb_pack_referrer *a = left, *b = right;
    int order = compare_digests(&a->subject, &b->subject);
    return order != 0 ? order : compare_digests(&a->descriptor.digest, &b->descriptor.digest);
}

/* Those of one subject, each once. */
static bool add_index(struct wb_packing *packing, const struct wb_pack_referrer *referrers,
                      size_t count, struct wb_error *err)
{
    struct wb_descriptor *list = wb_allocate_array(count, sizeof *list);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || compare_referrers(&referrers[i - 1], &referrers[i]) != 0)
            list[kept++] = referrers[i].descriptor;
    WB_AUTO_STRING text = wb_referrers_index_text(list, kept, err);
    free(list);
    if (text == NULL)
        return false;
    char tag[160];
    const struct wb_pack_blob *blob = wb_pack_blob_of_bytes(
        packing, (struct wb_bytes){(const uint8_t *)text, strlen(text)}, "index", err);
    if (blob == NULL)
        return false;
    const struct wb_descriptor entry = {.media_type = WB_INDEX_MEDIA_TYPE,
                                        .digest = blob->entry.digest};
    return wb_pack_entry(packing, &entry, wb_attached_tag(&referrers[0].subject, "", tag), err);
}

bool wb_pack_referrers(struct wb_packing *packing, struct wb_error *err)
{
    struct wb_pack_referrer *all = packing->referrers;
    size_t end;
    if (packing->referrer_count > 1)
        qsort(all, packing->referrer_count, sizeof *all, compare_referrers);
    for (size_t start = 0; start < packing->referrer_count; start = end) {
        end = start + 1;
        while (end < packing->referrer_count &&
               wb_digest_equal(&all[end].subject, &all[start].subject))
            end++;
        /* The name of a longer digest would be too long for a tag. */
        if (all[start].subject.algorithm == WB_DIGEST_SHA256 &&
            !add_index(packing, &all[start], end - start, err))
            return false;
    }
    return true;
}
