/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a delivery, read back. */
#include "delivery/delivery_private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool wb_delivery_read_at(int fd, const char *path, uint64_t offset, uint8_t *data, size_t size,
                         struct wb_error *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = pread(fd, data + done, size - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return wb_error_set_errno(err, errno, "%s: cannot read", path);
        if (count == 0)
            return wb_error_set(err, WB_CHECK_FAILED, "%s: it ends early", path);
        done += (size_t)count;
    }
    return true;
}

/* Manifest and bundle of one signature; its payload must be that of those before it. */
static bool read_signature(struct wb_layout *layout, const struct wb_descriptor *entry,
                           struct wb_delivery_head *head, struct wb_buffer *payload,
                           struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) manifest = {0}, bundle = {0};
    if (!wb_layout_read_blob(layout, &entry->digest, WB_DOCUMENT_MAX, &manifest, err))
        return false;
    WB_AUTO_JSON json = wb_json_parse(wb_buffer_bytes(&manifest), err);
    if (json == NULL)
        return false;
    const json_t *layers = wb_json_array_of(json, "layers");
    const char *text = wb_json_string_of(json_array_get(layers, 0), "digest");
    struct wb_digest digest;
    if (json_array_size(layers) != 1 || text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "not the manifest of an inventory");
    if (!wb_digest_parse(text, &digest, err) ||
        !wb_layout_read_blob(layout, &digest, WB_ENVELOPE_SIZE_MAX, &bundle, err))
        return false;
    WB_AUTO(wb_bundle) *read = wb_bundle_read(wb_buffer_bytes(&bundle), err);
    if (read == NULL)
        return false;
    if (read->envelope == NULL ||
        strcmp(read->envelope->payload_type, WB_IN_TOTO_PAYLOAD_TYPE) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "the bundle holds no statement");
    const struct wb_bytes found = read->envelope->payload;
    if (head->signature_count == 0)
        wb_buffer_append(payload, found.data, found.size);
    else if (payload->size != found.size || memcmp(payload->data, found.data, found.size) != 0)
        return wb_error_set(err, WB_CHECK_FAILED, "there are two inventories that differ");
    return wb_delivery_head_add(head, wb_buffer_bytes(&manifest), wb_buffer_bytes(&bundle), err);
}

bool wb_delivery_head_read(struct wb_layout *layout, struct wb_delivery_head *head,
                           struct wb_buffer *payload, struct wb_error *err)
{
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++) {
        const char *type = entries[i].artifact_type;
        char text[WB_DIGEST_TEXT_SIZE];
        if (type != NULL && strcmp(type, WB_INVENTORY_ARTIFACT_TYPE) == 0 &&
            !read_signature(layout, &entries[i], head, payload, err))
            return wb_error_context(err, "inventory %s",
                                    wb_digest_format(&entries[i].digest, text));
    }
    return head->signature_count > 0 ||
           wb_error_set(err, WB_BAD_INPUT,
                        "no inventory: it is not a delivery that `waybill pack` wrote");
}

bool wb_delivery_statement(const struct wb_reference *reference, const struct wb_key *const *keys,
                           size_t key_count, struct wb_buffer *statement, struct wb_error *err)
{
    WB_AUTO(wb_layout) *layout = wb_layout_open(reference, WB_LAYOUT_READ, err);
    WB_AUTO_VALUE(wb_delivery_head) head = {0};
    if (layout == NULL)
        return false;
    if (!wb_delivery_head_read(layout, &head, statement, err))
        return wb_error_context(err, "%s", reference->text);
    WB_AUTO_VALUE(wb_buffer) encoding = {0};
    wb_dsse_pae(WB_IN_TOTO_PAYLOAD_TYPE, wb_buffer_bytes(statement), &encoding);
    for (size_t i = 0; i < head.signature_count; i++) {
        WB_AUTO(wb_bundle) *bundle =
            wb_bundle_read(wb_buffer_bytes(&head.signatures[i].bundle), err);
        for (size_t j = 0; bundle != NULL && j < bundle->envelope->signature_count; j++)
            for (size_t k = 0; k < key_count; k++)
                if (wb_key_check(keys[k], wb_buffer_bytes(&encoding),
                                 bundle->envelope->signatures[j].signature, NULL))
                    return true;
    }
    return wb_error_set(err, WB_CHECK_FAILED,
                        "%s: its inventory is not signed by a key that was given", reference->text);
}
