/* SPDX-License-Identifier: Apache-2.0 */
/* Documents written, read and written again: for the tests of the formats. */
#ifndef WAYBILL_UNIT_ROUND_TRIP_H
#define WAYBILL_UNIT_ROUND_TRIP_H

#include "tests/unit/sample_bom.h"

struct wb_bom *read_document(struct wb_bytes document);
struct wb_bom *read_text(const char *text);

/* How often a field was lost in reading. */
size_t lost(const struct wb_bom *bom, const char *field);
void assert_no_losses(const struct wb_bom *bom);
/* Shows where two documents part. */
void assert_same(const char *a, const char *b);
/* Written in the first format, from that in the second, and from that in the first again, where it
 * is what it was, and nothing was lost. Names may have versions behind them. */
void assert_round_trip(const struct wb_bom *bom, const char *first, const char *second);

#endif
