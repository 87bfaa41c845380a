/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON members strictly, for the documents of envelope.h and what verify/ reads beside
 * them. */
#ifndef WAYBILL_ENVELOPE_JSON_H
#define WAYBILL_ENVELOPE_JSON_H

#include "sign/envelope.h"

/* Whether `json` is an object whose members are all in `names` (NULL-terminated). `what` is for the
 * message. (envelope_json.c) */
bool wb_envelope_only_members(const json_t *json, const char *what, const char *const *names,
                              struct wb_error *err) WB_MUST_CHECK;
/* A member that must be a string without NUL; *text lives in `arena`. `optional`: *text is NULL
 * when the member is absent, null or empty. */
bool wb_envelope_text(const json_t *object, const char *what, const char *name, bool optional,
                      struct wb_arena *arena, const char **text,
                      struct wb_error *err) WB_MUST_CHECK;
/* A member that must be base64 of at least one byte. */
bool wb_envelope_bytes(const json_t *object, const char *what, const char *name,
                       struct wb_arena *arena, struct wb_bytes *bytes,
                       struct wb_error *err) WB_MUST_CHECK;
/* The string members of an object, sorted by name; members of other types are passed over. */
void wb_envelope_pairs(const json_t *object, struct wb_arena *arena,
                       struct wb_statement_pair **pairs, size_t *count);
/* Parses within WB_ENVELOPE_SIZE_MAX and insists on an object. */
json_t *wb_envelope_parse(struct wb_bytes text, const char *what, struct wb_error *err);
/* The same for bundles and envelopes, which hold a few long strings and are read before anybody has
 * vouched for them: refuses very many values, which would take many times their size in memory. */
json_t *wb_envelope_parse_sparse(struct wb_bytes text, const char *what, struct wb_error *err);

#endif
