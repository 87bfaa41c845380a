/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching a timestamp to the signature that it is of. */
#include "cli/attaching.h"

#include <string.h>

#define RESPONSE_SIZE_MAX ((size_t)1 << 20)
#define TIMESTAMP_ANNOTATION "dev.sigstore.cosign/rfc3161timestamp"

/* Whether the response is of these bytes. One that is malformed is so for all of them. */
static bool is_of(struct wb_bytes response, struct wb_bytes signature)
{
    struct wb_error ignored = WB_ERROR_INIT;
    return wb_timestamp_matches(response, signature, &ignored);
}

/* ---- bundles ---- */

/* The bundle with the timestamp in its verification material; nothing else of it changes. */
static char *with_timestamp(const struct wb_bundle *bundle, struct wb_bytes response)
{
    WB_AUTO_VALUE(wb_buffer) encoded = {0};
    wb_base64_encode(response, &encoded);
    WB_AUTO_JSON json = json_deep_copy(bundle->json);
    json_t *material = wb_json_object_of(json, "verificationMaterial");
    json_t *data = wb_json_object_of(material, "timestampVerificationData");
    if (data == NULL) {
        data = json_object();
        json_object_set_new(material, "timestampVerificationData", data);
    }
    json_t *list = wb_json_array_of(data, "rfc3161Timestamps");
    if (list == NULL) {
        list = json_array();
        json_object_set_new(data, "rfc3161Timestamps", list);
    }
    json_array_append_new(list, json_pack("{s:s}", "signedTimestamp", (const char *)encoded.data));
    return json_dumps(json, JSON_COMPACT);
}

static bool attach_to_bundle(const struct wb_attaching *attaching,
                             const struct wb_attachment *attachment, struct wb_bytes response,
                             bool *found, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_attachment_read(attaching->layout, attachment, &content, err))
        return false;
    WB_AUTO(wb_bundle) *bundle = wb_bundle_read(wb_buffer_bytes(&content), err);
    if (bundle == NULL)
        return false;
    struct wb_bytes signature = bundle->envelope == NULL
                                    ? bundle->message_signature
                                    : bundle->envelope->signatures[0].signature;
    *found = is_of(response, signature);
    if (!*found)
        return true;
    WB_AUTO_STRING text = with_timestamp(bundle, response);
    if (text == NULL)
        wb_out_of_memory(0);
    const char *type = attachment->kind == WB_ATTACHMENT_SIGNATURE && bundle->envelope != NULL
                           ? WB_COSIGN_SIGN_PREDICATE
                           : attachment->predicate_type;
    struct wb_bytes bytes = {(const uint8_t *)text, strlen(text)};
    if (!wb_attach_bundle(attaching->layout, attaching->target, bytes, type, attaching->created,
                          err))
        return false;
    /* The one without the timestamp is not wanted any more. */
    wb_layout_remove_entries(attaching->layout, &attachment->manifest);
    return wb_layout_remove_blob(attaching->layout, &attachment->manifest, err) &&
           wb_referrers_index_update(attaching->layout, &attaching->target->digest, err);
}

/* ---- layers ---- */

/* The older form has it over the signature, or over the whole envelope of an attestation. */
static bool timestamped_bytes(const struct wb_attaching *attaching,
                              const struct wb_attachment *attachment, struct wb_buffer *bytes,
                              struct wb_error *err)
{
    if (attachment->kind == WB_ATTACHMENT_ATTESTATION)
        return wb_attachment_read(attaching->layout, attachment, bytes, err);
    const char *text =
        wb_json_string_of(attachment->annotations, "dev.cosignproject.cosign/signature");
    return (text != NULL && wb_base64_decode(text, strlen(text), bytes)) ||
           wb_error_set(err, WB_BAD_INPUT, "a signature that is not base64");
}

static bool attach_to_layer(const struct wb_attaching *attaching,
                            const struct wb_attachment *attachment, struct wb_bytes response,
                            bool *found, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    WB_AUTO_VALUE(wb_buffer) json = {0};
    if (!timestamped_bytes(attaching, attachment, &bytes, err))
        return false;
    *found = is_of(response, wb_buffer_bytes(&bytes));
    if (!*found)
        return true;
    wb_buffer_append_text(&json, "{\"SignedRFC3161Timestamp\":\"");
    wb_base64_encode(response, &json);
    wb_buffer_append_text(&json, "\"}");
    const struct wb_name_value annotation = {TIMESTAMP_ANNOTATION, (const char *)json.data};
    return wb_annotate_layer(attaching->layout, attaching->target, attachment->suffix,
                             attachment->layer_index, &annotation, err);
}

/* ---- */

static bool attach_to(const struct wb_attaching *attaching, const struct wb_attachment *attachment,
                      struct wb_bytes response, bool *found, struct wb_error *err)
{
    *found = false;
    if (attachment->is_bundle)
        return attach_to_bundle(attaching, attachment, response, found, err);
    if (attachment->is_referrer || attachment->kind == WB_ATTACHMENT_SBOM)
        return true;
    return attach_to_layer(attaching, attachment, response, found, err);
}

bool wb_attach_timestamp_file(struct wb_attaching *attaching, struct wb_error *err)
{
    const char *path = attaching->arguments->timestamp;
    WB_AUTO_VALUE(wb_buffer) given = {0};
    WB_AUTO_VALUE(wb_attachments) attachments = {0};
    if (!wb_read_argument(path, RESPONSE_SIZE_MAX, &given, err) ||
        !wb_attachments_find(attaching->layout, &attaching->target->digest, &attachments, err))
        return false;
    struct wb_bytes response = wb_buffer_bytes(&given);
    size_t found_count = 0;
    for (size_t i = 0; i < attachments.count; i++) {
        bool found;
        char text[WB_DIGEST_TEXT_SIZE];
        wb_digest_format(&attachments.items[i].blob, text);
        if (!attach_to(attaching, &attachments.items[i], response, &found, err))
            return wb_error_context(err, "%s", text);
        if (!found)
            continue;
        found_count++;
        WB_AUTO_STRING message =
            wb_string_format("the timestamp is of the %s %s",
                             wb_attachment_kind_name(attachments.items[i].kind), text);
        wb_say_note(message);
    }
    if (found_count > 0)
        return true;
    /* Why not: malformed, refused by the authority, or of something else. */
    if (!wb_timestamp_matches(response, (struct wb_bytes){(const uint8_t *)"", 0}, err))
        wb_error_context(err, "%s", path);
    return wb_error_set(err, WB_CHECK_FAILED,
                        "%s: it is no timestamp of a signature of this image (%zu looked at)", path,
                        attachments.count);
}
