/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time as people write them. (duration.c) */
#ifndef WAYBILL_DURATION_H
#define WAYBILL_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* `90s`, `15m`, `36h`, `30d`, `2w`; at most seven digits. */
bool wb_duration_parse(const char *text, int64_t *seconds);

#endif
