/* SPDX-License-Identifier: Apache-2.0 */
/* Signed statements about images: an SBOM, a provenance, whatever has a predicate type. */
#include "sign/sign_private.h"

#include <string.h>

bool wb_predicate_check(struct wb_bytes predicate, struct wb_error *err)
{
    if (predicate.size > WB_ENVELOPE_SIZE_MAX / 2)
        return wb_error_set(err, WB_BAD_INPUT,
                            "predicate: %zu bytes, more than the %zu it may have", predicate.size,
                            WB_ENVELOPE_SIZE_MAX / 2);
    /* A string is what cosign makes of an SPDX document in tag-value form; jansson wants to be told
     * of texts that are neither object nor array. */
    if (predicate.size > 0 && predicate.data[0] == '"') {
        json_error_t fault;
        WB_AUTO_JSON text =
            json_loadb((const char *)predicate.data, predicate.size, JSON_DECODE_ANY, &fault);
        return text != NULL || wb_error_set(err, WB_BAD_INPUT, "predicate: %s", fault.text);
    }
    WB_AUTO_JSON json = wb_json_parse(predicate, err);
    if (json == NULL)
        return wb_error_context(err, "predicate");
    return json_is_object(json) || wb_error_set(err, WB_BAD_INPUT, "predicate: not a JSON object");
}

bool wb_attest_image(struct wb_layout *layout, const struct wb_descriptor *target,
                     const struct wb_signer *signer, unsigned forms, const char *subject_name,
                     const char *predicate_type, struct wb_bytes predicate, struct wb_error *err)
{
    if (!wb_predicate_check(predicate, err))
        return false;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    wb_hex_format(target->digest.bytes, wb_digest_size(target->digest.algorithm), hex);
    struct wb_statement_pair digest = {wb_digest_name(target->digest.algorithm), hex};
    const struct wb_statement_subject subject = {
        .name = subject_name, .digests = &digest, .digest_count = 1};
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    wb_statement_write(&subject, 1, false, predicate_type, predicate, &statement);
    WB_AUTO_VALUE(wb_statement_signature) signature = {0};
    if (!wb_sign_statement(signer, wb_buffer_bytes(&statement), &signature, err))
        return false;
    if ((forms & WB_FORM_BUNDLE) != 0 &&
        !wb_attach_bundle(layout, target, wb_buffer_bytes(&signature.bundle), predicate_type,
                          signer->created, err))
        return false;
    if ((forms & WB_FORM_LEGACY) == 0)
        return true;
    /* Here cosign wants the timestamp over the whole envelope. */
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_name_value annotations[6];
    size_t count;
    if (!wb_signer_annotations(signer, (struct wb_bytes){NULL, 0},
                               wb_buffer_bytes(&signature.envelope), arena, annotations, &count,
                               err))
        return false;
    annotations[count++] = (struct wb_name_value){"predicateType", predicate_type};
    return wb_attach_layer(layout, target, ".att", WB_DSSE_MEDIA_TYPE,
                           wb_buffer_bytes(&signature.envelope), annotations, count, err);
}
