/* SPDX-License-Identifier: Apache-2.0 */
/* The writers behind the table of formats, one file each. */
#ifndef WAYBILL_FORMATS_PRIVATE_H
#define WAYBILL_FORMATS_PRIVATE_H

#include "formats/formats.h"

/* SPDX 2.3, JSON serialisation. (spdx2_json.c) */
bool wb_spdx2_json_write(const struct wb_bom *bom, struct wb_output *output, struct wb_error *err);
/* CycloneDX 1.6, JSON serialisation. (cyclonedx_json.c) */
bool wb_cyclonedx_json_write(const struct wb_bom *bom, struct wb_output *output,
                             struct wb_error *err);
/* For people. (table.c) */
bool wb_table_write(const struct wb_bom *bom, struct wb_output *output, struct wb_error *err);

#endif
