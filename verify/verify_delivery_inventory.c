/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory of a delivery: found through index.json, believed for its signatures alone, and
 * read only after they hold. */
#include "verify/delivery_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Of `{}`, which artifacts without a config point to (OCI image-spec 1.1, manifest.md). */
#define EMPTY_CONFIG_TYPE "application/vnd.oci.empty.v1+json"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define EMPTY_CONFIG "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

static bool malformed(struct wb_error *err, const char *what)
{
    return wb_error_set(err, WB_BAD_INPUT, "the manifest of an inventory %s", what);
}

static bool read_digest(const json_t *descriptor, struct wb_digest *digest, struct wb_error *err)
{
    const char *text = wb_json_string_of(descriptor, "digest");
    return text == NULL ? malformed(err, "has a descriptor without a digest")
                        : wb_digest_parse(text, digest, err);
}

/* Nobody signed this manifest: it may say nothing but where the bundle is. */
static bool says_no_more(const json_t *manifest, const char *layer, json_int_t layer_size)
{
    WB_AUTO_JSON expected =
        json_pack("{s:i, s:s, s:s, s:{s:s, s:s, s:i}, s:[{s:s, s:s, s:I}]}", "schemaVersion", 2,
                  "mediaType", MANIFEST_TYPE, "artifactType", WB_INVENTORY_ARTIFACT_TYPE, "config",
                  "mediaType", EMPTY_CONFIG_TYPE, "digest", EMPTY_CONFIG, "size", 2, "layers",
                  "mediaType", WB_BUNDLE_MEDIA_TYPE, "digest", layer, "size", layer_size);
    return expected != NULL && json_equal(expected, manifest) == 1;
}

static bool read_manifest(const json_t *manifest, struct wb_carrier *carrier, struct wb_error *err)
{
    const json_t *config = wb_json_object_of(manifest, "config");
    const json_t *layers = wb_json_array_of(manifest, "layers");
    const json_t *layer = json_array_get(layers, 0);
    const char *config_digest = wb_json_string_of(config, "digest");
    const char *layer_digest = wb_json_string_of(layer, "digest");
    if (!wb_delivery_is_carrier(manifest))
        return malformed(err, "has another artifactType");
    if (json_array_size(layers) != 1 || !json_is_object(layer))
        return malformed(err, "has not one layer, the bundle");
    if (config_digest == NULL || strcmp(config_digest, EMPTY_CONFIG) != 0)
        return malformed(err, "has a config that is not the empty one, " EMPTY_CONFIG);
    if (!read_digest(config, &carrier->config, err) || !read_digest(layer, &carrier->layer, err))
        return false;
    json_int_t size = wb_json_integer_of(layer, "size", -1);
    carrier->layer_size = (uint64_t)size;
    return says_no_more(manifest, layer_digest, size) ||
           malformed(err, "has members that nobody signed, or with other values");
}

/* Reads a blob of the carrier; what does not hold is an outcome, under the code that it deserves.
 */
static bool read_blob(struct wb_delivery_check *check, const struct wb_digest *digest, size_t limit,
                      const char *what, struct wb_buffer *content)
{
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_error failure = WB_ERROR_INIT;
    struct wb_layout *layout = check->verdict->layout;
    if (wb_layout_read_blob(layout, digest, limit, content, &failure))
        return true;
    uint64_t size;
    if (wb_layout_blob_size(layout, digest, &size, NULL) && size > limit) {
        wb_outcome_add(check->outcomes, "E-INVENTORY-MALFORMED", wb_digest_format(digest, text),
                       "%s of the inventory has %" PRIu64 " bytes, more than the %zu it may have",
                       what, size, limit);
        return false;
    }
    bool missing = !wb_layout_has_blob(layout, digest);
    wb_outcome_add(check->outcomes, missing ? "E-MISSING-BLOB" : "E-DIGEST",
                   wb_digest_format(digest, text), "%s of the inventory %s", what,
                   missing ? "that index.json names is not there"
                           : "is not the one that index.json names");
    return false;
}

/* Nobody is believed yet: however many there are, they get no more memory than two may take. */
static size_t room_for_bundle(const struct wb_delivery_check *check)
{
    size_t room = 2 * WB_ENVELOPE_SIZE_MAX;
    for (size_t i = 0; i < check->carrier_count; i++)
        room -= check->carriers[i].bytes.size;
    return room < WB_ENVELOPE_SIZE_MAX ? room : WB_ENVELOPE_SIZE_MAX;
}

