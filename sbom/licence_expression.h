/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX licence expressions: the list's ids, and what is valid. */
#ifndef WAYBILL_LICENCE_EXPRESSION_H
#define WAYBILL_LICENCE_EXPRESSION_H

#include <stdbool.h>

/* The SPDX list's own spelling of an id in any case, current or deprecated (the caller wants the
 * current one: deprecated ones are mapped, `GPL-2.0+` to `GPL-2.0-or-later`); NULL when not on the
 * list. (licence_list.c) */
const char *wb_licence_canonical(const char *id);
const char *wb_licence_exception_canonical(const char *id);
/* Whether a licence or an exception on the list, current or deprecated, is spelled so.
 * (licence_list.c) */
bool wb_licence_id_listed(const char *id);
/* Whether the text is a valid SPDX licence expression (SPDX 2.3 Annex D). (licence_expression.c) */
bool wb_licence_expression_valid(const char *expression);

#endif
