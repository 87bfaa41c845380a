/* SPDX-License-Identifier: Apache-2.0 */
/* `--creator` and `--supplier`: who made a document, who supplies an image. (parties.c) */
#ifndef WAYBILL_CLI_PARTIES_H
#define WAYBILL_CLI_PARTIES_H

#include "cli/cli.h"
#include "sbom/bom.h"

/* `NAME`, `MAIL`, `URL`, `NAME <MAIL>`, `NAME <URL>`, of a person behind `person:`; strings are
 * popt's. Start with `{0}`. */
struct wb_parties {
    char *creator_text, *supplier_text;
    /* What they say, by wb_parties_read; empty where nothing was given. */
    struct wb_party creator, supplier;
    char *names[2]; /* where these live */
};
/* Rows for a popt table. */
/* clang-format off */
#define WB_PARTY_OPTIONS(parties, creator_is, supplier_is)                                         \
    {"creator", 0, POPT_ARG_STRING, &(parties)->creator_text, 0, creator_is,                       \
     "NAME|MAIL|URL|NAME <MAIL|URL>"},                                                             \
    {"supplier", 0, POPT_ARG_STRING, &(parties)->supplier_text, 0, supplier_is,                    \
     "NAME|MAIL|URL|NAME <MAIL|URL>"}
/* clang-format on */
/* What has no name is called by its address. */
bool wb_parties_read(struct wb_parties *parties, struct wb_error *err) WB_MUST_CHECK;
void wb_parties_clear(struct wb_parties *parties);

#endif
