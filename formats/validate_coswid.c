/* SPDX-License-Identifier: Apache-2.0 */
/* Judging CoSWID: the reader is strict about tags (RFC 9393); here, what the tags say. */
#include "formats/formats_private.h"
#include "formats/verdict.h"

#include <string.h>

static void judge_package(const struct wb_package *package, size_t index,
                          struct wb_document_verdict *verdict)
{
    struct wb_place whole = {0}, place = {.above = &whole, .index = index};
    wb_verdict_purl(verdict, &place, package->purl);
    for (size_t i = 0; i < package->cpe_count; i++)
        wb_verdict_cpe(verdict, &place, package->cpes[i]);
    wb_verdict_licence(verdict, &place, package->licence);
    wb_verdict_licence(verdict, &place, package->licence_concluded);
}

bool wb_coswid_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                        struct wb_error *err)
{
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    wb_bom_read_image(bom);
    if (!wb_coswid_read(document, bom, err))
        return false;
    struct wb_place whole = {0};
    verdict->meaning = true;
    for (size_t i = 0; i < bom->loss_count; i++)
        if (strstr(bom->losses[i].field, "dangling") != NULL)
            wb_verdict_add(verdict, &whole, "%s", bom->losses[i].field);
    for (size_t i = 0; i < bom->package_count; i++)
        judge_package(bom->packages[i], i, verdict);
    return true;
}