static bool is_carried(const struct wb_delivery_check *check, const struct wb_carrier *carrier)
{
    for (size_t i = 0; i < check->carrier_count; i++)
        if (&check->carriers[i] != carrier &&
            wb_digest_equal(&check->carriers[i].layer, &carrier->layer))
            return true;
    return false;
}

static void read_carrier(struct wb_delivery_check *check, struct wb_carrier *carrier)
{
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_error failure = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    wb_digest_format(&carrier->manifest, text);
    if (!read_blob(check, &carrier->manifest, WB_DELIVERY_DOCUMENT_SIZE_MAX, "a manifest",
                   &content))
        return;
    if (content.size != carrier->size) {
        wb_outcome_add(check->outcomes, "E-INDEX", text,
                       "index.json says another size of the inventory's manifest");
        return;
    }
    WB_AUTO_JSON manifest = wb_json_parse(wb_buffer_bytes(&content), &failure);
    if (manifest == NULL || !read_manifest(manifest, carrier, &failure)) {
        wb_outcome_add(check->outcomes, "E-INVENTORY-MALFORMED", text, "%s", failure.message);
        return;
    }
    if (is_carried(check, carrier)) {
        wb_outcome_add(check->outcomes, "E-INDEX", text,
                       "index.json lists one bundle of the inventory twice");
        return;
    }
    if (!read_blob(check, &carrier->layer, room_for_bundle(check), "a bundle", &carrier->bytes))
        return;
    if (carrier->bytes.size != carrier->layer_size) {
        wb_outcome_add(check->outcomes, "E-SIZE", wb_digest_format(&carrier->layer, text),
                       "the inventory's manifest says another size of its bundle");
        return;
    }
    carrier->bundle = wb_bundle_read(wb_buffer_bytes(&carrier->bytes), &failure);
    if (carrier->bundle != NULL && carrier->bundle->envelope == NULL) {
        wb_error_set(&failure, WB_BAD_INPUT, "the bundle holds no statement");
        wb_bundle_free(carrier->bundle);
        carrier->bundle = NULL;
    }
    if (carrier->bundle == NULL)
        wb_outcome_add(check->outcomes, "E-INVENTORY-MALFORMED",
                       wb_digest_format(&carrier->layer, text), "the inventory: %s",
                       failure.message);
}

static bool is_known(const struct wb_delivery_check *check, const struct wb_digest *manifest)
{
    for (size_t i = 0; i < check->carrier_count; i++)
        if (wb_digest_equal(&check->carriers[i].manifest, manifest))
            return true;
    return false;
}

/* What else an entry says, a name for example, nobody signed. */
static bool is_plain_entry(const json_t *entry)
{
    const char *type = wb_json_string_of(entry, "mediaType");
    return json_object_size(entry) == 4 && type != NULL && strcmp(type, MANIFEST_TYPE) == 0 &&
           json_is_integer(json_object_get(entry, "size"));
}

static void add_carrier(struct wb_delivery_check *check, const json_t *descriptor)
{
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_carrier carrier = {0};
    struct wb_error failure = WB_ERROR_INIT;
    if (!read_digest(descriptor, &carrier.manifest, &failure)) {
        wb_outcome_add(check->outcomes, "E-INDEX", "index.json", "%s", failure.message);
        return;
    }
    if (is_known(check, &carrier.manifest))
        return;
    if (!is_plain_entry(descriptor)) {
        wb_outcome_add(check->outcomes, "E-INDEX", wb_digest_format(&carrier.manifest, text),
                       "index.json says more of the inventory than its type, size and digest, or "
                       "says them otherwise");
        return;
    }
    if (check->carrier_count == WB_DELIVERY_CARRIERS_MAX) {
        wb_outcome_add(check->outcomes, "E-INDEX", "index.json",
                       "it lists more inventories than the %d it may list",
                       WB_DELIVERY_CARRIERS_MAX);
        return;
    }
    carrier.size = (uint64_t)wb_json_integer_of(descriptor, "size", -1);
    struct wb_carrier *added = &check->carriers[check->carrier_count++];
    *added = carrier;
    read_carrier(check, added);
}

