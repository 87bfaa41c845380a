/* SPDX-License-Identifier: Apache-2.0 */
/* What cosign 1 and 2 put beside a signature in its annotation `dev.sigstore.cosign/bundle`: one
 * entry of Rekor v1 with its promise, no proof (cosign's SIGNATURE_SPEC.md "bundle"). */
#include "verify/verify_private.h"

#include <string.h>

/* The entry's kind is stated in its body alone. */
static json_t *kind_of(const char *body_text, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    if (!wb_base64_decode(body_text, strlen(body_text), &bytes)) {
        wb_error_set(err, WB_BAD_INPUT, "the body is not base64");
        return NULL;
    }
    WB_AUTO_JSON body = wb_json_parse(wb_buffer_bytes(&bytes), err);
    const char *kind = wb_json_string_of(body, "kind");
    const char *version = wb_json_string_of(body, "apiVersion");
    if (body != NULL && (kind == NULL || version == NULL))
        wb_error_set(err, WB_BAD_INPUT, "the body states no kind");
    return kind == NULL || version == NULL
               ? NULL
               : json_pack("{s:s, s:s}", "kind", kind, "version", version);
}

static char *encode_id(const char *hex)
{
    uint8_t id[WB_DIGEST_MAX_SIZE / 2];
    WB_AUTO_VALUE(wb_buffer) text = {0};
    if (hex == NULL || !wb_hex_parse(hex, id, sizeof id))
        return NULL;
    wb_base64_encode((struct wb_bytes){id, sizeof id}, &text);
    return wb_buffer_steal_text(&text);
}

json_t *wb_rekor_bundle_entries(const char *annotation, struct wb_error *err)
{
    struct wb_bytes text = {(const uint8_t *)annotation, strlen(annotation)};
    WB_AUTO_JSON json = wb_json_parse(text, err);
    if (json == NULL)
        return NULL;
    const json_t *payload = wb_json_object_of(json, "Payload");
    const char *promise = wb_json_string_of(json, "SignedEntryTimestamp");
    const char *body = wb_json_string_of(payload, "body");
    WB_AUTO_STRING id = encode_id(wb_json_string_of(payload, "logID"));
    if (promise == NULL || body == NULL || id == NULL) {
        wb_error_set(err, WB_BAD_INPUT, "its members are not all there");
        return NULL;
    }
    WB_AUTO_JSON kind = kind_of(body, err);
    if (kind == NULL)
        return NULL;
    return json_pack("[{s:I, s:{s:s}, s:O, s:I, s:{s:s}, s:s}]", "logIndex",
                     (json_int_t)wb_json_integer_of(payload, "logIndex", -1), "logId", "keyId", id,
                     "kindVersion", kind, "integratedTime",
                     (json_int_t)wb_json_integer_of(payload, "integratedTime", -1),
                     "inclusionPromise", "signedEntryTimestamp", promise, "canonicalizedBody",
                     body);
}