bool wb_delivery_find_inventory(struct wb_delivery_check *check, struct wb_error *err)
{
    if (!wb_delivery_read_indexes(check, err))
        return false;
    check->carriers = wb_allocate_array(WB_DELIVERY_CARRIERS_MAX, sizeof *check->carriers);
    if (check->indexes[0] == NULL)
        return true;
    struct wb_error failure = WB_ERROR_INIT;
    check->verdict->layout = wb_volumes_layout(check->verdict->volumes, &failure);
    if (check->verdict->layout == NULL) {
        wb_outcome_add(check->outcomes, "E-INDEX", "index.json", "%s", failure.message);
        return true;
    }
    for (size_t i = 0; i < check->index_count; i++) {
        size_t j;
        const json_t *entry;
        json_array_foreach(wb_json_array_of(check->indexes[i], "manifests"), j, entry)
        {
            if (wb_delivery_is_carrier(entry))
                add_carrier(check, entry);
        }
    }
    return true;
}

bool wb_delivery_is_own(const struct wb_delivery_check *check, const struct wb_digest *digest)
{
    for (size_t i = 0; i < check->carrier_count; i++) {
        const struct wb_carrier *carrier = &check->carriers[i];
        if (wb_digest_equal(&carrier->manifest, digest) ||
            wb_digest_equal(&carrier->config, digest) || wb_digest_equal(&carrier->layer, digest))
            return true;
    }
    return false;
}

void wb_delivery_carriers_clear(struct wb_delivery_check *check)
{
    for (size_t i = 0; i < check->carrier_count; i++) {
        wb_buffer_clear(&check->carriers[i].bytes);
        wb_bundle_free(check->carriers[i].bundle);
    }
    free(check->carriers);
}

/* ---- signatures, then content ---- */

static struct wb_bytes payload_of(const struct wb_carrier *carrier)
{
    return carrier->bundle->envelope->payload;
}

/* All carriers that can be read must speak of the same statement. */
static bool same_payloads(struct wb_delivery_check *check, const struct wb_carrier *const *carriers,
                          size_t count)
{
    struct wb_bytes first = payload_of(carriers[0]);
    bool same = true;
    for (size_t i = 1; i < count; i++) {
        struct wb_bytes other = payload_of(carriers[i]);
        char text[WB_DIGEST_TEXT_SIZE];
        if (other.size == first.size && memcmp(other.data, first.data, first.size) == 0)
            continue;
        same = false;
        wb_outcome_add(check->outcomes, "E-INVENTORY-CONFLICT",
                       wb_digest_format(&carriers[i]->manifest, text),
                       "it carries another inventory than the one beside it: the volumes are of "
                       "different deliveries, or one was swapped");
    }
    return same;
}

static void read_statement(struct wb_delivery_check *check, struct wb_bytes statement)
{
    struct wb_error failure = WB_ERROR_INIT;
    if (statement.size > WB_INVENTORY_SIZE_MAX)
        wb_error_set(&failure, WB_BAD_INPUT, "the inventory is larger than %zu bytes",
                     WB_INVENTORY_SIZE_MAX);
    else
        check->verdict->inventory = wb_inventory_read(statement, &failure);
    if (check->verdict->inventory == NULL)
        wb_outcome_add(check->outcomes, "E-INVENTORY-MALFORMED", "inventory", "%s",
                       failure.message);
}

void wb_delivery_read_inventory(struct wb_delivery_check *check)
{
    const struct wb_carrier *readable[WB_DELIVERY_CARRIERS_MAX];
    struct wb_bytes bundles[WB_DELIVERY_CARRIERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < check->carrier_count; i++)
        if (check->carriers[i].bundle != NULL) {
            readable[count] = &check->carriers[i];
            bundles[count++] = wb_buffer_bytes(&check->carriers[i].bytes);
        }
    if (count == 0 || !same_payloads(check, readable, count))
        return;
    size_t before = check->outcomes->failures;
    check->verdict->inventory_report = wb_verify_report_new();
    wb_policy_check_inventory_signers(check->policy, bundles, count, check->now,
                                      check->verdict->inventory_report, check->outcomes);
    if (check->outcomes->failures == before)
        read_statement(check, payload_of(readable[0]));
}
